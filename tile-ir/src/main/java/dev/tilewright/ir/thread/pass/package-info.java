/**
 * Passes over thread IR: {@link dev.tilewright.ir.thread.pass.Simplify}, which lists its parts, and
 * expansions that code generators ask for.
 */
@NullMarked
package dev.tilewright.ir.thread.pass;

import org.jspecify.annotations.NullMarked;
