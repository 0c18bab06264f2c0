package dev.tilewright.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.TileSpec;
import dev.tilewright.dtype.DType;

/** A matrix product in two roles, written out: the example of {@code docs/arefs.md}. */
public record RoleMatmul(DType in, DType out, int bm, int bn, int bk, int depth) implements Kernel {
  // arefs.md
  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var a = k.in("a", in, m, kk);
    var b = k.in("b", in, n, kk);
    var c = k.out("c", out, m, n);
    var tile = k.grid2d(m.ceilDiv(bm), n.ceilDiv(bn));

    var ring = k.aref(depth, TileSpec.of(in, bm, bk), TileSpec.of(in, bn, bk));
    k.roles(
        roles -> {
          roles.role(
              "producer",
              4,
              40,
              () ->
                  k.range(
                      kk.ceilDiv(bk),
                      i -> ring.put(a.tile(tile.row(), i, bm, bk), b.tile(tile.col(), i, bn, bk))));
          roles.warpGroups(
              "consumer",
              1,
              232,
              () -> {
                var acc = k.zeros(F32, bm, bn);
                k.range(
                    kk.ceilDiv(bk),
                    i -> {
                      var slot = ring.get();
                      acc.mmaAsync(slot.tile(0), slot.tile(1).t());
                      slot.consumed();
                    });
                c.tile(tile.row(), tile.col(), bm, bn).set(acc.cast(out));
              });
        });
  }
  // end
}
