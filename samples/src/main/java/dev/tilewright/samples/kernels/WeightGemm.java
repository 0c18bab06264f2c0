package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.WeightFormat;

/**
 * {@code y = x · wᵀ} with quantised weights: x is m×k, w is n×k, y is m×n, of any size.
 *
 * <p>The weights are the first factor, {@code yᵀ = w · xᵀ}: matrix instructions take that one from
 * registers, where the weights are converted, and m, which may be 1, is their narrow side.
 *
 * @param format of the weights
 * @param act the element type of x, in which they multiply
 * @param out the element type of y
 * @param scaleSums whether scales of groups multiply sums of f32, one group at a time, and not the
 *     weights; {@code bk} must then divide the group
 * @param bm rows of y that a block computes
 * @param bn columns of y that a block computes
 * @param bk how much of k a block takes in one step
 */
public record WeightGemm(
    WeightFormat format, DType act, DType out, boolean scaleSums, int bm, int bn, int bk)
    implements Kernel {

  /** The order in which w is packed. */
  public PackedOrder order() {
    return PackedOrder.forFragments(format.type().bits(), act.bits(), bn, bk);
  }

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var w = k.quantized("w", format, order(), n, kk);
    var x = k.in("x", act, m, kk);
    var y = k.out("y", out, m, n);
    var tile = k.grid2d(n.ceilDiv(bn), m.ceilDiv(bm));
    var sums = k.zeros(F32, bn, bm);
    k.range(
        kk.ceilDiv(bk),
        i -> {
          var columns = x.tile(tile.col(), i, bm, bk).t();
          if (scaleSums) {
            var part = k.zeros(F32, bn, bm);
            part.mma(w.numbers(tile.row(), i, act), columns);
            sums.plusAssign(w.scaleSums(part, tile.row(), i));
          } else {
            sums.mma(w.weights(tile.row(), i, act), columns);
          }
        });
    y.tile(tile.col(), tile.row(), bm, bn).set(w.finish(sums, tile.row()).cast(out).t());
  }
}
