/** Programs of many shapes, from the Java kernel to the numbers. */
@NullMarked
package dev.tilewright.samples.programs;

import org.jspecify.annotations.NullMarked;
