package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.TileSpec;
import dev.tilewright.dtype.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Matmul} with its roles written by hand: a producer copies what consumers multiply. Each
 * consumer has rows of its own, and all of them share the tile of b.
 *
 * <p>Where warps can have roles it is compiled as it is written, elsewhere to the pipeline of one
 * stream that the sequential product becomes too; the order of additions is the same, and so is
 * every bit.
 *
 * @param bm rows that one consumer computes
 * @param bn columns that a block computes
 * @param bk a step along k
 * @param depth slots of the ring
 * @param consumers how many; each is a warp group
 */
public record RoleMatmul(DType in, DType out, int bm, int bn, int bk, int depth, int consumers)
    implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var m = k.dim("m");
    var n = k.dim("n");
    var kk = k.dim("k");
    var a = k.in("a", in, m, kk);
    var b = k.in("b", in, n, kk);
    var c = k.out("c", out, m, n);
    var tile = k.grid2d(m.ceilDiv(consumers * bm), n.ceilDiv(bn));

    List<TileSpec> slot = new ArrayList<>(List.of(TileSpec.of(in, bn, bk)));
    for (int i = 0; i < consumers; i++) {
      slot.add(TileSpec.of(in, bm, bk));
    }
    var ring = k.aref(depth, slot.toArray(TileSpec[]::new));
    k.roles(
        roles -> {
          roles.role(
              "producer",
              4,
              40,
              () ->
                  k.range(
                      kk.ceilDiv(bk),
                      step -> {
                        var free = ring.acquireWrite();
                        free.load(0, b.tile(tile.col(), step, bn, bk));
                        for (int i = 0; i < consumers; i++) {
                          var row = tile.row().times(consumers).plus(i);
                          free.load(1 + i, a.tile(row, step, bm, bk));
                        }
                        free.commit();
                      }));
          for (int i = 0; i < consumers; i++) {
            int number = i;
            roles.warpGroups(
                "consumer" + number,
                1,
                consumers == 1 ? 232 : 216,
                () -> {
                  var acc = k.zeros(F32, bm, bn);
                  k.range(
                      kk.ceilDiv(bk),
                      step -> {
                        var full = ring.get();
                        acc.mmaAsync(full.tile(1 + number), full.tile(0).t());
                        full.consumed();
                      });
                  var row = tile.row().times(consumers).plus(number);
                  c.tile(row, tile.col(), bm, bn).set(acc.cast(out));
                });
          }
        });
  }
}
