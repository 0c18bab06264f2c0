/**
 * The last step of the compiler: staged tile IR, in which every tile has a layout and every buffer
 * a place, becomes the program of one thread.
 *
 * <p>{@link dev.tilewright.ir.expand.ExpandTiles} goes through the operations in order. A layout is
 * split into what a thread contributes, computed once from its lane and warp, and what a register
 * adds, a number known now ({@code IndexMap}). Memory accesses are the widest that layouts, facts
 * and target allow ({@code Vectors}), or {@code ldmatrix} where {@link
 * dev.tilewright.layout.analysis.Ldmatrix} applies. Index arithmetic goes through {@code Code},
 * which folds, numbers and hoists it as it is written. Tiles are {@code Registers}: elements that
 * stay in the vectors in which they came.
 */
@NullMarked
package dev.tilewright.ir.expand;

import org.jspecify.annotations.NullMarked;
