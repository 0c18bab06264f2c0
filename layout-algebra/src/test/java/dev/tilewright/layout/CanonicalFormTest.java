package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Laws 1 to 3: the canonical form is the function, no more and no less. */
class CanonicalFormTest {

  /**
   * Every way to spell a function on one axis of up to 24 points with strides 0..7 and both kinds
   * of sum: layouts are equal exactly if their tables are.
   */
  @Test
  void functionsAndLayoutsOfOneAxisCorrespondOneToOne() {
    int spelled = 0;
    for (int size : new int[] {1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24}) {
      Map<Table, Layout> byFunction = new HashMap<>();
      Map<Layout, Table> byLayout = new HashMap<>();
      for (List<Long> radices : factorizations(size)) {
        for (long strides = 0; strides < 1L << (3 * radices.size()); strides++) {
          for (Sum sum : Sum.values()) {
            for (long offset : new long[] {0, 5}) {
              check(radices, strides, sum, offset, byFunction, byLayout);
              spelled++;
            }
          }
        }
      }
      assertEquals(byFunction.size(), byLayout.size());
    }
    assertTrue(spelled > 50_000, "only " + spelled);
  }

  private static void check(
      List<Long> radices,
      long strides,
      Sum sum,
      long offset,
      Map<Table, Layout> byFunction,
      Map<Layout, Table> byLayout) {
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, 1 << 12));
    if (sum == Sum.XOR) {
      builder.xor();
    }
    builder.digit(Axis.LANE, 1).offset(Axis.OFFSET, offset);
    for (int i = 0; i < radices.size(); i++) {
      builder.digit(Axis.LANE, radices.get(i), Axis.OFFSET, strides >> (3 * i) & 7);
    }
    Layout layout = builder.build();
    Table table =
        Table.of(
            layout.domain(),
            layout.codomain(),
            x -> new long[] {spelled(radices, strides, sum, offset, x[0])});
    assertEquals(table, Table.of(layout), "the canonical form is the function");
    Layout sameFunction = byFunction.putIfAbsent(table, layout);
    if (sameFunction != null) {
      assertEquals(sameFunction, layout);
      assertEquals(sameFunction.hashCode(), layout.hashCode());
      assertEquals(sameFunction.toString(), layout.toString());
    } else {
      assertNull(byLayout.put(layout, table), "one layout for two functions");
    }
  }

  private static long spelled(
      List<Long> radices, long strides, Sum sum, long offset, long coordinate) {
    long value = offset;
    long rest = coordinate;
    for (int i = 0; i < radices.size(); i++) {
      value = sum.add(value, sum.scale(rest % radices.get(i), strides >> (3 * i) & 7));
      rest /= radices.get(i);
    }
    return value;
  }

  /**
   * Two axes in and two out: all ways to spell functions of 2x2, 2x3, 3x2 and 4x2 points with
   * strides 0..2 on both targets.
   */
  @Test
  void functionsAndLayoutsOfTwoAxesCorrespondOneToOne() {
    Space codomain = Space.of(Axis.dim(0), 16, Axis.dim(1), 16);
    int spelled = 0;
    for (long[] size : new long[][] {{2, 2}, {2, 3}, {3, 2}, {4, 2}}) {
      Map<Table, Layout> byFunction = new HashMap<>();
      Map<Layout, Table> byLayout = new HashMap<>();
      for (List<Long> lanes : factorizations(size[0])) {
        for (List<Long> warps : factorizations(size[1])) {
          int digits = lanes.size() + warps.size();
          for (int code = 0; code < Math.pow(9, digits); code++) {
            for (Sum sum : Sum.values()) {
              LayoutBuilder builder = Layout.into(codomain).offset(Axis.dim(0), 1);
              if (sum == Sum.XOR) {
                builder.xor();
              }
              int rest = code;
              for (int d = 0; d < digits; d++) {
                boolean lane = d < lanes.size();
                long extent = lane ? lanes.get(d) : warps.get(d - lanes.size());
                long[] image = {rest % 3, rest / 3 % 3};
                builder.add(lane ? Axis.LANE : Axis.WARP, extent, image);
                rest /= 9;
              }
              Layout layout = builder.build();
              Table table = Table.of(layout);
              spelled++;
              Layout before = byFunction.putIfAbsent(table, layout);
              if (before == null) {
                assertNull(byLayout.put(layout, table));
              } else {
                assertEquals(before, layout);
                assertEquals(before.hashCode(), layout.hashCode());
              }
            }
          }
        }
      }
      assertEquals(byFunction.size(), byLayout.size());
    }
    assertTrue(spelled > 1500, "only " + spelled);
  }

  static List<List<Long>> factorizations(long size) {
    List<List<Long>> all = new ArrayList<>();
    if (size == 1) {
      all.add(List.of());
    }
    for (long first = 2; first <= size; first++) {
      if (size % first == 0) {
        for (List<Long> rest : factorizations(size / first)) {
          List<Long> radices = new ArrayList<>(List.of(first));
          radices.addAll(rest);
          all.add(radices);
        }
      }
    }
    return all;
  }

  /**
   * Laws 1 to 3: however the digits of a layout are split, the spelled digits are its function, and
   * it is the same layout with the same hash and text.
   */
  @Property
  void allSpellingsAreOneLayout(@ForAll("layouts") Layout layout, @ForAll long seed) {
    Random random = new Random(seed);
    LayoutBuilder builder = Layout.into(layout.codomain());
    if (layout.sum() == Sum.XOR) {
      builder.xor();
    }
    layout.codomain().axes().forEach(axis -> builder.offset(axis, layout.offset(axis)));
    layout.domain().axes().forEach(axis -> builder.digit(axis, 1));
    for (Digit digit : layout.digits()) {
      List<List<Long>> splits = factorizations(digit.extent());
      long done = 1;
      for (long extent : splits.get(random.nextInt(splits.size()))) {
        boolean whole = layout.sum() == Sum.INTEGER || Long.bitCount(done) == 1;
        if (!whole && !digit.isReplication()) {
          return;
        }
        SortedMap<Axis, Long> strides = new TreeMap<>();
        for (Map.Entry<Axis, Long> stride : digit.strides().entrySet()) {
          strides.put(stride.getKey(), layout.sum().scale(done, stride.getValue()));
        }
        builder.digit(new Digit(digit.axis(), extent, strides));
        builder.digit(digit.axis(), 1);
        done *= extent;
      }
    }
    Layout spelled = builder.build();
    assertEquals(Table.of(layout), Table.of(spelled));
    assertEquals(layout, spelled);
    assertEquals(layout.hashCode(), spelled.hashCode());
    assertEquals(layout.toString(), spelled.toString());
    assertEquals(layout, layout.canonical(), "canonical form is idempotent");
  }

  /** Law 2 on several axes: the layout read off its own table is the layout. */
  @Property
  void aLayoutIsRecognisedFromItsTable(@ForAll("layouts") Layout layout) {
    Table table = Table.of(layout);
    assertEquals(
        layout, Recognition.of(table.domain(), table.codomain(), table.values()).orThrow());
  }

  /** Law 42. */
  @Property
  void theTextFormReadsBack(@ForAll("layouts") Layout layout) {
    assertEquals(layout, Layout.parse(layout.toString()).orThrow());
  }

  /** A text with one character changed or missing is read as a layout or refused, no more. */
  @Property
  void brokenTextsAreRefusedWithAPlace(@ForAll("layouts") Layout layout, @ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder(layout.toString());
    int at = random.nextInt(text.length());
    String alphabet = "[]():,*^+-> 0123456789dimx";
    if (random.nextBoolean()) {
      text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
    } else {
      text.deleteCharAt(at);
    }
    switch (Layout.parse(text.toString())) {
      case Result.Ok<Layout>(Layout read) ->
          assertEquals(read, Layout.parse(read.toString()).orThrow());
      case Result.Refused<Layout>(Reason reason) -> assertTrue(reason.code().startsWith("layout-"));
    }
  }

  @Test
  void errorsOfTextsAreNamed() {
    assertEquals(
        "at position 18 of \"[lane:4 -> offset^]\": expected an integer",
        sentence("[lane:4 -> offset^]"));
    assertEquals(
        "at position 23 of \"[lane:4 -> x*1] : (y:4)\": expected an axis of the codomain, not x",
        sentence("[lane:4 -> x*1] : (y:4)"));
    assertEquals(
        "values on axis x run from 0 to 3, but it has extent 2",
        sentence("[lane:4 -> x*1] : (x:2)"));
    assertEquals(
        "layout-malformed", reason("[a:4611686018427387904, b:4611686018427387904] : ()").code());
    assertEquals("layout-malformed", reason("[lane:4 -> x^-1] : (x:4)").code());
    LayoutBuilder negative = Layout.into(Space.of(Axis.OFFSET, 4)).xor();
    assertFalse(negative.digit(Axis.LANE, 2, Axis.OFFSET, -1).tryBuild().isOk());
    assertEquals("layout-malformed", reason("[a:2 -> x*1, b:2 -> x^2] : (x:4)").code());
  }

  private static String sentence(String text) {
    return reason(text).sentence();
  }

  private static Reason reason(String text) {
    return switch (Layout.parse(text)) {
      case Result.Ok<Layout>(Layout layout) -> throw new AssertionError(layout.toString());
      case Result.Refused<Layout>(Reason reason) -> reason;
    };
  }

  @Provide
  Arbitrary<Layout> layouts() {
    return RandomLayouts.any();
  }
}
