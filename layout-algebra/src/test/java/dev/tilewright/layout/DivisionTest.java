package dev.tilewright.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DivisionTest {

  /** All layouts from an axis of the given extent to one of another. */
  private static List<Layout> all(long extent, long codomain) {
    List<Layout> layouts = new ArrayList<>();
    for (List<Long> radices : CanonicalFormTest.factorizations(extent)) {
      for (Sum sum : Sum.values()) {
        strides(radices, codomain, sum, new ArrayList<>(), layouts);
      }
    }
    return layouts.stream().distinct().toList();
  }

  private static void strides(
      List<Long> radices, long codomain, Sum sum, List<Long> strides, List<Layout> layouts) {
    if (strides.size() == radices.size()) {
      LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, codomain)).digit(Axis.LANE, 1);
      if (sum == Sum.XOR) {
        builder.xor();
      }
      for (int i = 0; i < strides.size(); i++) {
        builder.digit(Axis.LANE, radices.get(i), Axis.OFFSET, strides.get(i));
      }
      if (builder.tryBuild() instanceof Result.Ok<Layout>(Layout layout)) {
        layouts.add(layout);
      }
      return;
    }
    for (long stride = 0; stride < codomain; stride++) {
      strides.add(stride);
      strides(radices, codomain, sum, strides, layouts);
      strides.removeLast();
    }
  }

  /** Law 22: every product is taken apart again, from both sides; exhaustive over small factors. */
  @Test
  void everyProductDividesByItsFactors() {
    int products = 0;
    for (long[] sizes :
        new long[][] {
          {2, 8, 4, 8}, {4, 8, 2, 8}, {6, 8, 4, 8}, {3, 8, 6, 8}, {4, 16, 6, 8}, {8, 8, 4, 8}
        }) {
      List<Layout> outers = all(sizes[0], sizes[1]);
      List<Layout> inners = all(sizes[2], sizes[3]);
      for (Layout outer : outers) {
        for (Layout inner : inners) {
          if (!(Product.of(outer, inner) instanceof Result.Ok<Layout>(Layout product))) {
            continue;
          }
          assertEquals(outer, product.divideRight(inner).orThrow().withDomainAxis(Axis.LANE));
          assertEquals(inner, product.divideLeft(outer).orThrow().withDomainAxis(Axis.LANE));
          products++;
        }
      }
    }
    assertTrue(products > 10_000, "only " + products);
  }

  /**
   * Completeness: a refused division has no quotient. The values of the quotient are determined, so
   * it is enough to look whether they are a layout's.
   */
  @Test
  void aRefusedDivisionHasNoQuotient() {
    int refused = 0;
    int found = 0;
    for (long size : new long[] {4, 6, 8, 12}) {
      for (Layout dividend : all(size, 8)) {
        for (long part : new long[] {2, 3, 4}) {
          if (size % part != 0) {
            continue;
          }
          for (Layout divisor : all(part, 4)) {
            Optional<Layout> right = quotient(dividend, divisor, false);
            Optional<Layout> left = quotient(dividend, divisor, true);
            assertEquals(right.isPresent(), dividend.divideRight(divisor).isOk());
            assertEquals(left.isPresent(), dividend.divideLeft(divisor).isOk());
            right.ifPresent(q -> assertEquals(q, dividend.divideRight(divisor).orThrow()));
            left.ifPresent(q -> assertEquals(q, dividend.divideLeft(divisor).orThrow()));
            found += (right.isPresent() ? 1 : 0) + (left.isPresent() ? 1 : 0);
            refused += (right.isPresent() ? 0 : 1) + (left.isPresent() ? 0 : 1);
          }
        }
      }
    }
    assertTrue(found > 100 && refused > 10_000, found + " found, " + refused + " refused");
  }

  private static Optional<Layout> quotient(Layout dividend, Layout divisor, boolean left) {
    long n = dividend.domain().size() / divisor.domain().size();
    long scale = divisor.codomain().size();
    long m = dividend.codomain().size() / scale;
    long[][] values = new long[(int) n][];
    for (int x = 0; x < n; x++) {
      long value =
          left
              ? dividend.apply(x)[0] - divisor.offset(Axis.OFFSET) * m
              : dividend.apply(x * divisor.domain().size())[0];
      if (!left && value % scale != 0 || value < 0 || left && value >= m) {
        return Optional.empty();
      }
      values[x] = new long[] {left ? value : value / scale};
    }
    Space domain = n == 1 ? Space.POINT : Space.of(Axis.LANE, n);
    return Recognition.of(domain, Space.of(Axis.OFFSET, m), values) instanceof Result.Ok<Layout> ok
        ? Optional.of(ok.value())
            .filter(
                q ->
                    (left ? Product.of(divisor, q) : Product.of(q, divisor))
                        .equals(Result.ok(dividend)))
        : Optional.empty();
  }

  /** Laws 22 and 23 on several axes. */
  @Property
  void productsOfSeveralAxesDivide(
      @ForAll("integers") Layout outer, @ForAll("integers") Layout inner) {
    Layout product = outer.product(inner);
    assertEquals(product, product.divideRight(inner).orThrow().product(inner));
    assertEquals(product, outer.product(product.divideLeft(outer).orThrow()));
  }

  @Provide
  Arbitrary<Layout> integers() {
    return RandomLayouts.integer();
  }

  /** Law 20: values, associativity, unit, sizes. */
  @Property
  void theProductIsAssociativeAndPlacesTiles(@ForAll long seed) {
    Random random = new Random(seed);
    Layout a = RandomLayouts.integer(random);
    Layout b = RandomLayouts.integer(random);
    Layout c = RandomLayouts.integer(random);
    assertEquals(a.product(b).product(c), a.product(b.product(c)));
    Layout product = a.product(b);
    assertEquals(a.domain().size() * b.domain().size(), product.domain().size());
    for (long x = 0; x < product.domain().size(); x++) {
      long[] point = product.domain().unflatten(x);
      long[] value = product.apply(point);
      for (int t = 0; t < value.length; t++) {
        Axis target = product.codomain().axis(t);
        long outer = a.apply(target, coordinates(product.domain(), point, a, b, true));
        long inner = b.apply(target, coordinates(product.domain(), point, b, b, false));
        assertEquals(outer * b.codomain().extent(target) + inner, value[t]);
      }
    }
    Layout unit = Layout.identity(Space.POINT);
    assertEquals(product, product.product(unit));
    assertEquals(product, unit.product(product));
  }

  private static java.util.Map<Axis, Long> coordinates(
      Space domain, long[] point, Layout factor, Layout inner, boolean major) {
    java.util.Map<Axis, Long> own = new java.util.TreeMap<>();
    for (int i = 0; i < point.length; i++) {
      Axis axis = domain.axis(i);
      long radix = inner.domain().extent(axis);
      if (factor.domain().has(axis)) {
        own.put(axis, major ? point[i] / radix : point[i] % radix);
      }
    }
    return own;
  }

  /** Law 21: interchange. */
  @Property
  void productAndCompositionInterchange(@ForAll long seed) {
    Random random = new Random(seed);
    Layout f1 = RandomLayouts.carryLess(random);
    Layout f2 = RandomLayouts.carryLess(random);
    Layout g1 = outer(f1.codomain(), random);
    Layout g2 = outer(f2.codomain(), random);
    if (!(Product.of(f1, f2) instanceof Result.Ok<Layout>(Layout f))
        || !(g1.compose(f1) instanceof Result.Ok<Layout>(Layout c1))
        || !(g2.compose(f2) instanceof Result.Ok<Layout>(Layout c2))) {
      return;
    }
    Result<Layout> together = g1.product(g2).compose(f);
    Result<Layout> apart = Product.of(c1, c2);
    boolean decided = f.domain().size() <= Recognition.LIMIT;
    assertTrue(!decided || apart.isOk() == together.isOk());
    if (apart.isOk() && together.isOk()) {
      assertEquals(apart, together);
    }
  }

  private static Layout outer(Space domain, Random random) {
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, 64)).xor();
    for (Space.Dim dim : domain.dims()) {
      builder.digit(dim.axis(), 1);
      for (long e = dim.extent(); e > 1; e /= 2) {
        builder.digit(dim.axis(), 2, Axis.OFFSET, random.nextInt(64));
      }
    }
    return builder.build();
  }

  @Test
  void refusalsSayWhy() {
    Layout c = Layout.local(2, 1).product(Layout.spatial(Axis.LANE, 8, 4));
    Result<Layout> odd = c.divideRight(Layout.spatial(Axis.LANE, 3, 1));
    assertEquals(Result.refused(new Reason.NotDivisible(Axis.LANE, 32, 3)), odd);
    Result<Layout> other = c.divideRight(Layout.columnSpatial(Axis.LANE, 8, 4));
    assertFalse(other.isOk());
  }
}
