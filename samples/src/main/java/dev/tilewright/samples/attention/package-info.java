/** Attention as a program: its reference, and the bound on its error. */
@NullMarked
package dev.tilewright.samples.attention;

import org.jspecify.annotations.NullMarked;
