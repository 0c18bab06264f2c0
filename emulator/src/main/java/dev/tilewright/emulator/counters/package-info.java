/** Exact event counts. */
@NullMarked
package dev.tilewright.emulator.counters;

import org.jspecify.annotations.NullMarked;
