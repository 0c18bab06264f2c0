/**
 * NVIDIA: descriptions of the targets, thread IR to PTX text, and PTX to machine code by {@code
 * ptxas}.
 */
@NullMarked
package dev.tilewright.ptx;

import org.jspecify.annotations.NullMarked;
