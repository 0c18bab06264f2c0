package dev.tilewright.samples.weights;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.U2;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.weights.PackedOrder;

/** The example of docs/low-precision.md. */
record OwnFormat(int bm, int bn, int bk) implements Kernel {
  // begin
  /** Weights ±½ and ±1½ times a scale for each row; four codes of a column in a byte. */
  PackedOrder order() {
    return PackedOrder.of(2, Layout.columnMajor(bn, bk));
  }

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var w = k.packed("w", U2, order(), n, kk);
    var scales = k.in("scales", F32, n);
    var x = k.in("x", F16, m, kk);
    var y = k.out("y", F16, m, n);
    var tile = k.grid2d(n.ceilDiv(bn), m.ceilDiv(bm));
    var sums = k.zeros(F32, bn, bm);
    k.range(
        kk.ceilDiv(bk),
        i -> {
          var weights = w.tile(tile.row(), i).cast(F16).minus(1.5);
          sums.mma(weights, x.tile(tile.col(), i, bm, bk).t());
        });
    var scaled = sums.times(scales.tile(tile.row(), bn).reshape(bn, 1));
    y.tile(tile.col(), tile.row(), bm, bn).set(scaled.cast(F16).t());
  }
  // end
}
