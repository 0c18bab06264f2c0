package dev.tilewright.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;

/** Each row's softmax, in two sweeps over the row: running maximum and sum, then the quotients. */
public record RowSoftmax(int rows, int cols) implements Kernel {
  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var x = k.in("x", F32, m, n);
    var y = k.out("y", F32, m, n);
    var row = k.grid1d(m.ceilDiv(rows));
    var max = k.full(F32, Double.NEGATIVE_INFINITY, rows, 1);
    var sum = k.zeros(F32, rows, 1);
    k.range(
        n.ceilDiv(cols),
        j -> {
          var block = x.tile(row, j, rows, cols).load(Double.NEGATIVE_INFINITY);
          var next = max.maximum(block.max(1).expand(1));
          sum.timesAssign(max.minus(next).exp());
          sum.plusAssign(block.minus(next).exp().sum(1).expand(1));
          max.assign(next);
        });
    k.range(
        n.ceilDiv(cols),
        j -> {
          var block = x.tile(row, j, rows, cols);
          y.tile(row, j, rows, cols).set(block.minus(max).exp().div(sum));
        });
  }
}
