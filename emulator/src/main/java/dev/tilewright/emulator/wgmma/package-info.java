/**
 * The arithmetic of {@code wgmma} (PTX ISA, "Asynchronous Warpgroup Level Matrix
 * Multiply-Accumulate Instructions"): where operands lie in shared memory and in registers, and
 * what is multiplied. Pure functions; when they happen is the machine's business.
 */
@NullMarked
package dev.tilewright.emulator.wgmma;

import org.jspecify.annotations.NullMarked;
