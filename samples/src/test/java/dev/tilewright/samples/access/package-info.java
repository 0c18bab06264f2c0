/** What the layout analyses predict of an access, held against what the emulator counts. */
@NullMarked
package dev.tilewright.samples.access;

import org.jspecify.annotations.NullMarked;
