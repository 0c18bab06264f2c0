package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.I32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;

/**
 * {@code c = a · bᵀ}: a is m×k, b is n×k, c is m×n, of any size.
 *
 * @param in the element type of a and b
 * @param out the element type of c
 * @param bm rows of c that a block computes
 * @param bn columns of c that a block computes
 * @param bk how much of k a block takes in one step
 */
public record Matmul(DType in, DType out, int bm, int bn, int bk) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var a = k.in("a", in, m, kk);
    var b = k.in("b", in, n, kk);
    var c = k.out("c", out, m, n);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));
    var acc = k.zeros(accumulator(), bm, bn);
    k.range(
        kk.ceilDiv(bk),
        i -> acc.mma(a.tile(tile.row(), i, bm, bk), b.tile(tile.col(), i, bn, bk).t()));
    c.tile(tile.row(), tile.col(), bm, bn).set(acc.cast(out));
  }

  /** Sums of integers are exact in {@code i32}, those of floats are kept in {@code f32}. */
  private DType accumulator() {
    return in instanceof IntType ? I32 : F32;
  }
}
