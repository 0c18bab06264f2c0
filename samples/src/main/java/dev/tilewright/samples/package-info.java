/** The {@code tilewright} command line. */
@NullMarked
package dev.tilewright.samples;

import org.jspecify.annotations.NullMarked;
