package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.Scalar;
import dev.tilewright.dtype.DType;

/**
 * Attention of every head, {@code o = softmax(q · kᵀ / √d) · v}: q and o are m×(heads·d), k and v
 * n×(heads·d), each head a band of d columns. The scores stay in the block that computes them (Dao
 * et al., <i>FlashAttention</i>, 2022): it takes k and v in steps of {@code bn} rows, and
 * multiplies what it has summed up by how much the greatest score of a row has grown (Milakov and
 * Gimelshein, <i>Online normalizer calculation for softmax</i>, 2018). Powers are of two, so that a
 * score and its scale are one multiplication and addition.
 *
 * @param in the element type of q, k and v; sums and powers are {@code f32}
 * @param out the element type of o
 * @param bm rows of q that a block takes
 * @param bn rows of k and v that it takes in one step
 * @param d columns of a head
 * @param causal whether row i of q sees the rows of k up to i only; otherwise, all
 */
public record Attention(DType in, DType out, int bm, int bn, int d, boolean causal)
    implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var width = k.dim("width");
    var q = k.in("q", in, m, width);
    var keys = k.in("k", in, n, width);
    var values = k.in("v", in, n, width);
    var o = k.out("o", out, m, width);
    var tile = k.grid2d(m.ceilDiv(bm), width.ceilDiv(d));
    Scalar row = tile.row();
    Scalar head = tile.col();

    var queries = q.tile(row, head, bm, d).load();
    var acc = k.zeros(F32, bm, d);
    var most = k.full(F32, Double.NEGATIVE_INFINITY, bm);
    var sum = k.zeros(F32, bm);
    var all = n.ceilDiv(bn).scalar();
    var scale = k.full(F32, 1 / (Math.sqrt(d) * Math.log(2)), bm, bn);
    k.range(
        causal ? row.plus(1).times(bm).plus(bn - 1).div(k.constant(bn)).minimum(all) : all,
        j -> {
          var first = j.times(bn);
          var scores = k.zeros(F32, bm, bn);
          scores.mma(queries, keys.tile(j, head, bn, d).t());
          // Beyond the last row of k a score is -∞: it is no maximum, and its power is 0.
          var column = k.iota(bn).plus(first);
          var inside = column.lt(n).select(k.zeros(F32, bn), Double.NEGATIVE_INFINITY);
          var s = scores.fma(scale, inside.expand(0).broadcastTo(bm, bn));
          if (causal) {
            var r = k.iota(bm).plus(row.times(bm)).expand(1).broadcastTo(bm, bn);
            s = column.expand(0).broadcastTo(bm, bn).le(r).select(s, Double.NEGATIVE_INFINITY);
          }
          var greatest = most.maximum(s.max(1));
          var p = s.minus(greatest.expand(1)).exp2();
          var decay = most.minus(greatest).exp2();
          most.assign(greatest);
          sum.assign(sum.fma(decay, p.sum(1)));
          acc.timesAssign(decay.expand(1));
          acc.mma(p.cast(in), values.tile(j, head, bn, d));
        });
    o.tile(row, head, bm, d).set(acc.div(sum.expand(1)).cast(out));
  }
}
