/** Measurements beside a peer in the same run. */
@NullMarked
package dev.tilewright.samples.bench;

import org.jspecify.annotations.NullMarked;
