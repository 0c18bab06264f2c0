package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Laws 38 and 40: the same bits as elements of another width. */
class ViewTest {

  /** Law 38: recasting composes, and every element keeps its bits. */
  @Property
  void recastingKeepsTheBits(@ForAll long seed) {
    Random random = new Random(seed);
    int from = 1 + random.nextInt(16);
    int to = 1 + random.nextInt(16);
    long rows = random.nextLong(1, 4 + 1);
    Layout layout = Layout.rowMajor(rows, (long) to * (1 + random.nextInt(3)));
    Layout recast = layout.recast(Axis.dim(1), Axis.OFFSET, from, to).orThrow();
    assertEquals(
        layout.domain().extent(Axis.dim(1)) * from, recast.domain().extent(Axis.dim(1)) * to);
    for (long row = 0; row < rows; row++) {
      for (long bit = 0; bit < layout.domain().extent(Axis.dim(1)) * from; bit++) {
        assertEquals(
            layout.apply(row, bit / from)[0] * from + bit % from,
            recast.apply(row, bit / to)[0] * to + bit % to);
      }
    }
    assertEquals(layout, layout.recast(Axis.dim(1), Axis.OFFSET, from, from).orThrow());
    assertEquals(layout, recast.recast(Axis.dim(1), Axis.OFFSET, to, from).orThrow());
  }

  /**
   * Law 40, for every pair of widths from 1 to 16: a register layout whose slots run along the tile
   * is seen as elements of the other width wherever the bits of a thread make up whole elements,
   * and every lane sees the bits it had.
   */
  @Test
  void everyPairOfWidthsUpToSixteen() {
    for (int from = 1; from <= 16; from++) {
      for (int to = 1; to <= 16; to++) {
        for (int slots = 1; slots <= 16; slots++) {
          Layout layout = Layout.spatial(Axis.LANE, 8).product(Layout.local(slots));
          Result<Layout> seen = layout.recast(Axis.REGISTER, Axis.dim(0), from, to);
          assertEquals(slots * from % to == 0, seen.isOk(), from + " to " + to);
          if (seen instanceof Result.Ok<Layout>(Layout view)) {
            assertEquals(
                Layout.spatial(Axis.LANE, 8).product(Layout.local(slots * from / to)), view);
            assertTrue(View.of(layout, from, view, to).isOk());
          }
        }
      }
    }
  }

  /**
   * A register layout in which runs of {@code run} elements lie along dim1, around other digits.
   */
  private static Layout random(Random random, long run) {
    List<Layout> digits =
        new ArrayList<>(
            List.of(
                Layout.spatial(Axis.LANE, 4, 1),
                Layout.spatial(Axis.LANE, 1, 2),
                Layout.spatial(Axis.WARP, 1, 3),
                Layout.local(2, 1),
                Layout.local(1, 3),
                Layout.replicate(Axis.LANE, 2)));
    Collections.shuffle(digits, random);
    Layout layout = Layout.local(1, run);
    for (Layout digit : digits.subList(0, random.nextInt(digits.size() + 1))) {
      layout = digit.product(layout);
    }
    return layout.withDomainAxis(Axis.LANE);
  }

  /** Law 40: view(view(L, a), b) = view(L, b), and back again; all bits stay where they were. */
  @Property
  void recastsOfRegisterLayoutsCompose(@ForAll long seed) {
    Random random = new Random(seed);
    int[] widths = random.ints(3, 1, 17).toArray();
    // Whole elements of all three widths in every run.
    Layout layout = random(random, (long) widths[1] * widths[2]);
    Layout once = layout.recast(Axis.REGISTER, Axis.dim(1), widths[0], widths[1]).orThrow();
    Layout direct = layout.recast(Axis.REGISTER, Axis.dim(1), widths[0], widths[2]).orThrow();
    assertEquals(direct, once.recast(Axis.REGISTER, Axis.dim(1), widths[1], widths[2]).orThrow());
    assertEquals(layout, once.recast(Axis.REGISTER, Axis.dim(1), widths[1], widths[0]).orThrow());
    assertTrue(View.of(layout, widths[0], once, widths[1]).isOk());
    int register = layout.domain().indexOf(Axis.REGISTER);
    Space threads = layout.domain().without(List.of(Axis.REGISTER));
    for (long t = 0; t < threads.size(); t++) {
      for (long bit = 0; bit < layout.domain().extent(Axis.REGISTER) * widths[0]; bit++) {
        assertArrayEquals(
            place(layout, point(threads, t, register, bit / widths[0]), widths[0], bit),
            place(once, point(threads, t, register, bit / widths[1]), widths[1], bit));
      }
    }
  }

  private static long[] point(Space threads, long thread, int register, long slot) {
    List<Long> point = new ArrayList<>();
    Arrays.stream(threads.unflatten(thread)).forEach(point::add);
    point.add(register, slot);
    return point.stream().mapToLong(x -> x).toArray();
  }

  /** Row and bit of the row of a bit of a slot. */
  private static long[] place(Layout layout, long[] point, int bits, long bit) {
    long[] element = layout.apply(point);
    int row = layout.codomain().indexOf(Axis.dim(0));
    long column = element[layout.codomain().indexOf(Axis.dim(1))];
    return new long[] {row < 0 ? 0 : element[row], column * bits + bit % bits};
  }

  /** Law 40: a view of any two layouts cuts the same string of bits, and views compose. */
  @Property
  void aViewMovesNoBit(@ForAll long seed) {
    Random random = new Random(seed);
    int[] widths = random.ints(3, 1, 17).toArray();
    int all = widths[0] * widths[1] * widths[2];
    Layout[] layouts = new Layout[3];
    for (int i = 0; i < 3; i++) {
      layouts[i] =
          random.nextBoolean()
              ? Layout.spatial(Axis.LANE, 8).product(Layout.local(all / widths[i]))
              : Layout.local(all / widths[i]).product(Layout.spatial(Axis.LANE, 8));
    }
    View view = View.of(layouts[0], widths[0], layouts[1], widths[1]).orThrow();
    assertArrayEquals(new int[] {0, all}, run(view));
    View chained = view.then(layouts[2], widths[2]).orThrow();
    assertEquals(View.of(layouts[0], widths[0], layouts[2], widths[2]).orThrow(), chained);
    // A piece of the last view is a piece of pieces.
    View second = View.of(layouts[1], widths[1], layouts[2], widths[2]).orThrow();
    for (int slot = 0; slot < all / widths[2]; slot++) {
      List<Integer> through = new ArrayList<>();
      for (View.Piece piece : second.pieces(slot)) {
        List<Integer> inner = bits(view.pieces(piece.register()), widths[0]);
        through.addAll(inner.subList(piece.first(), piece.first() + piece.bits()));
      }
      assertEquals(bits(chained.pieces(slot), widths[0]), through);
    }
  }

  /** The numbers in the thread's string of bits. */
  private static List<Integer> bits(List<View.Piece> pieces, int width) {
    List<Integer> bits = new ArrayList<>();
    for (View.Piece piece : pieces) {
      assertTrue(piece.first() + piece.bits() <= width);
      for (int bit = 0; bit < piece.bits(); bit++) {
        bits.add(piece.register() * width + piece.first() + bit);
      }
    }
    return bits;
  }

  /** The first bit and the number of bits of a view, which follow each other without a gap. */
  private static int[] run(View view) {
    int next = 0;
    for (int slot = 0; slot < view.to().domain().extent(Axis.REGISTER); slot++) {
      for (int bit : bits(view.pieces(slot), view.fromBits())) {
        assertEquals(next++, bit);
      }
    }
    return new int[] {0, next};
  }

  @Test
  void viewsOfOtherThreadsOrOtherBitsAreRefused() {
    Layout bytes = Layout.spatial(Axis.LANE, 32).product(Layout.local(12));
    assertEquals(
        "no view: a thread holds 12 elements of 8 bits, but is to show 20 of 5 bits",
        reason(View.of(bytes, 8, Layout.spatial(Axis.LANE, 32).product(Layout.local(20)), 5)));
    assertEquals(
        "the threads of a view must be (register:12, lane:32), but is (register:12, lane:16)",
        reason(View.of(bytes, 8, Layout.spatial(Axis.LANE, 16).product(Layout.local(12)), 8)));
    assertFalse(bytes.recast(Axis.REGISTER, Axis.dim(0), 8, 5).isOk());
    assertFalse(
        Layout.local(12)
            .product(Layout.spatial(Axis.LANE, 32))
            .recast(Axis.REGISTER, Axis.dim(0), 8, 16)
            .isOk(),
        "neighbours in a lane are no neighbours in the tile");
  }

  private static String reason(Result<View> result) {
    return switch (result) {
      case Result.Ok<View>(View view) -> throw new AssertionError(view.toString());
      case Result.Refused<View>(Reason reason) -> reason.sentence();
    };
  }
}
