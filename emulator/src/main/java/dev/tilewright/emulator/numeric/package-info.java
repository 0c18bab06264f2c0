/** Correctly rounded arithmetic of the machine's number formats. */
@NullMarked
package dev.tilewright.emulator.numeric;

import org.jspecify.annotations.NullMarked;
