package dev.tilewright.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class OverlapTest {

  private static Strided random(Random random) {
    int rank = random.nextInt(4);
    long[] shape = random.longs(rank, 1, 5).toArray();
    long[] strides = random.longs(rank, 0, 12).toArray();
    return new Strided(shape, strides, random.nextInt(10));
  }

  private static BitSet bits(Strided layout, int width, long base) {
    var bits = new BitSet();
    layout.forEach(
        (position, element) -> {
          int first = (int) (base + element * width);
          bits.set(first, first + width);
        });
    return bits;
  }

  @Property(tries = 3000)
  void agreesWithEnumeration(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9) int widthA,
      @ForAll @IntRange(min = 1, max = 9) int widthB,
      @ForAll @IntRange(max = 300) int distance) {
    var random = new Random(seed);
    Strided a = random(random);
    Strided b = random(random);
    boolean shared = bits(a, widthA, 0).intersects(bits(b, widthB, distance));
    assertEquals(shared, Overlap.possible(a, widthA, b, widthB, distance));
    assertEquals(shared, Overlap.possible(b, widthB, a, widthA, -distance));
  }

  @Property
  void injectivityIsNeverClaimedFalsely(@ForAll long seed) {
    Strided layout = random(new Random(seed));
    var seen = new BitSet();
    layout.forEach((position, element) -> seen.set((int) element));
    if (layout.isSurelyInjective()) {
      assertEquals(layout.size(), seen.cardinality());
      assertEquals(layout.end() - layout.offset() == layout.size(), layout.isGapFree());
    }
    assertEquals(layout.end(), seen.length());
  }

  /** The query, key and value parts of one fused projection are interleaved but disjoint. */
  @Test
  void columnBlocksOfALargeMatrix() {
    long rows = 1L << 20;
    Strided whole = Strided.rowMajor(new long[] {rows, 3 * 4096});
    Strided query = whole.slice(1, 0, 4096);
    Strided key = whole.slice(1, 4096, 8192);
    assertFalse(Overlap.possible(query, 16, key, 16, 0));
    assertTrue(Overlap.possible(query, 16, whole.slice(1, 4095, 4096), 16, 0));
    assertTrue(Overlap.possible(query.permute(1, 0), 16, whole, 16, 0));
  }

  /** Strides with no order of magnitude between them end in a cautious answer, and soon. */
  @Test
  void contrivedStridesAreGivenUp() {
    long[] shape = {1000, 1000, 1000, 1000};
    var a = new Strided(shape, new long[] {30030, 30031 * 2, 30037 * 2, 30043 * 2}, 0);
    var b = new Strided(shape, new long[] {30046, 30048, 30060, 30052}, 0);
    long start = System.nanoTime();
    assertTrue(Overlap.possible(a, 8, b, 8, 8 * 12345));
    assertTrue(System.nanoTime() - start < 2_000_000_000L);
  }
}
