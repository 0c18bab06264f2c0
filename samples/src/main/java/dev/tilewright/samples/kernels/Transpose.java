package dev.tilewright.samples.kernels;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * {@code y = xᵀ}: x is m×n, y is n×m, both of any size.
 *
 * @param dtype the element type of both
 * @param bm rows of x that a block moves
 * @param bn columns of x that a block moves
 */
public record Transpose(DType dtype, int bm, int bn) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var x = k.in("x", dtype, m, n);
    var y = k.out("y", dtype, n, m);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));
    y.tile(tile.col(), tile.row(), bn, bm).set(x.tile(tile.row(), tile.col(), bm, bn).t());
  }
}
