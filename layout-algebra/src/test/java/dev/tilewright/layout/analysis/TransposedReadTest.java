package dev.tilewright.layout.analysis;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.OFFSET;
import static dev.tilewright.layout.Axis.REGISTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LinearMap;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TransposedReadTest {

  private static final TransposedRead.Form B64 = new TransposedRead.Form(16, 8);

  /**
   * Executes a plan: within the lanes of a group, lane {@code s} supplies a chunk of {@code n}
   * elements, chunk {@code s % c} of row {@code s / c}; lane {@code d} receives column {@code d}.
   */
  private static void execute(
      TransposedRead plan, Layout shared, Layout fragment, int n, int group) {
    Layout chunks = shared.compose(plan.chunks()).orThrow();
    Layout wanted = shared.compose(fragment).orThrow();
    int perRow = group / n;
    boolean[] filled = new boolean[(int) fragment.domain().extent(REGISTER)];
    for (int i = 0; i < plan.instructions(); i++) {
      List<Integer> slots = plan.registers().get(i);
      assertEquals(n, slots.size());
      for (int lane = 0; lane < fragment.domain().extent(LANE); lane++) {
        int first = lane / group * group;
        int column = lane % group;
        for (int row = 0; row < n; row++) {
          int supplier = first + row * perRow + column / n;
          long start = chunks.apply(OFFSET, Map.of(REGISTER, (long) i, LANE, (long) supplier));
          assertEquals(0, start % n, "chunks are aligned");
          assertEquals(
              wanted.apply(OFFSET, Map.of(REGISTER, (long) slots.get(row), LANE, (long) lane)),
              start + column % n);
          filled[slots.get(row)] = true;
        }
      }
    }
    for (boolean slot : filled) {
      assertTrue(slot, "every slot is filled");
    }
  }

  /** The B operand of a matrix product, k by n, row-major: lanes run along n. */
  @Test
  void operandsOfARowMajorTile() {
    Layout shared = Layout.rowMajor(32, 64).swizzle(2, 3, 4).orThrow();
    Layout halves =
        Layout.local(1, 4).product(Layout.spatial(LANE, 4, 16)).product(Layout.columnLocal(8, 1));
    TransposedRead plan = TransposedRead.applies(shared, halves, 16, B64).orThrow();
    assertEquals(8, plan.instructions());
    execute(plan, shared, halves, 4, 16);

    Layout bytes = Layout.rowMajor(64, 64).swizzle(2, 4, 3).orThrow();
    Layout quarters =
        Layout.local(1, 4).product(Layout.spatial(LANE, 4, 16)).product(Layout.columnLocal(16, 1));
    TransposedRead eight = TransposedRead.applies(bytes, quarters, 8, B64).orThrow();
    assertEquals(8, eight.instructions());
    execute(eight, bytes, quarters, 8, 16);
    execute(TransposedRead.applies(bytes, quarters, 4, B64).orThrow(), bytes, quarters, 16, 16);
  }

  /** Fragments with register digits in any order, odd ones among them. */
  @Property
  void plansDeliverEverything(@ForAll long seed) {
    Random random = new Random(seed);
    int bits = 4 << random.nextInt(3);
    int n = 64 / bits;
    List<Layout> digits = new ArrayList<>(List.of(Layout.local(3, 1), Layout.local(1, 3)));
    for (int e = 1; e < n; e *= 2) {
      digits.add(Layout.local(2, 1));
    }
    digits.add(Layout.spatial(LANE, 4, 1));
    digits.add(Layout.local(1, 2));
    Collections.shuffle(digits, random);
    Layout fragment = Layout.spatial(LANE, 1, 16);
    for (Layout digit : digits) {
      fragment = digit.product(fragment);
    }
    long[] shape = fragment.codomain().extents();
    Layout shared = Layout.strided(shape, new long[] {shape[1] + n * random.nextInt(3), 1});
    execute(TransposedRead.applies(shared, fragment, bits, B64).orThrow(), shared, fragment, n, 16);
  }

  /**
   * All invertible maps of four registers and four lanes: refused are those of which no chunk fits.
   */
  @Test
  void whatIsRefusedIsNotRepresentable() {
    TransposedRead.Form small = new TransposedRead.Form(4, 2);
    Layout shared = Layout.rowMajor(1, 16);
    int served = 0;
    for (int code = 0; code < 1 << 16; code++) {
      List<Long> columns = new ArrayList<>();
      for (int column = 0; column < 4; column++) {
        columns.add((long) (code >> 4 * column & 15));
      }
      if (LinearMap.rank(columns) < 4) {
        continue;
      }
      Layout fragment =
          new LinearMap(Space.of(REGISTER, 4, LANE, 4), Space.of(Axis.dim(1), 16), columns, 0)
              .toLayout();
      Layout addresses = shared.compose(fragment).orThrow();
      boolean possible = true;
      for (long slot = 0; slot < 4; slot++) {
        for (long lane = 0; lane < 4; lane++) {
          long start = addresses.apply(slot, lane - lane % 2)[0];
          possible &= start % 2 == 0 && addresses.apply(slot, lane)[0] == start + lane % 2;
        }
      }
      Result<TransposedRead> plan = TransposedRead.applies(shared, fragment, 8, small);
      assertEquals(possible, plan.isOk(), fragment::toString);
      if (plan instanceof Result.Ok<TransposedRead>(TransposedRead found)) {
        execute(found, shared, fragment, 2, 4);
        served++;
      }
    }
    assertEquals(7 * 6 * 4, served, "lane bit 0 is bit 0, the others are a basis above it");
  }

  @Test
  void refusalsSayWhatIsWrong() {
    Layout fragment = Layout.spatial(LANE, 4, 16).product(Layout.columnLocal(4, 1));
    assertEquals(
        "no transposed read serves this access: a digit of axis register moves by 1 elements, not"
            + " by a multiple of 4",
        sentence(Layout.columnMajor(16, 16), fragment, 16));
    assertEquals(
        "no transposed read serves this access: a digit of axis register moves by 18 elements, not"
            + " by a multiple of 4",
        sentence(Layout.strided(new long[] {16, 16}, new long[] {18, 1}), fragment, 16));
    assertEquals(
        "no transposed read serves this access: 2 registers are no multiple of 4",
        sentence(
            Layout.rowMajor(8, 16),
            Layout.spatial(LANE, 4, 16).product(Layout.columnLocal(2, 1)),
            16));
    assertEquals(
        "no transposed read serves this access: a lane of a group of 16 receives 32 elements",
        sentence(Layout.rowMajor(16, 16), fragment, 2));
    assertEquals(
        "no transposed read serves this access: 8 lanes are no whole groups of 16",
        sentence(
            Layout.rowMajor(8, 4), Layout.spatial(LANE, 2, 4).product(Layout.local(4, 1)), 16));
  }

  private static String sentence(Layout shared, Layout fragment, int bits) {
    return switch (TransposedRead.applies(shared, fragment, bits, B64)) {
      case Result.Ok<TransposedRead>(var plan) -> throw new AssertionError(plan.toString());
      case Result.Refused<TransposedRead>(Reason reason) -> reason.sentence();
    };
  }
}
