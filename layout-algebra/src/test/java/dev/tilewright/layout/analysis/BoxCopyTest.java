package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.OFFSET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Swizzle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BoxCopyTest {

  private static final Axis ROW = Axis.dim(0);
  private static final Axis COLUMN = Axis.dim(1);
  private static final long EMPTY = -1;

  /**
   * Copies all boxes as the engine does (lines of the box packed from the start on, then {@code
   * byte ^= (byte >> 7) % lines << 4}) and checks that each element lies where the layout has it,
   * and nothing else.
   */
  private static void execute(BoxCopy plan, Layout shared, int es) {
    Space tile = shared.domain();
    long size = shared.codomain().size();
    long[] memory = new long[(int) size + 256];
    Arrays.fill(memory, EMPTY);
    int mask = plan.swizzle().isNone() ? 0 : (int) plan.swizzle().lineBytes() / 16 - 1;
    for (long b = 0; b < plan.boxes(); b++) {
      long[] origin = plan.origins().apply(b);
      long start = plan.starts().apply(b)[0] * es;
      assertEquals(0, start % 128, "a box is aligned to 128 bytes");
      for (long i = 0; i < plan.box().size(); i++) {
        long[] inBox = plan.box().unflatten(i);
        long[] element = origin.clone();
        for (int axis = 0; axis < inBox.length; axis++) {
          element[tile.indexOf(plan.box().axis(axis))] += inBox[axis];
        }
        long at = start + i * es;
        at ^= (at >> 7 & mask) << 4;
        assertEquals(EMPTY, memory[(int) (at / es)], "a place is written once");
        memory[(int) (at / es)] = tile.flatten(element);
      }
    }
    for (long i = 0; i < tile.size(); i++) {
      assertEquals(i, memory[(int) shared.apply(tile.unflatten(i))[0]]);
    }
    assertEquals(tile.size(), Arrays.stream(memory).filter(v -> v != EMPTY).count());
  }

  private static BoxCopy copy(Layout shared, Axis contiguous, int es) {
    BoxCopy plan = BoxCopy.of(shared, contiguous, 8 * es, Hopper.TMA).orThrow();
    execute(plan, shared, es);
    return plan;
  }

  @Test
  void theTilesOfAGemm() {
    BoxCopy one = copy(Hopper.B128.tile(Space.tile(128, 64), COLUMN, 16).orThrow(), COLUMN, 2);
    assertEquals(Space.of(COLUMN, 64, ROW, 128), one.box());
    assertEquals(Hopper.B128, one.swizzle());
    assertEquals(1, one.boxes());

    BoxCopy two = copy(Hopper.B128.tile(Space.tile(128, 128), COLUMN, 16).orThrow(), COLUMN, 2);
    assertEquals(Space.of(COLUMN, 64, ROW, 128), two.box());
    assertEquals("[box:2 -> dim1*64] : (dim0:128, dim1:128)", two.origins().toString());
    assertEquals("[box:2 -> offset*8192] : (offset:16384)", two.starts().toString());

    BoxCopy turned = copy(Hopper.B64.tile(Space.tile(64, 48), ROW, 16).orThrow(), ROW, 2);
    assertEquals(Space.of(ROW, 32, COLUMN, 48), turned.box());
    assertEquals(2, turned.boxes());

    BoxCopy plain = copy(Layout.rowMajor(96, 72), COLUMN, 2);
    assertTrue(plain.swizzle().isNone());
    assertEquals(Space.of(COLUMN, 72, ROW, 96), plain.box());
    assertEquals(1, plain.boxes());

    BoxCopy batched =
        copy(Hopper.B128.tile(Space.tile(4, 16, 64), Axis.dim(2), 16).orThrow(), Axis.dim(2), 2);
    assertEquals(1, batched.boxes());
    assertEquals(Space.of(Axis.dim(2), 64, COLUMN, 16, ROW, 4), batched.box());
  }

  @Test
  void extentsOfBoxesAreLimited() {
    BoxCopy tall = copy(Hopper.B32.tile(Space.tile(384, 16), COLUMN, 16).orThrow(), COLUMN, 2);
    assertEquals(Space.of(COLUMN, 16, ROW, 192), tall.box());
    BoxCopy wide = copy(Layout.rowMajor(4, 512), COLUMN, 1);
    assertEquals(Space.of(COLUMN, 256), wide.box());
    assertEquals(8, wide.boxes());
  }

  /** All modes and element sizes, one dimension or the other contiguous, any number of slabs. */
  @Property
  void whatTheConstructorMakesIsCopied(@ForAll long seed) {
    Random random = new Random(seed);
    int es = 1 << random.nextInt(3);
    SwizzleMode mode = Hopper.WGMMA.modes().get(random.nextInt(4));
    long slabs = 1L + random.nextInt(3);
    long lines = 8L * (1 + random.nextInt(12));
    Axis contiguous = Axis.dim(random.nextInt(2));
    long along = mode.lineElements(8 * es) * slabs;
    Space tile = contiguous.equals(ROW) ? Space.tile(along, lines) : Space.tile(lines, along);
    Layout shared = mode.tile(tile, contiguous, 8 * es).orThrow();
    BoxCopy plan = copy(shared, contiguous, es);
    assertTrue(plan.boxes() <= slabs);
  }

  /** A small engine: lines of two bytes or, swizzled, of four; boxes at multiples of two. */
  private static final BoxCopy.Engine SMALL =
      new BoxCopy.Engine(
          List.of(
              new SwizzleMode(4, new Swizzle(1, 1, 2)), new SwizzleMode(2, new Swizzle(1, 0, 2))),
          2,
          2,
          4,
          2);

  /** All invertible maps of a 4×4 tile: refused are those of which no line can be copied. */
  @Test
  void whatIsRefusedIsNotRepresentable() {
    Space tile = Space.tile(4, 4);
    int copied = 0;
    for (int code = 0; code < 1 << 16; code++) {
      List<Long> columns = new ArrayList<>();
      for (int column = 0; column < 4; column++) {
        columns.add((long) (code >> 4 * column & 15));
      }
      if (LinearMap.rank(columns) < 4) {
        continue;
      }
      Layout shared = new LinearMap(tile, Space.of(OFFSET, 16), columns, 0).toLayout();
      Result<BoxCopy> plan = BoxCopy.of(shared, COLUMN, 8, SMALL);
      assertEquals(
          linesAreCopied(shared, SwizzleMode.none(2))
              || SMALL.swizzles().stream().anyMatch(mode -> linesAreCopied(shared, mode)),
          plan.isOk(),
          shared::toString);
      copied += plan.isOk() ? 1 : 0;
    }
    assertTrue(copied > 100 && copied < 20_160, "copied " + copied);
  }

  /** Whether every line of the tile is the image of a line of a box. */
  private static boolean linesAreCopied(Layout shared, SwizzleMode mode) {
    for (long row = 0; row < 4; row++) {
      for (long column = 0; column < 4; column++) {
        long in = column % mode.lineBytes();
        long start = mode.swizzle().apply(shared.apply(row, column - in)[0]);
        if (start % 2 != 0 || mode.swizzle().apply(start + in) != shared.apply(row, column)[0]) {
          return false;
        }
      }
    }
    return true;
  }

  @Test
  void refusalsSayWhatIsWrong() {
    assertEquals(
        "no copies of boxes write this layout: along dim0, unswizzled, no whole number of 16 bytes"
            + " is contiguous",
        sentence(Layout.rowMajor(64, 64), ROW, 16));
    assertEquals(
        "no copies of boxes write this layout: boxes (dim1:64) would start between multiples of"
            + " 128 bytes",
        sentence(Layout.strided(new long[] {16, 64}, new long[] {72, 1}), COLUMN, 16));
    assertEquals(
        "no copies of boxes write this layout: elements of 6 bits are copied as bytes",
        sentence(Layout.rowMajor(64, 64), COLUMN, 6));
    assertEquals(
        "no copies of boxes write this layout: boxes (dim1:64) would overlap",
        sentence(
            Layout.strided(new long[] {2, 128}, new long[] {0, 1}).restrict(COLUMN, 64).orThrow(),
            COLUMN,
            16));
    assertFalse(
        BoxCopy.of(Layout.rowMajor(64, 64).swizzle(3, 3, 4).orThrow(), COLUMN, 16, Hopper.TMA)
            .isOk(),
        "the engine's swizzles have a shift of three");
  }

  private static String sentence(Layout shared, Axis contiguous, int bits) {
    return switch (BoxCopy.of(shared, contiguous, bits, Hopper.TMA)) {
      case Result.Ok<BoxCopy>(var plan) -> throw new AssertionError(plan.toString());
      case Result.Refused<BoxCopy>(Reason reason) -> reason.sentence();
    };
  }
}
