/** Mutations of the synchronisation in generated code. */
@NullMarked
package dev.tilewright.samples.mutation;

import org.jspecify.annotations.NullMarked;
