package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * Sums of every tile along both axes, the tile being read once: {@code rows[j, r]} is the sum of
 * row r of x over column block j, {@code columns[i, c]} that of column c over row block i. With one
 * block along an axis these are the sums of x.
 *
 * @param dtype the element type of the m×n matrix x; the sums are {@code f32}
 * @param bm rows of a tile
 * @param bn columns of a tile
 */
public record RowAndColumnSums(DType dtype, int bm, int bn) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var x = k.in("x", dtype, m, n);
    var rows = k.out("rows", F32, n.ceilDiv(bn), m);
    var columns = k.out("columns", F32, m.ceilDiv(bm), n);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));
    var t = x.tile(tile.row(), tile.col(), bm, bn).load().cast(F32);
    rows.tile(tile.col(), tile.row(), 1, bm).set(t.sum(1).expand(0));
    columns.tile(tile.row(), tile.col(), 1, bn).set(t.sum(0).expand(0));
  }
}
