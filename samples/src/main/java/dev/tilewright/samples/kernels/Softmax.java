package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * The softmax of every row, {@code y = exp(x - max x) / Σ exp(x - max x)}: x and y are m×n.
 *
 * <p>A block holds whole rows. What lies beyond the end of a row reads as -∞, so that it is never
 * the maximum and adds nothing to the sum.
 *
 * @param dtype the element type of x and y; in between, {@code f32}
 * @param bm rows that a block computes
 * @param bn at least n
 */
public record Softmax(DType dtype, int bm, int bn) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var x = k.in("x", dtype, m, n);
    var y = k.out("y", dtype, m, n);
    var i = k.grid1d(m.ceilDiv(bm));
    var row = x.tile(i, 0, bm, bn).load(Double.NEGATIVE_INFINITY).cast(F32);
    var power = row.minus(row.max(1).expand(1)).exp();
    y.tile(i, 0, bm, bn).set(power.div(power.sum(1).expand(1)).cast(dtype));
  }
}
