/** Products with quantised weights, from the packer to the numbers. */
@NullMarked
package dev.tilewright.samples.weights;

import org.jspecify.annotations.NullMarked;
