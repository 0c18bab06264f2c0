package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.Tile;
import dev.tilewright.dtype.DType;

/**
 * {@code c = gelu(a · bᵀ + bias)}, a layer of a network: a is m×k, b is n×k, bias has n elements, c
 * is m×n. The product never leaves the registers before it is activated.
 *
 * <p>Gelu in its tanh form, {@code ½v·(1 + tanh(√(2/π)·(v + 0.044715·v³)))} (Hendrycks and Gimpel,
 * <i>Gaussian Error Linear Units</i>, 2016).
 *
 * @param in the element type of a and b, a float
 * @param out the element type of bias and c
 * @param bm rows of c that a block computes
 * @param bn columns of c that a block computes
 * @param bk how much of k a block takes in one step
 */
public record GemmBiasGelu(DType in, DType out, int bm, int bn, int bk) implements Kernel {
  private static final double SLOPE = Math.sqrt(2 / Math.PI);
  private static final double CUBE = 0.044715;

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var a = k.in("a", in, m, kk);
    var b = k.in("b", in, n, kk);
    var bias = k.in("bias", out, n);
    var c = k.out("c", out, m, n);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));
    var acc = k.zeros(F32, bm, bn);
    k.range(
        kk.ceilDiv(bk),
        i -> acc.mma(a.tile(tile.row(), i, bm, bk), b.tile(tile.col(), i, bn, bk).t()));
    acc.plusAssign(bias.tile(tile.col(), bn).cast(F32).expand(0));
    c.tile(tile.row(), tile.col(), bm, bn).set(gelu(acc).cast(out));
  }

  private static Tile gelu(Tile v) {
    var inner = v.times(v).times(v).times((float) CUBE).plus(v).times((float) SLOPE);
    return v.times(inner.tanh().plus(1).times(0.5));
  }
}
