package dev.tilewright.samples.programs;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.I8;

import dev.tilewright.GlobalTensor;
import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.Scalar;
import dev.tilewright.Tile;
import dev.tilewright.dtype.DType;

/**
 * A kernel around matrix products, of a shape that its fields choose. Everything is an integer
 * small enough to be exact in every type it passes through, so that any order of summation gives
 * the same bits.
 *
 * @param shape what the loop does
 * @param in the element type of the factors
 * @param bm rows of a tile
 * @param bn columns of a tile
 * @param bk a step along k
 * @param transposed whether the second factor lies with k contiguous
 * @param epilogue what becomes of the sum
 */
record RandomProgram(
    Shape shape, DType in, int bm, int bn, int bk, boolean transposed, Epilogue epilogue)
    implements Kernel {

  /** What the loop over k does. */
  enum Shape {
    /** One product. */
    SINGLE,
    /** Two products of one first factor. */
    DUAL,
    /** The first product, cast, is a factor of the second; as in attention. */
    CHAIN,
    /** The first factor is summed along k as well. */
    SUMMED,
    /** Only some steps multiply. */
    CONDITIONAL,
    /** A loop around the loop starts a new sum each time. */
    NESTED,
    /** The first factor is converted on the way. */
    CONVERTED,
    /** A vector that no product needs is loaded in each step. */
    WITH_VECTOR,
    /** Two loops, one after the other, into one sum. */
    TWO_LOOPS,
    /** Some steps load and multiply, others do not. */
    BRANCHED,
    /** The first factor is loaded one step ahead and carried. */
    CARRIED_FACTOR,
    /** The largest element of each row of the first factor is carried. */
    RUNNING_MAX,
    /** One product of a loop is reduced to rows in each step, and starts anew. */
    REDUCED
  }

  /** What becomes of the sum. */
  enum Epilogue {
    STORE,
    BIAS,
    ROW_SUMS,
    HALF
  }

  DType out() {
    return epilogue == Epilogue.HALF ? F16 : F32;
  }

  private Tile second(GlobalTensor b, Scalar col, Scalar i) {
    return transposed ? b.tile(col, i, bn, bk).load().t() : b.tile(i, col, bk, bn).load();
  }

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var a = k.in("a", shape == Shape.CONVERTED ? I8 : in, m, kk);
    var b = transposed ? k.in("b", in, n, kk) : k.in("b", in, kk, n);
    var b2 = transposed ? k.in("b2", in, n, kk) : k.in("b2", in, kk, n);
    var bias = k.in("bias", F32, n);
    var scale = k.in("scale", F32, kk);
    var c = k.out("c", out(), m, n);
    var sums = k.out("sums", F32, m);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));
    var acc = k.zeros(F32, bm, bn);
    var rows = k.zeros(F32, bm);
    switch (shape) {
      case SINGLE ->
          k.range(
              kk.ceilDiv(bk),
              i -> acc.mma(a.tile(tile.row(), i, bm, bk), second(b, tile.col(), i)));
      case DUAL -> {
        var other = k.zeros(F32, bm, bn);
        k.range(
            kk.ceilDiv(bk),
            i -> {
              var x = a.tile(tile.row(), i, bm, bk).load();
              acc.mma(x, second(b, tile.col(), i));
              other.mma(x, second(b2, tile.col(), i));
            });
        acc.plusAssign(other.times(2));
      }
      case CHAIN ->
          k.range(
              kk.ceilDiv(bk),
              i -> {
                var s = k.zeros(F32, bm, bk);
                var q = a.tile(tile.row(), i, bm, bk).load();
                s.plusAssign(q.cast(F32));
                acc.mma(s.plus(1).cast(in), second(b, tile.col(), i));
              });
      case SUMMED ->
          k.range(
              kk.ceilDiv(bk),
              i -> {
                var x = a.tile(tile.row(), i, bm, bk).load();
                acc.mma(x, second(b, tile.col(), i));
                rows.plusAssign(x.cast(F32).sum(1));
              });
      case CONDITIONAL ->
          k.range(
              kk.ceilDiv(bk),
              i -> {
                var x = a.tile(tile.row(), i, bm, bk).load();
                var y = second(b, tile.col(), i);
                acc.mma(x, y);
                k.when(i.rem(2).eq(0), () -> acc.plusAssign(1));
              });
      case NESTED ->
          k.range(
              k.constant(3),
              j -> {
                var inner = k.zeros(F32, bm, bn);
                k.range(
                    kk.ceilDiv(bk),
                    i -> inner.mma(a.tile(tile.row(), i, bm, bk), second(b, tile.col(), i)));
                acc.plusAssign(inner);
              });
      case CONVERTED ->
          k.range(
              kk.ceilDiv(bk),
              i ->
                  acc.mma(a.tile(tile.row(), i, bm, bk).load().cast(in), second(b, tile.col(), i)));
      case WITH_VECTOR ->
          k.range(
              kk.ceilDiv(bk),
              i -> {
                acc.mma(a.tile(tile.row(), i, bm, bk), second(b, tile.col(), i));
                rows.plusAssign(scale.tile(i, bk).load().sum(0));
              });
      case BRANCHED ->
          k.range(
              kk.ceilDiv(bk),
              i ->
                  k.when(
                      i.rem(2).eq(0),
                      () -> acc.mma(a.tile(tile.row(), i, bm, bk), second(b, tile.col(), i))));
      case CARRIED_FACTOR -> {
        var x = a.tile(tile.row(), 0, bm, bk).load();
        k.range(
            kk.ceilDiv(bk),
            i -> {
              acc.mma(x, second(b, tile.col(), i));
              x.assign(a.tile(tile.row(), i.plus(1), bm, bk));
            });
      }
      case RUNNING_MAX ->
          k.range(
              kk.ceilDiv(bk),
              i -> {
                var x = a.tile(tile.row(), i, bm, bk).load();
                rows.assign(rows.maximum(x.cast(F32).max(1)));
                acc.mma(x, second(b, tile.col(), i));
              });
      case REDUCED ->
          k.range(
              kk.ceilDiv(bk),
              i -> {
                var s = k.zeros(F32, bm, bn);
                s.mma(a.tile(tile.row(), i, bm, bk), second(b, tile.col(), i));
                rows.plusAssign(s.sum(1));
                acc.plusAssign(s);
              });
      case TWO_LOOPS -> {
        k.range(
            kk.ceilDiv(bk), i -> acc.mma(a.tile(tile.row(), i, bm, bk), second(b, tile.col(), i)));
        k.range(
            kk.ceilDiv(bk), i -> acc.mma(a.tile(tile.row(), i, bm, bk), second(b2, tile.col(), i)));
      }
    }
    switch (epilogue) {
      case STORE, HALF -> {}
      case BIAS -> acc.plusAssign(bias.tile(tile.col(), bn).load().expand(0));
      case ROW_SUMS -> rows.plusAssign(acc.sum(1));
    }
    c.tile(tile.row(), tile.col(), bm, bn).set(acc.cast(out()));
    k.when(tile.col().eq(0), () -> sums.tile(tile.row(), bm).set(rows));
  }
}
