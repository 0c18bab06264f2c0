/**
 * What a compilation target offers, as values. Passes ask a {@link
 * dev.tilewright.ir.target.Target}; none asks which vendor made it.
 */
@NullMarked
package dev.tilewright.ir.target;

import org.jspecify.annotations.NullMarked;
