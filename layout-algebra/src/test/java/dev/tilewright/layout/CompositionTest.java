package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CompositionTest {

  /**
   * Laws 4, 5 and 9: a composition is the function; where there is none, its table is no layout.
   */
  @Property
  void compositionIsExactAndComplete(@ForAll long seed) {
    Random random = new Random(seed);
    Layout inner =
        random.nextBoolean() ? RandomLayouts.integer(random) : RandomLayouts.carryLess(random);
    Layout outer = outerFor(inner.codomain(), random);
    Table table = Table.of(inner.domain(), outer.codomain(), x -> outer.apply(inner.apply(x)));
    switch (outer.compose(inner)) {
      case Result.Ok<Layout>(Layout composed) -> assertEquals(table, Table.of(composed));
      case Result.Refused<Layout>(Reason reason) -> {
        assertFalse(reason.sentence().isEmpty());
        assertFalse(
            Recognition.of(table.domain(), table.codomain(), table.values()).isOk(),
            "refused although it is a layout");
      }
    }
  }

  private static Layout outerFor(Space domain, Random random) {
    return outerFor(domain, random, Space.of(Axis.OFFSET, 1 << 20));
  }

  /** A layout on exactly the given domain, with digits cut at random. */
  private static Layout outerFor(Space domain, Random random, Space codomain) {
    boolean xor = random.nextInt(3) == 0 || codomain.size() < 1 << 20;
    Axis target = codomain.axis(0);
    LayoutBuilder builder = Layout.into(codomain);
    if (xor) {
      builder.xor();
    }
    for (Space.Dim dim : domain.dims()) {
      long rest = dim.extent();
      while (rest > 1) {
        long e = 2 + random.nextLong(rest - 1);
        while (rest % e != 0) {
          e++;
        }
        builder.digit(dim.axis(), e, target, random.nextInt(codomain.size() < 1 << 20 ? 16 : 40));
        rest /= e;
      }
      builder.digit(dim.axis(), 1);
    }
    return builder.build();
  }

  /** Law 6: composition is associative wherever both ways exist, and over F₂ they always do. */
  @Property
  void compositionIsAssociative(@ForAll long seed) {
    Random random = new Random(seed);
    Layout c = RandomLayouts.carryLess(random);
    Layout b = outerFor(c.codomain(), random, Space.of(new Axis("middle"), 1 << 12));
    Layout a = outerFor(b.codomain(), random, Space.of(Axis.OFFSET, 1 << 20));
    if (b.compose(c) instanceof Result.Ok<Layout>(Layout bc)
        && a.compose(b) instanceof Result.Ok<Layout>(Layout ab)) {
      Result<Layout> left = ab.compose(c);
      Result<Layout> right = a.compose(bc);
      assertEquals(left.isOk(), right.isOk());
      if (left.isOk()) {
        assertEquals(left, right);
      }
    }
  }

  /** Law 7. */
  @Property
  void theIdentityIsNeutral(@ForAll("layouts") Layout layout) {
    assertEquals(layout, Layout.identity(layout.codomain()).compose(layout).orThrow());
    assertEquals(layout, layout.compose(Layout.identity(layout.domain())).orThrow());
  }

  @Provide
  Arbitrary<Layout> layouts() {
    return RandomLayouts.any();
  }

  /** Digits that count down compose by the same rule, however large the layouts are. */
  @Test
  void largeLayoutsThatCountDown() {
    Layout inner =
        Layout.into(Space.of(Axis.dim(0), 1 << 20))
            .digit(Axis.LANE, 1 << 20, Axis.dim(0), -1)
            .offset(Axis.dim(0), (1 << 20) - 1)
            .build();
    Layout outer =
        Layout.into(Space.of(Axis.OFFSET, 1 << 21))
            .digit(Axis.dim(0), 1 << 10, Axis.OFFSET, 1 << 10)
            .digit(Axis.dim(0), 1 << 10, Axis.OFFSET, 1)
            .build();
    assertEquals(
        "[lane:1024 -> offset*-1024, lane:1024 -> offset*-1] + (offset*1048575) : (offset:2097152)",
        outer.compose(inner).orThrow().toString());
  }

  /** The counterexample to "composition with an injective layout distributes". */
  @Test
  void aCarryIsRefusedWithItsPlace() {
    Layout a =
        Layout.into(Space.of(Axis.OFFSET, 112))
            .digit(Axis.dim(0), 12, Axis.OFFSET, 1)
            .digit(Axis.dim(0), 2, Axis.OFFSET, 100)
            .build();
    Layout b =
        Layout.into(Space.of(Axis.dim(0), 24))
            .digit(Axis.LANE, 4, Axis.dim(0), 3)
            .digit(Axis.LANE, 3, Axis.dim(0), 4)
            .build();
    Result.Refused<?> refused = assertInstanceOf(Result.Refused.class, a.compose(b));
    assertEquals(new Reason.Carry(Axis.dim(0), 1, 12), refused.reason());
    assertTrue(refused.reason().sentence().contains("carry out of the digit of axis dim0"));
  }

  @Test
  void anAccessMapIsMemoryAfterRegisters() {
    Layout fragment =
        Layout.local(2, 1).product(Layout.spatial(Axis.LANE, 8, 4)).product(Layout.local(1, 2));
    assertEquals(
        "[register:2 -> offset*1, register:2 -> offset*64, lane:32 -> offset*2]"
            + " : (offset:128)",
        Layout.rowMajor(16, 8).compose(fragment).orThrow().toString());
    Layout swizzled = Layout.rowMajor(16, 64).swizzle(3, 3, 3).orThrow();
    assertEquals(
        "[dim0:8 -> offset^72, dim0:2 -> offset^512, dim1:64 -> offset^1] : (offset:1024)",
        swizzled.toString());
    assertEquals(
        "[register:2 -> offset*1, register:2 -> offset*512, lane:4 -> offset*2, lane:8 ->"
            + " offset*72] : (offset:1024)",
        swizzled.compose(fragment).orThrow().toString(),
        "eight columns are one chunk of the swizzle, so nothing is left to XOR");
  }
}
