package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Laws 24 to 26: swizzles and the linear form. */
class SwizzleTest {

  /** Law 24, for large swizzles: involution, kept bits, windows, linearity. */
  @Property
  void swizzlesOfAnySizeAreInvolutions(@ForAll long seed) {
    Random random = new Random(seed);
    int bits = random.nextInt(1, 9);
    int shift = (bits + random.nextInt(8)) * (random.nextBoolean() ? 1 : -1);
    Swizzle swizzle = new Swizzle(bits, random.nextInt(12), shift);
    long window = swizzle.window();
    long x = random.nextLong(1L << 40);
    long y = random.nextLong(1L << 40);
    long moved = swizzle.apply(x);
    assertEquals(x, swizzle.apply(moved));
    assertEquals(x / window, moved / window, "it permutes every window");
    assertEquals(0, (x ^ moved) & ((1L << swizzle.base()) - 1), "it keeps the low bits");
    long k = random.nextLong(1L << 20);
    assertEquals(moved + k * window, swizzle.apply(x + k * window));
    assertEquals(moved ^ swizzle.apply(y), swizzle.apply(x ^ y), "it is linear");
  }

  /** Law 24, for all bits up to 3, bases up to 4 and shifts up to 4 either way. */
  @Test
  void aSwizzleIsAnInvolutionOfEveryWindow() {
    int checked = 0;
    for (int bits = 0; bits <= 3; bits++) {
      for (int base = 0; base <= 4; base++) {
        for (int shift = -4; shift <= 4; shift++) {
          if (Math.abs(shift) < Math.max(bits, 1)) {
            continue;
          }
          check(new Swizzle(bits, base, shift));
          checked++;
        }
      }
    }
    assertTrue(checked > 100);
  }

  private static void check(Swizzle swizzle) {
    long window = swizzle.window();
    Set<Long> image = new HashSet<>();
    for (long x = 0; x < window; x++) {
      long y = swizzle.apply(x);
      assertEquals(x, swizzle.apply(y));
      assertEquals(0, (x ^ y) & ((1L << swizzle.base()) - 1));
      assertTrue(y < window && image.add(y));
      assertEquals(y + 5 * window, swizzle.apply(x + 5 * window));
      assertEquals(
          swizzle.apply(x) ^ swizzle.apply(window / 2), swizzle.apply(x ^ (window / 2)), "linear");
    }
  }

  /** Law 25: swizzling a layout is applying the swizzle to its values. */
  @Property
  void aSwizzledLayoutIsTheSwizzleOfItsValues(@ForAll long seed) {
    Random random = new Random(seed);
    int bits = random.nextInt(4);
    Swizzle swizzle = new Swizzle(bits, random.nextInt(4), bits + random.nextInt(3));
    Layout layout =
        Layout.rowMajor(random.nextInt(1, 4) << random.nextInt(5), 8L << random.nextInt(4));
    Table expected =
        Table.of(
            layout.domain(),
            layout.codomain(),
            x -> new long[] {swizzle.apply(layout.apply(x)[0])});
    switch (layout.swizzle(swizzle)) {
      case Result.Ok<Layout>(Layout swizzled) -> assertEquals(expected, Table.of(swizzled));
      case Result.Refused<Layout>(Reason reason) ->
          assertFalse(
              Recognition.of(expected.domain(), expected.codomain(), expected.values()).isOk(),
              reason::sentence);
    }
  }

  @Test
  void theSwizzleOfALayoutIsFoundAgain() {
    for (int bits = 1; bits <= 3; bits++) {
      Layout plain = Layout.rowMajor(16, 8L << bits);
      Layout swizzled = plain.swizzle(bits, 3, bits).orThrow();
      assertEquals(
          Optional.of(new Layout.Swizzled(new Swizzle(bits, 3, bits), plain)),
          swizzled.factorSwizzle());
    }
    Layout plain = Layout.rowMajor(16, 64);
    assertEquals(
        Optional.of(new Layout.Swizzled(new Swizzle(0, 0, 0), plain)), plain.factorSwizzle());
    Layout twice = plain.swizzle(1, 3, 3).orThrow().swizzle(1, 3, 4).orThrow();
    assertEquals(Optional.empty(), twice.factorSwizzle());
  }

  @Test
  void oddRowsSwizzleWhenTheyFillWindows() {
    Layout rows = Layout.rowMajor(24, 64).swizzle(3, 3, 3).orThrow();
    assertEquals(
        "[dim0:8 -> offset^72, dim0:3 -> offset^512, dim1:64 -> offset^1] : (offset:1536)",
        rows.toString());
    assertEquals(
        "layout-not-linear",
        ((Result.Refused<Layout>) Layout.rowMajor(12, 64).swizzle(3, 3, 3)).reason().code());
    assertThrows(IllegalArgumentException.class, () -> new Swizzle(3, 0, 2));
  }

  /**
   * Law 26: the linear form exists iff extents are powers of two and no bits meet; it is lossless.
   */
  @Property
  void liftingAndLoweringIsLossless(@ForAll("layouts") Layout layout) {
    boolean powers =
        java.util.stream.Stream.of(layout.domain(), layout.codomain())
            .flatMap(space -> space.dims().stream())
            .allMatch(dim -> Long.bitCount(dim.extent()) == 1);
    switch (layout.toLinear()) {
      case Result.Ok<LinearMap>(LinearMap map) -> {
        assertTrue(powers);
        assertEquals(layout, Layout.fromLinear(map));
        for (long x = 0; x < layout.domain().size(); x++) {
          assertEquals(
              layout.codomain().flatten(layout.apply(layout.domain().unflatten(x))), map.apply(x));
        }
      }
      case Result.Refused<LinearMap> refused ->
          assertFalse(powers && isLinear(layout), () -> layout + ": " + refused.reason());
    }
  }

  /** Linearity by definition: f(x ^ y) ^ f(0) = f(x) ^ f(y). */
  private static boolean isLinear(Layout layout) {
    List<Long> f = Cute.values(layout);
    for (int x = 0; x < f.size(); x++) {
      for (int bit = 1; bit < f.size(); bit *= 2) {
        if ((f.get(x ^ bit) ^ f.get(x)) != (f.get(bit) ^ f.get(0))) {
          return false;
        }
      }
    }
    return true;
  }

  @Provide
  Arbitrary<Layout> layouts() {
    return RandomLayouts.any();
  }
}
