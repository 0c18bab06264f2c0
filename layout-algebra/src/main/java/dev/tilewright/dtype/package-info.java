/** Element types with bit-exact encode and decode. */
@NullMarked
package dev.tilewright.dtype;

import org.jspecify.annotations.NullMarked;
