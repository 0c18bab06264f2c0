package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * Every row over its root mean square, {@code y = x / √(mean x² + ε) · weight}: x and y are m×n,
 * weight has n elements (Zhang and Sennrich, <i>Root Mean Square Layer Normalization</i>, 2019).
 *
 * <p>A block holds whole rows. What lies beyond the end of a row reads as zero and adds nothing.
 *
 * @param dtype the element type of x, weight and y; in between, {@code f32}
 * @param epsilon ε, above zero
 * @param bm rows that a block computes
 * @param bn at least n
 */
public record RmsNorm(DType dtype, double epsilon, int bm, int bn) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var x = k.in("x", dtype, m, n);
    var weight = k.in("weight", dtype, n);
    var y = k.out("y", dtype, m, n);
    var i = k.grid1d(m.ceilDiv(bm));
    var row = x.tile(i, 0, bm, bn).cast(F32);
    var mean = row.times(row).sum(1).div(n.scalar().cast(F32));
    var scale = mean.plus(epsilon).rsqrt().expand(1);
    y.tile(i, 0, bm, bn)
        .set(row.times(scale).times(weight.tile(0, bn).cast(F32).expand(0)).cast(dtype));
  }
}
