/** A module resolved once at load: slots instead of names, operations instead of opcodes. */
@NullMarked
package dev.tilewright.emulator.decode;

import org.jspecify.annotations.NullMarked;
