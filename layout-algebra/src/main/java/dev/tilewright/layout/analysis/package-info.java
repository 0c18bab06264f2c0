/** What the passes of a compiler ask about layouts. */
@NullMarked
package dev.tilewright.layout.analysis;

import org.jspecify.annotations.NullMarked;
