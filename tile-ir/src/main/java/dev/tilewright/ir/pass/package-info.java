/**
 * The passes: each takes a {@link dev.tilewright.ir.KernelFunction} and returns one that computes
 * the same. {@link dev.tilewright.ir.pass.Pipeline} lists them in order.
 */
@NullMarked
package dev.tilewright.ir.pass;

import org.jspecify.annotations.NullMarked;
