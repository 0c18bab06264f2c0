package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Division by a factor of the tensor product, from either side.
 *
 * <p>The extents of a quotient follow from those of dividend and divisor, and so do its values:
 * {@code B(b) = C(b) - A(0)·‖B‖} and {@code A(a) = (C(a·|B|) - B(0)) / ‖B‖}. So there is at most
 * one quotient, and it exists iff that function is a layout whose product with the divisor is the
 * dividend. In the integers digits decide this. For a product is separable at {@code n = |B|},
 * {@code C(a·n + b) = C(a·n) + C(b)} up to the offset, and a function with canonical digits is so
 * only where {@code n} is a boundary between digits or divides the digit it falls into: were {@code
 * n = q·e + r} with the first extent {@code e} and {@code 0 < r < e}, then {@code C(n + e)} and
 * {@code C(n + e - r)} together would give {@code C(e) = e·C(1)}, which canonical digits exclude;
 * the digits above follow in the same way.
 */
final class Division {

  private Division() {}

  /** The {@code a} with {@code a ⊗ inner = dividend}. */
  static Result<Layout> right(Layout dividend, Layout inner) {
    return spaces(dividend, inner)
        .then(
            spaces -> {
              Space domain = spaces.domain();
              long[] scale = extents(dividend.codomain(), inner.codomain());
              long[] offset = dividend.offsets();
              for (int i = 0; i < scale.length; i++) {
                if (offset[i] % scale[i] != inner.offset(dividend.codomain().axis(i))) {
                  return notAFactor("the values at zero differ");
                }
                offset[i] /= scale[i];
              }
              List<Term> terms = new ArrayList<>();
              for (int axis = 0; axis < dividend.domain().rank(); axis++) {
                Axis name = dividend.domain().axis(axis);
                Result<Refinement.Cut> cut =
                    Refinement.cut(
                        name, dividend.sum(), dividend.terms(axis), inner.domain().extent(name));
                if (cut instanceof Result.Refused<Refinement.Cut>(Reason reason)) {
                  return byTable(dividend, inner, spaces, false, reason);
                }
                for (Term term : cut.orThrow().above()) {
                  long[] image = term.image().clone();
                  for (int i = 0; i < image.length; i++) {
                    if (image[i] % scale[i] != 0) {
                      return notAFactor(
                          "a stride of %d on axis %s does not step over whole tiles of %d"
                              .formatted(image[i], dividend.codomain().axis(i), scale[i]));
                    }
                    image[i] /= scale[i];
                  }
                  if (domain.has(name)) {
                    terms.add(new Term(domain.indexOf(name), term.extent(), image));
                  }
                }
              }
              return Canonical.of(domain, spaces.codomain(), dividend.sum(), terms, offset)
                  .then(quotient -> checked(quotient, quotient, inner, dividend));
            });
  }

  /** The {@code b} with {@code outer ⊗ b = dividend}. */
  static Result<Layout> left(Layout dividend, Layout outer) {
    return spaces(dividend, outer)
        .then(
            spaces -> {
              Space domain = spaces.domain();
              Space codomain = spaces.codomain();
              long[] offset = dividend.offsets();
              for (int i = 0; i < offset.length; i++) {
                offset[i] -= outer.offset(codomain.axis(i)) * codomain.extent(i);
              }
              List<Term> terms = new ArrayList<>();
              for (int axis = 0; axis < dividend.domain().rank(); axis++) {
                Axis name = dividend.domain().axis(axis);
                Result<Refinement.Cut> cut =
                    Refinement.cut(name, dividend.sum(), dividend.terms(axis), domain.extent(name));
                if (cut instanceof Result.Refused<Refinement.Cut>(Reason reason)) {
                  return byTable(dividend, outer, spaces, true, reason);
                }
                for (Term term : cut.orThrow().below()) {
                  terms.add(new Term(domain.indexOf(name), term.extent(), term.image()));
                }
              }
              return Canonical.of(domain, codomain, dividend.sum(), terms, offset)
                  .then(quotient -> checked(quotient, outer, quotient, dividend));
            });
  }

  private record Pair(Space domain, Space codomain) {}

  /** The spaces of the quotient: axes that the divisor uses up are gone from its domain. */
  private static Result<Pair> spaces(Layout dividend, Layout divisor) {
    return quotient("domain", dividend.domain(), divisor.domain())
        .then(
            domain ->
                quotient("codomain", dividend.codomain(), divisor.codomain())
                    .map(
                        codomain ->
                            new Pair(
                                domain.without(
                                    Set.copyOf(
                                        divisor.domain().axes().stream()
                                            .filter(axis -> domain.extent(axis) == 1)
                                            .toList())),
                                codomain)));
  }

  private static Result<Space> quotient(String what, Space dividend, Space divisor) {
    for (Space.Dim dim : divisor.dims()) {
      if (!dividend.has(dim.axis())) {
        return Result.refused(
            new Reason.DifferentSpaces("the divisor's " + what, dividend, divisor));
      }
    }
    List<Space.Dim> dims = new ArrayList<>();
    for (Space.Dim dim : dividend.dims()) {
      long by = divisor.extent(dim.axis());
      if (dim.extent() % by != 0) {
        return Result.refused(new Reason.NotDivisible(dim.axis(), dim.extent(), by));
      }
      dims.add(new Space.Dim(dim.axis(), dim.extent() / by));
    }
    return Result.ok(new Space(dims));
  }

  private static long[] extents(Space of, Space in) {
    return of.axes().stream().mapToLong(in::extent).toArray();
  }

  private static Result<Layout> notAFactor(String why) {
    return Result.refused(new Reason.NotAFactor(why));
  }

  private static Result<Layout> checked(
      Layout quotient, Layout outer, Layout inner, Layout dividend) {
    return Product.of(outer, inner)
        .then(
            product ->
                product.equals(
                        Spaces.inOrder(
                            dividend, dividend.domain().sorted(), dividend.codomain().sorted()))
                    ? Result.ok(quotient)
                    : notAFactor("the product with %s differs".formatted(quotient)));
  }

  /** Odd F₂ digits may straddle the cut and be digits of the quotient nevertheless. */
  private static Result<Layout> byTable(
      Layout dividend, Layout divisor, Pair spaces, boolean left, Reason reason) {
    if (dividend.sum() == Sum.INTEGER) {
      return Result.refused(reason);
    }
    UnaryOperator<long[]> values = x -> value(dividend, divisor, spaces, left, x);
    return Recognition.of(spaces.domain(), spaces.codomain(), values, Result.refused(reason))
        .then(
            quotient ->
                left
                    ? checked(quotient, divisor, quotient, dividend)
                    : checked(quotient, quotient, divisor, dividend));
  }

  /** What the quotient must be at a point. */
  private static long[] value(
      Layout dividend, Layout divisor, Pair spaces, boolean left, long[] at) {
    long[] point = new long[dividend.domain().rank()];
    for (int i = 0; i < point.length; i++) {
      Axis axis = dividend.domain().axis(i);
      int own = spaces.domain().indexOf(axis);
      long coordinate = own < 0 ? 0 : at[own];
      point[i] = left ? coordinate : coordinate * divisor.domain().extent(axis);
    }
    long[] value = dividend.apply(point);
    for (int i = 0; i < value.length; i++) {
      Axis axis = dividend.codomain().axis(i);
      value[i] =
          left
              ? value[i] % spaces.codomain().extent(axis)
              : value[i] / divisor.codomain().extent(axis);
    }
    return value;
  }
}
