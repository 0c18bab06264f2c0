/** Kernels worth copying. */
@NullMarked
package dev.tilewright.samples.kernels;

import org.jspecify.annotations.NullMarked;
