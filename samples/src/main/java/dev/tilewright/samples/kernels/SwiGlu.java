package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * {@code c = silu(a · gateᵀ) ∘ (a · upᵀ)}, the first half of a gated feed-forward layer: a is m×k,
 * gate and up are n×k, c is m×n; {@code silu(v) = v / (1 + exp(-v))} (Shazeer, <i>GLU Variants
 * Improve Transformer</i>, 2020). Both products read a once and never leave the registers before
 * they are joined.
 *
 * @param in the element type of a, gate and up, a float
 * @param out the element type of c
 * @param bm rows of c that a block computes
 * @param bn columns of c that a block computes
 * @param bk how much of k a block takes in one step
 */
public record SwiGlu(DType in, DType out, int bm, int bn, int bk) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var a = k.in("a", in, m, kk);
    var gate = k.in("gate", in, n, kk);
    var up = k.in("up", in, n, kk);
    var c = k.out("c", out, m, n);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));
    var gated = k.zeros(F32, bm, bn);
    var linear = k.zeros(F32, bm, bn);
    k.range(
        kk.ceilDiv(bk),
        i -> {
          var rows = a.tile(tile.row(), i, bm, bk);
          gated.mma(rows, gate.tile(tile.col(), i, bn, bk).t());
          linear.mma(rows, up.tile(tile.col(), i, bn, bk).t());
        });
    var silu = gated.div(gated.neg().exp().plus(1));
    c.tile(tile.row(), tile.col(), bm, bn).set(silu.times(linear).cast(out));
  }
}
