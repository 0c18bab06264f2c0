/**
 * Tile IR: the language between the Java API and the code generators.
 *
 * <p>Reading order: {@link dev.tilewright.ir.Type} and {@link dev.tilewright.ir.Op} are the whole
 * language on two pages; {@link dev.tilewright.ir.KernelFunction} is a program; {@link
 * dev.tilewright.ir.OpBuilder} writes one; {@code dev.tilewright.ir.pass} transforms it; {@code
 * dev.tilewright.ir.thread} is what it becomes.
 *
 * <p>A program is SSA with regions. Every value of the IR is immutable; a pass builds a new
 * function and leaves what it does not change as it was, the same instances.
 */
@NullMarked
package dev.tilewright.ir;

import org.jspecify.annotations.NullMarked;
