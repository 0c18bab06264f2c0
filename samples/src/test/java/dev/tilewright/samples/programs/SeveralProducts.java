package dev.tilewright.samples.programs;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * Loops with one product or more, which need each other's results, or those of the iteration
 * before, in different ways: q is m×d, k, v and w are n×d, s is m×n, o is m×d.
 *
 * @param bm rows of q that a block takes
 * @param bn rows of k, v and w that it takes in one step
 */
record SeveralProducts(Shape shape, DType in, int bm, int bn, int d) implements Kernel {

  enum Shape {
    /** {@code o += relu(q · kᵀ) · v}. */
    CHAIN,
    /** {@code o += relu(q · kᵀ) · v + 2 · (q · kᵀ) · w}. */
    FORK,
    /** {@code o = s · v + s · w}, by two sums. */
    TWO_SUMS,
    /** {@code o += (s · v) / 2}, so that the product is waited for. */
    HALVES,
    /** {@code t = q · kᵀ + t / 2, o += t · v}. */
    STATE,
    /** Attention, to be divided by the sums of powers. */
    ATTENTION
  }

  @Override
  public void define(KernelBuilder b) {
    var m = b.dim("m");
    var n = b.dim("n");
    var q = b.in("q", in, m, b.dim(d));
    var k = b.in("k", in, n, b.dim(d));
    var v = b.in("v", in, n, b.dim(d));
    var w = b.in("w", in, n, b.dim(d));
    var s = b.in("s", in, m, n);
    var o = b.out("o", F32, m, b.dim(d));
    var row = b.grid1d(m.ceilDiv(bm));
    var acc = b.zeros(F32, bm, d);
    var other = b.zeros(F32, bm, d);
    var state = b.zeros(F32, bm, bn);
    var most = b.full(F32, -1e30, bm);
    var queries = q.tile(row, 0, bm, d).load();
    b.range(
        n.ceilDiv(bn),
        j -> {
          if (shape == Shape.TWO_SUMS) {
            acc.mma(s.tile(row, j, bm, bn), v.tile(j, 0, bn, d));
            other.mma(s.tile(row, j, bm, bn), w.tile(j, 0, bn, d));
            return;
          }
          if (shape == Shape.HALVES) {
            var part = b.zeros(F32, bm, d);
            part.mma(s.tile(row, j, bm, bn), v.tile(j, 0, bn, d));
            acc.plusAssign(part.times(0.5));
            return;
          }
          var t = b.zeros(F32, bm, bn);
          t.mma(queries, k.tile(j, 0, bn, d).t());
          switch (shape) {
            case CHAIN -> acc.mma(t.maximum(0).cast(in), v.tile(j, 0, bn, d));
            case FORK -> {
              acc.mma(t.maximum(0).cast(in), v.tile(j, 0, bn, d));
              other.mma(t.plus(t).cast(in), w.tile(j, 0, bn, d));
            }
            case STATE -> {
              state.assign(t.plus(state.times(0.5)));
              acc.mma(state.cast(in), v.tile(j, 0, bn, d));
            }
            case ATTENTION -> {
              var next = most.maximum(t.max(1));
              var decay = most.minus(next).exp2();
              acc.timesAssign(decay.expand(1));
              acc.mma(t.minus(next.expand(1)).exp2().cast(in), v.tile(j, 0, bn, d));
              most.assign(next);
            }
            case TWO_SUMS, HALVES -> throw new IllegalStateException();
          }
        });
    o.tile(row, 0, bm, d).set(acc.plus(other));
  }
}
