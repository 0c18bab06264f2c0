/** PTX text as immutable values: what was written, not yet what it means. */
@NullMarked
package dev.tilewright.emulator.ptx;

import org.jspecify.annotations.NullMarked;
