package dev.tilewright.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;

/** c = a · bᵀ. */
public record Matmul(DType in, DType out, int bm, int bn, int bk) implements Kernel {
  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var a = k.in("a", in, m, kk);
    var b = k.in("b", in, n, kk);
    var c = k.out("c", out, m, n);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));
    var acc = k.zeros(F32, bm, bn);
    k.range(
        kk.ceilDiv(bk),
        i -> acc.mma(a.tile(tile.row(), i, bm, bk), b.tile(tile.col(), i, bn, bk).t()));
    c.tile(tile.row(), tile.col(), bm, bn).set(acc.cast(out));
  }
}
