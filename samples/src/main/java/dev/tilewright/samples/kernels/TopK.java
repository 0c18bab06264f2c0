package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.I32;
import static dev.tilewright.dtype.DType.I64;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.Tile;
import dev.tilewright.dtype.DType;

/**
 * The greatest elements of every row in falling order, and where they stand: x is m×n, values and
 * indices are m×count. Of equal elements the first comes first; -0 is below +0. What a sampler
 * takes from logits.
 *
 * <p>An element and its place are one integer, the element's bits in the order of the numbers above
 * the place from the end: the greatest of them is found by one reduction, and is unique.
 *
 * @param dtype the element type of x and values, a float without NaNs in x
 * @param count how many are taken, at most n
 * @param bm rows of a block
 * @param bn at least n
 */
public record TopK(DType dtype, int count, int bm, int bn) implements Kernel {
  private static final long NONE = Long.MIN_VALUE;
  private static final long PLACES = 0xffff_ffffL;

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var x = k.in("x", dtype, m, n);
    var values = k.out("values", dtype, m, k.dim(count));
    var indices = k.out("indices", I32, m, k.dim(count));
    var i = k.grid1d(m.ceilDiv(bm));
    var place = k.iota(bn).expand(0).broadcastTo(bm, bn);
    var bits = x.tile(i, 0, bm, bn).cast(F32).view(I32);
    var key = ordered(k, bits).cast(I64).shl(32).plus(place.neg().plus(bn - 1).cast(I64));
    var left = place.lt(n).select(key, k.full(k.constant(I64, NONE), bm, bn));
    k.range(
        count,
        j -> {
          var most = left.max(1).expand(1);
          left.assign(left.eq(most).select(k.full(k.constant(I64, NONE), bm, bn), left));
          var low = most.and(k.full(k.constant(I64, PLACES), bm, 1)).cast(I32);
          var element = ordered(k, most.shr(32).cast(I32)).view(F32);
          values.at(i.times(bm), j, bm, 1).set(element.cast(dtype));
          indices.at(i.times(bm), j, bm, 1).set(low.neg().plus(bn - 1));
        });
  }

  /** The bits of a float as an integer in the order of the numbers, and back. */
  private static Tile ordered(KernelBuilder k, Tile bits) {
    var magnitude =
        k.full(k.constant(I32, Integer.MAX_VALUE), bits.shape().get(0), bits.shape().get(1));
    return bits.xor(bits.shr(31).and(magnitude));
  }
}
