/** HIP code executed on the CPU, and what is asked of it. */
@NullMarked
package dev.tilewright.samples.hip;

import org.jspecify.annotations.NullMarked;
