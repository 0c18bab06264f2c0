/**
 * A device that executes PTX text on the CPU, watches it and counts exactly. Written from the PTX
 * ISA manual; it shares no code with what generates PTX.
 */
@NullMarked
package dev.tilewright.emulator;

import org.jspecify.annotations.NullMarked;
