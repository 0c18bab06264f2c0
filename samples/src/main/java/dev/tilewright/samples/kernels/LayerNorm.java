package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * The layer normalisation of a sum, {@code h = x + residual} and {@code y = (h - mean h) / √(var h
 * + ε) · weight + bias}: x, residual, h and y are m×n, weight and bias have n elements (Ba, Kiros
 * and Hinton, <i>Layer Normalization</i>, 2016). The sum is stored for the next layer's residual,
 * and is not read again.
 *
 * <p>A block holds whole rows and takes the variance of what is left of them without their mean: no
 * difference of large numbers. What lies beyond the end of a row adds nothing.
 *
 * @param dtype the element type of all tensors; in between, {@code f32}
 * @param epsilon ε, above zero
 * @param bm rows that a block computes
 * @param bn at least n
 */
public record LayerNorm(DType dtype, double epsilon, int bm, int bn) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var x = k.in("x", dtype, m, n);
    var residual = k.in("residual", dtype, m, n);
    var weight = k.in("weight", dtype, n);
    var bias = k.in("bias", dtype, n);
    var h = k.out("h", dtype, m, n);
    var y = k.out("y", dtype, m, n);
    var i = k.grid1d(m.ceilDiv(bm));
    var sum = x.tile(i, 0, bm, bn).cast(F32).plus(residual.tile(i, 0, bm, bn).cast(F32));
    h.tile(i, 0, bm, bn).set(sum.cast(dtype));
    var count = n.scalar().cast(F32);
    var inside = k.iota(bn).lt(n).expand(0).broadcastTo(bm, bn);
    var centred = inside.select(sum.minus(sum.sum(1).div(count).expand(1)), 0);
    var variance = centred.times(centred).sum(1).div(count);
    var normal = centred.times(variance.plus(epsilon).rsqrt().expand(1));
    y.tile(i, 0, bm, bn)
        .set(
            normal
                .times(weight.tile(0, bn).cast(F32).expand(0))
                .plus(bias.tile(0, bn).cast(F32).expand(0))
                .cast(dtype));
  }
}
