/** Products with quantised weights as a program: inputs, reference, and the bound on the error. */
@NullMarked
package dev.tilewright.samples.weights;

import org.jspecify.annotations.NullMarked;
