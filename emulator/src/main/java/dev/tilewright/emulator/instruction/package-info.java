/** What every PTX instruction does, one file per family of the PTX ISA. */
@NullMarked
package dev.tilewright.emulator.instruction;

import org.jspecify.annotations.NullMarked;
