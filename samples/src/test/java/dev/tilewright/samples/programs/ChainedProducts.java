package dev.tilewright.samples.programs;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * {@code o = (q · kᵀ) · v}, attention without its softmax: the first product's result is the second
 * one's factor, in registers.
 *
 * @param in the element type of q, k and v
 * @param bm rows of q that a block takes
 * @param bn rows of k and v that it takes in one step
 * @param d columns of all of them
 * @param once whether q is loaded once, before the loop
 */
record ChainedProducts(DType in, int bm, int bn, int d, boolean once) implements Kernel {
  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var q = k.in("q", in, m, k.dim(d));
    var keys = k.in("k", in, n, k.dim(d));
    var v = k.in("v", in, n, k.dim(d));
    var o = k.out("o", F32, m, k.dim(d));
    var row = k.grid1d(m.ceilDiv(bm));
    var acc = k.zeros(F32, bm, d);
    if (once) {
      var tile = q.tile(row, 0, bm, d).load();
      k.range(
          n.ceilDiv(bn),
          j -> {
            var s = k.zeros(F32, bm, bn);
            s.mma(tile, keys.tile(j, 0, bn, d).t());
            acc.mma(s.cast(in), v.tile(j, 0, bn, d));
          });
    } else {
      k.range(
          n.ceilDiv(bn),
          j -> {
            var s = k.zeros(F32, bm, bn);
            s.mma(q.tile(row, 0, bm, d), keys.tile(j, 0, bn, d).t());
            acc.mma(s.cast(in), v.tile(j, 0, bn, d));
          });
    }
    o.tile(row, 0, bm, d).set(acc);
  }
}
