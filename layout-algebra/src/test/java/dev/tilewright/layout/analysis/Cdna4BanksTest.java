package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.OFFSET;
import static dev.tilewright.layout.Axis.REGISTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.SharedAccess.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Phases and banks of another kind of memory, and swizzles published for it. */
class Cdna4BanksTest {

  // ---- the tables ----

  /**
   * The experiment by which the phases were measured: two lanes are sent to other words of the bank
   * that all others read. A phase takes three wavefronts iff both are in it.
   */
  @Test
  void pairsOfLanesConflictIffTheyShareAPhase() {
    pairs(Kind.READ, 4, Cdna4.READ_B128, "{0, 12} {0, 20} {4, 16} {8, 31} {32, 59}");
    pairs(Kind.READ, 3, Cdna4.READ_B96, "{0, 20} {4, 19} {8, 31} {12, 27} {44, 59}");
    pairs(Kind.READ, 2, Cdna4.READ_B64, "{0, 31} {32, 63}");
    pairs(Kind.WRITE, 2, Cdna4.WRITE_B64, "{0, 15} {16, 31} {32, 47} {48, 63}");
  }

  private static void pairs(Kind kind, int words, BankModel.Phases served, String some) {
    long line = 4L * served.banks();
    StringBuilder together = new StringBuilder();
    for (int a = 0; a < 64; a++) {
      for (int b = a + 1; b < 64; b++) {
        long[] starts = new long[64];
        starts[a] = line;
        starts[b] = 2 * line;
        if (worst(served, starts, words, kind) == 3) {
          together.append("{%d, %d} ".formatted(a, b));
        }
      }
    }
    for (String pair : some.split("(?<=}) ")) {
      assertTrue(together.indexOf(pair) >= 0, pair);
    }
    long size = 64 / served.lanes().size();
    long expected = served.lanes().size() * (size * (size - 1) / 2);
    assertEquals(expected, together.chars().filter(c -> c == '{').count());
  }

  /** The wavefronts of the phase that takes the most. */
  private static int worst(BankModel.Phases served, long[] starts, int words, Kind kind) {
    int worst = 0;
    for (List<Integer> phase : served.lanes()) {
      long[] own = new long[64];
      phase.forEach(lane -> own[lane] = starts[lane]);
      int all = Access.wavefronts(own, 1, 4 * words, kind, Cdna4.LDS, offset -> offset);
      worst = Math.max(worst, all - (served.lanes().size() - 1));
    }
    return worst;
  }

  /** Reads of 8 bytes wrap around after 64 banks, reads of 12 and writes of 8 after 32. */
  @Test
  void theNumberOfBanksDependsOnTheAccess() {
    assertEquals(64, Cdna4.LDS.banks());
    assertEquals(0, conflictsAtDistance(Kind.READ, 2, 128));
    assertTrue(conflictsAtDistance(Kind.READ, 2, 256) > 0);
    assertTrue(conflictsAtDistance(Kind.WRITE, 2, 128) > 0);
    assertTrue(conflictsAtDistance(Kind.READ, 3, 128) > 0);
    assertEquals(0, conflictsAtDistance(Kind.READ, 4, 128));
    assertTrue(conflictsAtDistance(Kind.READ, 4, 256) > 0);
    assertThrows(IllegalArgumentException.class, () -> Cdna4.LDS.of(Kind.WRITE, 16));
  }

  private static long conflictsAtDistance(Kind kind, int words, long bytes) {
    long[] starts = new long[64];
    for (int lane = 1; lane < 64; lane += 2) {
      starts[lane] = bytes;
    }
    BankModel.Phases served = Cdna4.LDS.of(kind, 4 * words);
    long taken = Access.wavefronts(starts, 1, 4 * words, kind, Cdna4.LDS, offset -> offset);
    return taken - served.lanes().size();
  }

  // ---- published swizzles (offsets in bytes inside a tile, 16-bit elements) ----

  /** Rows by k: a lane holds {@code stride} k's in a row, {@code groups} such groups. */
  private static Layout fragment(int rows, int stride, int groups) {
    return Layout.local(1, groups)
        .product(Layout.columnSpatial(LANE, rows, 64 / rows))
        .product(Layout.local(1, stride));
  }

  private static long ways(Layout shared, Layout fragment, int elementBytes, int vector) {
    BankConflicts cost =
        BankConflicts.of(
            Kind.READ, shared.compose(fragment).orThrow(), elementBytes, vector, Cdna4.LDS);
    assertEquals(0, cost.wavefronts() % cost.ideal(), "all phases alike");
    return cost.wavefronts() / cost.ideal();
  }

  @Test
  void rowReadsOfThePublishedSwizzles() {
    Layout narrow = Layout.rowMajor(16, 32);
    assertEquals(2, ways(narrow, fragment(16, 8, 1), 2, 8));
    // off ^= ((off % 1024) >> 9) << 5
    assertEquals(1, ways(narrow.swizzle(1, 4, 4).orThrow(), fragment(16, 8, 1), 2, 8));

    Layout tall = Layout.rowMajor(32, 16);
    assertEquals(2, ways(tall, fragment(32, 8, 1), 2, 8));
    // off ^= ((off % 1024) >> 9) << 4
    assertEquals(1, ways(tall.swizzle(1, 3, 5).orThrow(), fragment(32, 8, 1), 2, 8));

    Layout square = Layout.rowMajor(32, 32);
    Layout halves = Layout.local(1, 2).product(fragment(32, 8, 1));
    assertEquals(4, ways(square, halves, 2, 8));
    // off ^= ((off % 1024) >> 9) << 5 ^ ((off % 2048) >> 10) << 4
    Layout swizzled = square.swizzle(1, 4, 4).orThrow().swizzle(1, 3, 6).orThrow();
    assertEquals(1, ways(swizzled, halves, 2, 8));

    Layout bytes = Layout.rowMajor(16, 128);
    Layout wide = fragment(16, 16, 2);
    assertEquals(4, ways(bytes, wide, 1, 16));
    // off ^= ((off % 2048) >> 8) << 4
    assertEquals(1, ways(bytes.swizzle(3, 4, 4).orThrow(), wide, 1, 16));
  }

  /** The 16 rows of a write of 8 bytes need chunks of 8 bytes apart. */
  @Test
  void writesNeedASwizzleOfTheirOwn() {
    Layout tile = Layout.rowMajor(16, 16);
    Layout fragment = fragment(16, 4, 1);
    BankConflicts plain =
        BankConflicts.of(Kind.WRITE, tile.compose(fragment).orThrow(), 2, 4, Cdna4.LDS);
    // off ^= ((off % 512) >> 7) << 3
    Layout swizzled = tile.swizzle(2, 2, 4).orThrow();
    BankConflicts own =
        BankConflicts.of(Kind.WRITE, swizzled.compose(fragment).orThrow(), 2, 4, Cdna4.LDS);
    assertEquals(new BankConflicts(1, 16, 4), plain);
    assertEquals(new BankConflicts(1, 4, 4), own);
  }

  /** The search does at least as well as the table, for all tiles and accesses at once. */
  @Test
  void theSearchFindsSwizzlesAsGood() {
    for (int[] shape : new int[][] {{16, 32}, {32, 16}, {32, 32}, {64, 64}}) {
      Layout tile = Layout.rowMajor(shape[0], shape[1]);
      List<SharedAccess> reads = new ArrayList<>();
      for (int rows : new int[] {16, 32}) {
        int k = 64 / rows * 8;
        if (shape[0] % rows == 0 && shape[1] % k == 0) {
          Layout points = Layout.local(shape[0] / rows, shape[1] / k).product(fragment(rows, 8, 1));
          reads.add(new SharedAccess("rows of " + rows, Kind.READ, points, 8));
        }
      }
      SwizzleChoice choice = Swizzles.best(tile, reads, 2, Cdna4.LDS).orThrow();
      assertTrue(choice.isConflictFree(), choice::toString);
    }
  }

  /** What one access sees as 64 banks another sees as 32: both are served at once. */
  @Test
  void aSwizzleForReadsAndWritesOfDifferentBanks() {
    Layout tile = Layout.rowMajor(32, 64);
    SharedAccess write =
        new SharedAccess(
            "write",
            Kind.WRITE,
            Layout.local(8, 1).product(Layout.spatial(LANE, 4, 16)).product(Layout.local(1, 4)),
            4);
    SharedAccess read =
        new SharedAccess("read", Kind.READ, Layout.local(2, 2).product(fragment(16, 8, 1)), 8);
    SwizzleChoice choice = Swizzles.best(tile, List.of(write, read), 2, Cdna4.LDS).orThrow();
    assertTrue(choice.isConflictFree(), choice::toString);
    for (SwizzleChoice.Cost cost : choice.costs()) {
      assertEquals(
          BankConflicts.of(
              cost.access().kind(),
              choice.memory().compose(cost.access().points()).orThrow(),
              2,
              cost.access().elements(),
              Cdna4.LDS),
          cost.after(),
          "the proof is the cost of the layout that is returned");
    }
  }

  /** Phases do not depend on the base: a move by whole lines of all banks changes nothing. */
  @Property
  void conflictsDependOnDifferencesOnly(@ForAll long seed) {
    Random random = new Random(seed);
    int words = 1 << random.nextInt(3);
    Kind kind = words < 4 && random.nextBoolean() ? Kind.WRITE : Kind.READ;
    long stride = words * (random.nextLong(20) + 1);
    long moved = 64 * random.nextLong(10);
    LayoutBuilder builder =
        Layout.into(Space.of(OFFSET, 1 << 13)).digit(REGISTER, words, OFFSET, 1);
    Layout access = builder.digit(LANE, 64, OFFSET, stride).build();
    Layout there = builder.offset(OFFSET, moved).build();
    assertEquals(
        BankConflicts.of(kind, access, 4, words, Cdna4.LDS),
        BankConflicts.of(kind, there, 4, words, Cdna4.LDS));
  }

  @Test
  void transposedReadsOfThePublishedTiles() {
    Layout twice = Layout.rowMajor(2, 1);
    assertEquals(1, transposed(twice.product(Layout.rowMajor(16, 32).swizzle(1, 4, 4).orThrow())));
    Layout square = Layout.rowMajor(32, 32);
    assertEquals(1, transposed(square.swizzle(1, 4, 4).orThrow().swizzle(1, 3, 6).orThrow()));
    assertEquals(2, transposed(twice.product(Layout.rowMajor(16, 16))));
    assertEquals(2, transposed(Layout.rowMajor(32, 16).swizzle(1, 3, 5).orThrow()));
  }

  /** How many ways the reads of operands of 16x16x32 conflict: k = 8 (l / 16) + e, n = l % 16. */
  private static long transposed(Layout shared) {
    Layout fragment =
        Layout.local(1, shared.domain().extent(Axis.dim(1)) / 16)
            .product(Layout.spatial(LANE, 4, 16))
            .product(Layout.columnLocal(8, 1));
    TransposedRead.Form form = new TransposedRead.Form(16, 8);
    TransposedRead plan = TransposedRead.applies(shared, fragment, 16, form).orThrow();
    Layout starts = shared.compose(plan.chunks()).orThrow();
    long wavefronts = 0;
    for (int i = 0; i < plan.instructions(); i++) {
      long[] lanes = new long[64];
      for (int lane = 0; lane < 64; lane++) {
        lanes[lane] = starts.apply(point(starts.domain(), i, lane))[0];
      }
      wavefronts += Access.wavefronts(lanes, 2, 4, Kind.READ, Cdna4.LDS, offset -> offset);
    }
    long ideal = (long) Cdna4.READ_B64.lanes().size() * plan.instructions();
    assertEquals(0, wavefronts % ideal, "all phases alike");
    return wavefronts / ideal;
  }

  private static long[] point(Space hardware, long register, long lane) {
    return hardware.axes().stream()
        .mapToLong(a -> a.equals(REGISTER) ? register : a.equals(LANE) ? lane : 0)
        .toArray();
  }
}
