package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Laws 8, 29 to 31 and 41, and the meaning of every operation that changes one side. */
class SpacesTest {

  private static final Axis A = new Axis("a");
  private static final Axis B = new Axis("b");

  @Provide
  Arbitrary<Layout> layouts() {
    return RandomLayouts.any();
  }

  @Provide
  Arbitrary<Layout> integers() {
    return RandomLayouts.integer();
  }

  /** Law 29: reshaping keeps the values in their order, and flattening undoes it. */
  @Property
  void reshapingTheDomainRecountsIt(@ForAll("layouts") Layout layout, @ForAll long seed) {
    long size = layout.domain().size();
    List<Long> divisors = new ArrayList<>();
    for (long d = 1; d <= size; d++) {
      if (size % d == 0) {
        divisors.add(d);
      }
    }
    long d = divisors.get(new Random(seed).nextInt(divisors.size()));
    Space flat = Space.of(A, size);
    Space parts = Space.of(A, d, B, size / d);
    Layout flattened = layout.reshapeDomain(flat).orThrow();
    assertEquals(Cute.values(layout), Cute.values(flattened));
    assertEquals(layout, flattened.reshapeDomain(layout.domain()).orThrow());
    switch (layout.reshapeDomain(parts)) {
      case Result.Ok<Layout>(Layout reshaped) -> {
        assertEquals(Cute.values(layout), Cute.values(reshaped));
        assertEquals(flattened, reshaped.reshapeDomain(flat).orThrow());
      }
      case Result.Refused<Layout>(Reason reason) -> {
        long[][] values = new long[(int) size][];
        for (int x = 0; x < size; x++) {
          values[x] = layout.apply(layout.domain().unflatten(x));
        }
        assertFalse(Recognition.of(parts, layout.codomain(), values).isOk(), reason::sentence);
      }
    }
  }

  @Property
  void reshapingTheCodomainRecountsIt(@ForAll("layouts") Layout layout) {
    Space flat = Space.of(A, layout.codomain().size());
    Layout flattened = layout.reshapeCodomain(flat).orThrow();
    assertEquals(Cute.values(layout), Cute.values(flattened));
    assertEquals(layout, flattened.reshapeCodomain(layout.codomain()).orThrow());
  }

  @Test
  void reshapingATileCountsTheLastDimensionFastest() {
    Layout tile = Layout.spatial(Axis.LANE, 4, 6);
    Layout reshaped = tile.reshapeTile(2, 2, 6).orThrow();
    assertEquals(Layout.spatial(Axis.LANE, 2, 2, 6), reshaped);
    assertEquals(tile, reshaped.reshapeTile(4, 6).orThrow());
    assertEquals(
        Layout.rowMajor(24),
        Layout.rowMajor(4, 6).compose(tile).orThrow().rename(Map.of(Axis.LANE, Axis.dim(0))));
  }

  /** Law 30: permuting is a group action. */
  @Property
  void permutingIsAGroupAction(@ForAll("layouts") Layout layout, @ForAll long seed) {
    List<Axis> first = new ArrayList<>(layout.domain().axes());
    List<Axis> second = new ArrayList<>(first);
    Random random = new Random(seed);
    Collections.shuffle(first, random);
    Collections.shuffle(second, random);
    Layout once = layout.permuteDomain(first.toArray(Axis[]::new));
    assertEquals(
        layout.permuteDomain(second.toArray(Axis[]::new)),
        once.permuteDomain(second.toArray(Axis[]::new)));
    assertEquals(layout, once.permuteDomain(layout.domain().axes().toArray(Axis[]::new)));
    for (long x = 0; x < layout.domain().size(); x++) {
      long[] point = layout.domain().unflatten(x);
      long[] moved =
          first.stream().mapToLong(axis -> point[layout.domain().indexOf(axis)]).toArray();
      assertArrayEquals(layout.apply(point), once.apply(moved));
    }
  }

  @Test
  void transposingSwapsDimensions() {
    Layout a = Layout.spatial(Axis.LANE, 8, 4).product(Layout.local(1, 2));
    Layout t = a.transpose(1, 0);
    assertEquals(Space.tile(8, 8), t.codomain());
    assertEquals(
        a.apply(Axis.dim(0), Map.of(Axis.LANE, 9L)), t.apply(Axis.dim(1), Map.of(Axis.LANE, 9L)));
    assertEquals(Layout.columnSpatial(Axis.LANE, 4, 8).product(Layout.local(2, 1)), t);
    assertEquals(a, t.transpose(1, 0));
    assertEquals(Space.tile(6, 2, 4), Layout.local(2, 4, 6).transpose(2, 0, 1).codomain());
  }

  /** Law 41: an offset is added to every value. */
  @Property
  void anOffsetIsAdded(@ForAll("integers") Layout layout, @ForAll long seed) {
    long by = new Random(seed).nextLong(50);
    LayoutBuilder builder = Layout.into(layout.codomain().with(Axis.dim(0), 1L << 20));
    for (Axis axis : layout.codomain().axes()) {
      builder.offset(axis, layout.offset(axis) + (axis.equals(Axis.dim(0)) ? by : 0));
    }
    layout.domain().axes().forEach(axis -> builder.digit(axis, 1));
    layout.digits().forEach(builder::digit);
    Layout moved = builder.build();
    for (long x = 0; x < layout.domain().size(); x++) {
      long[] expected = layout.apply(layout.domain().unflatten(x));
      expected[0] += by;
      assertArrayEquals(expected, moved.apply(layout.domain().unflatten(x)));
    }
  }

  /** Law 41: a slice is the layout at the coordinate, what is constant staying inside the XOR. */
  @Property
  void aSliceHoldsACoordinate(@ForAll("layouts") Layout layout, @ForAll long seed) {
    Axis axis = layout.domain().rank() == 0 ? Axis.LANE : layout.domain().axis(0);
    long at = new Random(seed).nextLong(layout.domain().extent(axis));
    Layout slice = layout.slice(axis, at);
    Table whole = Table.of(layout);
    for (long x = 0; x < slice.domain().size(); x++) {
      long[] rest = slice.domain().unflatten(x);
      long[] point = new long[layout.domain().rank()];
      for (int i = 0; i < point.length; i++) {
        point[i] = i == 0 ? at : rest[i - 1];
      }
      assertArrayEquals(whole.at(point), slice.apply(rest));
    }
  }

  @Property
  void aRestrictionIsTheStartOfTheAxis(@ForAll("layouts") Layout layout, @ForAll long seed) {
    Axis axis = layout.domain().rank() == 0 ? Axis.LANE : layout.domain().axis(0);
    long extent = 1 + new Random(seed).nextLong(layout.domain().extent(axis));
    Space domain =
        layout.domain().rank() == 0 ? layout.domain() : layout.domain().with(axis, extent);
    Table expected = Table.of(domain, layout.codomain(), layout::apply);
    switch (layout.restrict(axis, extent)) {
      case Result.Ok<Layout>(Layout restricted) -> assertEquals(expected, Table.of(restricted));
      case Result.Refused<Layout>(Reason reason) ->
          assertFalse(
              Recognition.of(domain, layout.codomain(), expected.values()).isOk(),
              reason::sentence);
    }
  }

  @Property
  void projectionsAndReductionsForgetAxes(@ForAll("layouts") Layout layout) {
    Axis kept = Axis.dim(0);
    Layout projected = layout.project(kept);
    Layout reduced = layout.reduce(kept);
    Layout keeping = layout.reduceKeeping(kept);
    for (long x = 0; x < layout.domain().size(); x++) {
      long[] point = layout.domain().unflatten(x);
      long[] value = layout.apply(point);
      assertEquals(value[0], projected.apply(point)[0]);
      assertEquals(0, keeping.apply(point)[0]);
      for (int t = 1; t < value.length; t++) {
        assertEquals(value[t], reduced.apply(point)[t - 1]);
        assertEquals(value[t], keeping.apply(point)[t]);
      }
    }
    assertEquals(layout.codomain().rank() - 1, reduced.codomain().rank());
    assertEquals(1, keeping.codomain().extent(kept));
  }

  @Test
  void aReducedFragmentReplicates() {
    Layout c =
        Layout.local(2, 1).product(Layout.spatial(Axis.LANE, 8, 4)).product(Layout.local(1, 2));
    Layout rows = c.reduce(Axis.dim(1));
    assertEquals(
        "[register:2, register:2 -> dim0*8, lane:4, lane:8 -> dim0*1] : (dim0:16)",
        rows.toString());
    assertEquals(
        "[register:2 -> dim0*8, lane:4, lane:8 -> dim0*1] : (dim0:16)",
        rows.withoutReplication(Axis.REGISTER).toString());
  }

  @Property
  void broadcastingHoldsTheCopiesInRegisters(@ForAll("integers") Layout layout) {
    Layout flat = layout.reduceKeeping(Axis.dim(0));
    Layout wide = flat.broadcast(Axis.dim(0), 3);
    assertEquals(3 * flat.domain().extent(Axis.REGISTER), wide.domain().extent(Axis.REGISTER));
    assertEquals(flat.domain().size() * 3, wide.domain().size());
    Layout again = wide.reduceKeeping(Axis.dim(0));
    for (long copy = 0; copy < 3; copy++) {
      Map<Axis, Long> at = Map.of(Axis.REGISTER, copy * flat.domain().extent(Axis.REGISTER));
      assertEquals(copy, wide.apply(Axis.dim(0), at));
      assertEquals(0, again.apply(Axis.dim(0), at));
    }
  }

  /** Law 8: concatenation is the sum, and distributes over composition where that exists. */
  @Property
  void concatenationAddsAndDistributes(@ForAll long seed) {
    Random random = new Random(seed);
    Space middle = Space.of(A, 24);
    Layout outer =
        Layout.into(Space.of(Axis.OFFSET, 1000))
            .digit(
                A, List.of(2L, 3L, 4L, 6L).get(random.nextInt(4)), Axis.OFFSET, random.nextInt(9))
            .digit(A, 1, Axis.OFFSET, 0)
            .build();
    Layout whole =
        Layout.into(outer.codomain())
            .digit(A, outer.domain().extent(A), Axis.OFFSET, outer.apply(1)[0])
            .digit(A, 24 / outer.domain().extent(A), Axis.OFFSET, random.nextInt(40))
            .build();
    Layout b1 = Layout.into(middle).digit(Axis.REGISTER, 2, A, random.nextInt(12)).build();
    Layout b2 = Layout.into(middle).digit(Axis.LANE, 3, A, random.nextInt(6)).build();
    if (!(b1.concat(b2) instanceof Result.Ok<Layout>(Layout both))) {
      return;
    }
    for (long r = 0; r < 2; r++) {
      for (long l = 0; l < 3; l++) {
        assertEquals(b1.apply(r)[0] + b2.apply(l)[0], both.apply(r, l)[0]);
      }
    }
    Result<Layout> together = whole.compose(both);
    Result<Layout> apart = whole.compose(b1).then(c1 -> whole.compose(b2).then(c1::concat));
    boolean pointwise = true;
    for (long r = 0; r < 2; r++) {
      for (long l = 0; l < 3; l++) {
        pointwise &=
            whole.apply(both.apply(r, l)[0])[0]
                == whole.apply(b1.apply(r)[0])[0] + whole.apply(b2.apply(l)[0])[0];
      }
    }
    if (apart.isOk()) {
      assertEquals(pointwise, together.equals(apart));
    }
  }

  /** Law 31: what a layout does not move can be taken off; the rest is the quotient. */
  @Property
  void aQuotientLeavesWhatMoves(@ForAll("layouts") Layout layout) {
    Axis warp = new Axis("trivial");
    Layout whole = Layout.identity(Space.of(warp, 4)).product(layout);
    Layout quotient = whole.quotient(List.of(warp)).orThrow();
    assertEquals(
        Spaces.inOrder(layout, layout.domain().sorted(), layout.codomain().sorted()), quotient);
    assertEquals(whole, Layout.identity(Space.of(warp, 4)).product(quotient));
    assertEquals(Layout.identity(Space.of(warp, 4)), whole.sublayout(List.of(warp), List.of(warp)));
    assertFalse(
        Layout.into(Space.of(warp, 4))
            .digit(warp, 2, warp, 2)
            .digit(warp, 2, warp, 1)
            .build()
            .quotient(List.of(warp))
            .isOk());
  }
}
