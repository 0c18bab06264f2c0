/**
 * The meaning of tile IR, by execution: {@link dev.tilewright.ir.interpret.Interpreter} runs a
 * function of any stage on the CPU. {@link dev.tilewright.ir.interpret.FloatArithmetic} and {@link
 * dev.tilewright.ir.interpret.IntArithmetic} say what every operation does to one element; constant
 * folding uses them too.
 */
@NullMarked
package dev.tilewright.ir.interpret;

import org.jspecify.annotations.NullMarked;
