package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Laws 16 to 19: CuTe's divides and products. */
class TilingTest {

  private static final Axis A = new Axis("a");
  private static final Axis B = new Axis("b");
  private static final Axis TILE = new Axis("tile");
  private static final Axis REST = new Axis("rest");
  private static final Axis REST0 = new Axis("rest_dim0");
  private static final Axis REST1 = new Axis("rest_dim1");

  private static List<Long> sorted(Layout layout) {
    return Cute.values(layout).stream().sorted().toList();
  }

  /** Laws 16 and 18: inside the tiles it is A ∘ B, and no value is lost or new. */
  @Property
  void aLogicalDivideSplitsIntoTilesAndRest(@ForAll long seed) {
    Random random = new Random(seed);
    long gap = random.nextLong(1, 3 + 1);
    long tile = random.nextLong(1, 4 + 1);
    long copies = random.nextLong(1, 3 + 1);
    Layout a =
        Layout.into(Space.of(Axis.OFFSET, 1 << 10))
            .digit(A, gap * tile * copies, Axis.OFFSET, random.nextInt(20))
            .build();
    Layout tiler = Layout.into(a.domain()).digit(B, tile, A, gap).build();
    Layout divided = a.logicalDivide(tiler, REST).orThrow();
    assertEquals(a.compose(tiler).orThrow(), divided.slice(REST, 0));
    assertEquals(sorted(a), sorted(divided));
  }

  private static Layout tiler(Random random, Axis axis, long[] extent) {
    long gap = random.nextLong(1, 3 + 1);
    long tile = random.nextLong(1, 4 + 1);
    extent[0] = gap * tile * random.nextLong(1, 3 + 1);
    return Layout.into(Space.of(axis, extent[0])).digit(B, tile, axis, gap).build();
  }

  /** Laws 16 and 18 by mode, and how the divides differ: in the axes, not in the values. */
  @Property
  void zippedAndTiledDividesRegroupTheLogicalOne(@ForAll long seed) {
    Random random = new Random(seed);
    long[] m = new long[1];
    long[] n = new long[1];
    Layout t0 = tiler(random, Axis.dim(0), m);
    Layout t1 = tiler(random, Axis.dim(1), n);
    Layout a =
        random.nextBoolean()
            ? Layout.strided(new long[] {m[0], n[0]}, new long[] {random.nextInt(9), 70})
            : Layout.strided(new long[] {m[0], n[0], 2}, new long[] {1, m[0] + 3, 5000});
    Map<Axis, Layout> tilers = Map.of(Axis.dim(0), t0, Axis.dim(1), t1);
    Layout logical = a.logicalDivide(tilers).orThrow();
    Layout zipped = a.zippedDivide(tilers).orThrow();
    Layout tiled = a.tiledDivide(tilers).orThrow();
    assertEquals(sorted(a), sorted(logical));
    assertEquals(sorted(a), sorted(zipped));
    long tile = t0.domain().size() * t1.domain().size();
    assertEquals(tile, zipped.domain().extent(TILE));
    assertEquals(a.domain().size() / tile, zipped.domain().extent(REST));
    long rest0 = m[0] / t0.domain().size();
    for (long x = 0; x < tile; x++) {
      for (long r = 0; r < zipped.domain().extent(REST); r++) {
        Map<Axis, Long> at =
            Map.of(
                Axis.dim(0),
                x % t0.domain().size(),
                Axis.dim(1),
                x / t0.domain().size(),
                REST0,
                r % rest0,
                REST1,
                r / rest0 % (n[0] / t1.domain().size()),
                Axis.dim(2),
                r / rest0 / (n[0] / t1.domain().size()));
        long expected = logical.apply(Axis.OFFSET, at);
        assertEquals(expected, zipped.apply(Axis.OFFSET, Map.of(TILE, x, REST, r)));
        Map<Axis, Long> apart =
            Map.of(
                TILE,
                x,
                REST0,
                at.get(REST0),
                REST1,
                at.get(REST1),
                Axis.dim(2),
                at.get(Axis.dim(2)));
        assertEquals(expected, tiled.apply(Axis.OFFSET, apart));
        if (r == 0) {
          long[] point = new long[a.domain().rank()];
          point[0] = t0.apply(x % t0.domain().size())[0];
          point[1] = t1.apply(x / t0.domain().size())[0];
          assertEquals(a.apply(point)[0], expected, "A ∘ tiler");
        }
      }
    }
  }

  /** Law 17: the copies are the layout moved, all at different places. */
  @Property
  void aLogicalProductCopies(@ForAll long seed) {
    Random random = new Random(seed);
    Layout a =
        Layout.strided(new long[] {1 + random.nextInt(4)}, new long[] {1 + random.nextInt(3)});
    Layout copies =
        Layout.into(Space.of(B, 12))
            .digit(new Axis("copy"), 1 + random.nextInt(4), B, 1 + random.nextInt(3))
            .build();
    if (a.logicalProduct(copies) instanceof Result.Ok<Layout>(Layout product)) {
      assertEquals(Cute.values(product).size(), Cute.values(product).stream().distinct().count());
      for (long copy = 0; copy < copies.domain().size(); copy++) {
        long moved = product.apply(0, copy)[0];
        for (long x = 0; x < a.domain().size(); x++) {
          assertEquals(a.apply(x)[0] + moved, product.apply(x, copy)[0]);
        }
      }
    }
  }

  /**
   * Law 19: blocked and raked products have the same values; element {@code (x, copy)} of the one
   * is element {@code (copy, x)} of the other.
   */
  @Property
  void blockedAndRakedProductsDifferInOrderOnly(@ForAll long seed) {
    Random random = new Random(seed);
    long[] own = {random.nextLong(1, 5), random.nextLong(1, 5)};
    long[] grid = {random.nextLong(1, 5), random.nextLong(1, 5)};
    Layout block = random.nextBoolean() ? Layout.rowMajor(own) : Layout.columnMajor(own);
    Layout copies = random.nextBoolean() ? Layout.rowMajor(grid) : Layout.columnMajor(grid);
    Layout blocked = block.blockedProduct(copies).orThrow();
    Layout raked = block.rakedProduct(copies).orThrow();
    assertEquals(copies.product(block), blocked, "no holes: the tensor product");
    assertEquals(sorted(blocked), sorted(raked));
    assertEquals(blocked.domain().extents()[0], raked.domain().extents()[0]);
    Space elements = Space.of(A, own[0], B, own[1], TILE, grid[0], REST, grid[1]);
    for (long i = 0; i < elements.size(); i++) {
      long[] x = elements.unflatten(i);
      assertArrayEquals(
          blocked.apply(x[0] + own[0] * x[2], x[1] + own[1] * x[3]),
          raked.apply(x[2] + grid[0] * x[0], x[3] + grid[1] * x[1]));
    }
  }

  @Test
  void productsFillTheHoles() {
    Layout spread = Layout.strided(new long[] {2, 2}, new long[] {1, 4});
    Layout blocked = spread.blockedProduct(Layout.columnMajor(2, 1)).orThrow();
    assertEquals("[dim0:4 -> offset*1, dim1:2 -> offset*4] : (offset:8)", blocked.toString());
    Layout raked = spread.rakedProduct(Layout.columnMajor(2, 1)).orThrow();
    assertEquals(
        "[dim0:2 -> offset*2, dim0:2 -> offset*1, dim1:2 -> offset*4] : (offset:8)",
        raked.toString());
  }

  @Test
  void whatTilesDoNotFillIsRefused() {
    Layout a = Layout.rowMajor(6, 8);
    Layout four = Layout.into(Space.of(Axis.dim(0), 6)).digit(A, 4, Axis.dim(0), 1).build();
    assertFalse(a.zippedDivide(Map.of(Axis.dim(0), four)).isOk());
    Layout nine = Layout.into(Space.of(Axis.dim(0), 9)).digit(A, 3, Axis.dim(0), 3).build();
    assertFalse(a.zippedDivide(Map.of(Axis.dim(0), nine)).isOk());
    assertThrows(IllegalArgumentException.class, () -> a.logicalDivide(Map.of(Axis.dim(2), four)));
    assertTrue(a.zippedDivide(Map.of()).isOk());
  }
}
