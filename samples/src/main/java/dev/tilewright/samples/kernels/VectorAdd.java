package dev.tilewright.samples.kernels;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/**
 * {@code z = x + y}: vectors of any length n.
 *
 * @param dtype the element type of all three
 * @param block elements of z that a block computes
 */
public record VectorAdd(DType dtype, int block) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var n = k.dim("n");
    var x = k.in("x", dtype, n);
    var y = k.in("y", dtype, n);
    var z = k.out("z", dtype, n);
    var i = k.grid1d(n.ceilDiv(block));
    z.tile(i, block).set(x.tile(i, block).plus(y.tile(i, block)));
  }
}
