/** The matrix product as a program: its inputs, its reference, and the bound on its error. */
@NullMarked
package dev.tilewright.samples.gemm;

import org.jspecify.annotations.NullMarked;
