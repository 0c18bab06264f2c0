/**
 * Simplifications of tile IR that hold in every stage; {@link dev.tilewright.ir.pass.Canonicalize}
 * runs them. Each returns the same instance when it finds nothing to do.
 */
@NullMarked
package dev.tilewright.ir.simplify;

import org.jspecify.annotations.NullMarked;
