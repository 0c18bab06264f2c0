/**
 * Tilewright's public API: GPU kernels in plain Java.
 *
 * <p>Reading order: {@link dev.tilewright.Kernel} is what a user writes, with a {@link
 * dev.tilewright.KernelBuilder} and the handles it gives out: {@link dev.tilewright.Dim}, {@link
 * dev.tilewright.Scalar}, {@link dev.tilewright.GlobalTensor}, {@link dev.tilewright.GlobalTile},
 * {@link dev.tilewright.Tile}. Running {@code define} once <em>traces</em> the kernel into tile IR.
 * {@link dev.tilewright.Misuse} lists what a kernel may not do.
 *
 * <p>Element types are the constants of {@link dev.tilewright.dtype.DType}; kernels read best with
 * {@code import static dev.tilewright.dtype.DType.*}.
 */
@NullMarked
package dev.tilewright;

import org.jspecify.annotations.NullMarked;
