package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.I32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.Tile;
import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.WeightFormat;

/**
 * {@code y = x · wᵀ} with quantised weights and activations of 8 bits: x is m×k, w is n×k, y is
 * m×n. Products are of numbers of 8 bits, exact in the sums; scales of both multiply the sums in
 * f32.
 *
 * <p>With {@code bk} as the group of both it multiplies what is scaled in blocks along k; with
 * scales of rows, what is scaled by token and channel.
 *
 * @param format of the weights; its numbers, less their zero points, are numbers of {@code act}
 * @param act the element type of x: i8, or a float of 8 bits that the target multiplies
 * @param out the element type of y
 * @param blocks whether x has a scale for each {@code bk} neighbours in a row, or one for the row
 * @param bm rows of y that a block computes
 * @param bn columns of y that a block computes
 * @param bk how much of k a block takes in one step
 */
public record WeightGemmA8(
    WeightFormat format, DType act, DType out, boolean blocks, int bm, int bn, int bk)
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
    var scales = k.in("x_scales", F32, blocks ? kk.ceilDiv(bk) : k.dim(1), m);
    var y = k.out("y", out, m, n);
    var tile = k.grid2d(n.ceilDiv(bn), m.ceilDiv(bm));
    var sums = k.zeros(F32, bn, bm);
    k.range(
        kk.ceilDiv(bk),
        i -> {
          var part = k.zeros(act instanceof IntType ? I32 : F32, bn, bm);
          part.mma(w.numbers(tile.row(), i, act), x.tile(tile.col(), i, bm, bk).t());
          Tile exact = act instanceof IntType ? part.cast(F32) : part;
          Tile scaled = w.scaleSums(exact, tile.row(), i);
          sums.plusAssign(blocks ? scaled.times(scales.tile(i, tile.col(), 1, bm)) : scaled);
        });
    Tile finished = w.finish(sums, tile.row());
    Tile result = blocks ? finished : finished.times(scales.tile(0, tile.col(), 1, bm));
    y.tile(tile.col(), tile.row(), bm, bn).set(result.cast(out).t());
  }
}
