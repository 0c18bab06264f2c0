/** Kernels of the tests, where a user's would be: outside the package of the API. */
@NullMarked
package dev.tilewright.kernels;

import org.jspecify.annotations.NullMarked;
