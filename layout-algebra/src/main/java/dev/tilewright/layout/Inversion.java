package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Inverses of layouts: by elimination where they are linear over F₂, else by arranging the digits.
 *
 * <p>Where several points have the same value, the one with the more local coordinates is taken:
 * digits of the axes listed first in the domain are preferred.
 */
final class Inversion {

  private Inversion() {}

  // ---- right inverse: a point for every value ----

  static Result<Layout> right(Layout layout) {
    if (layout.toLinear() instanceof Result.Ok<LinearMap>(LinearMap map)) {
      return right(map);
    }
    return singleTargets(layout)
        .then(
            digits -> {
              List<Term> terms = new ArrayList<>();
              for (int target = 0; target < layout.codomain().rank(); target++) {
                Optional<List<Placed>> chain = chain(layout, digits, target);
                if (chain.isEmpty()) {
                  return Result.refused(
                      new Reason.NotSurjective(
                          layout.codomain().axis(target),
                          "no chain of digits counts through its extent "
                              + layout.codomain().extent(target)));
                }
                for (Placed digit : chain.get()) {
                  terms.add(digit.inverse(layout.domain(), target));
                }
              }
              return Canonical.of(
                  layout.codomain(),
                  layout.domain(),
                  Sum.INTEGER,
                  terms,
                  new long[layout.domain().rank()]);
            });
  }

  private static Result<Layout> right(LinearMap map) {
    LinearMap.Solver solver = map.solver();
    List<Long> columns = new ArrayList<>();
    for (Space.Dim dim : map.codomain().dims()) {
      for (long e = dim.extent(); e > 1; e >>= 1) {
        OptionalLong point = solver.solve(1L << columns.size());
        if (point.isEmpty()) {
          return Result.refused(new Reason.NotSurjective(dim.axis(), "its rank is " + map.rank()));
        }
        columns.add(point.getAsLong());
      }
    }
    long offset = solver.solve(map.offset()).orElseThrow();
    return Result.ok(new LinearMap(map.codomain(), map.domain(), columns, offset).toLayout());
  }

  /** A digit with the place it has on its axis and the only axis it moves along. */
  record Placed(int axis, long place, long extent, int target, long stride) {
    Term inverse(Space domain, int from) {
      long[] image = new long[domain.rank()];
      image[axis] = place;
      return new Term(from, extent, image);
    }
  }

  static Result<List<Placed>> singleTargets(Layout layout) {
    List<Placed> placed = new ArrayList<>();
    if (layout.sum() == Sum.XOR) {
      return Result.refused(
          new Reason.NotLinear(
              layout.codomain().axis(0), "the layout is swizzled and has odd digits"));
    }
    for (int i = 0; i < layout.terms().size(); i++) {
      Term term = layout.terms().get(i);
      int target = -1;
      for (int t = 0; t < term.image().length; t++) {
        if (term.image()[t] != 0) {
          if (target >= 0 || term.image()[t] < 0) {
            return Result.refused(
                new Reason.NotLinear(
                    layout.codomain().axis(t),
                    "a digit of axis %s moves backwards or along several axes"
                        .formatted(layout.domain().axis(term.axis()))));
          }
          target = t;
        }
      }
      if (target >= 0) {
        placed.add(
            new Placed(
                term.axis(), layout.placeOf(i), term.extent(), target, term.image()[target]));
      }
    }
    return Result.ok(placed);
  }

  /**
   * The digits that together count through the extent of an axis of the codomain. They are all that
   * move on it: a digit too many, or one that overlaps another, would reach beyond the extent.
   */
  private static Optional<List<Placed>> chain(Layout layout, List<Placed> digits, int target) {
    List<Placed> chain = byStride(digits, target);
    long covered = 1;
    for (Placed digit : chain) {
      if (digit.stride() != covered) {
        return Optional.empty();
      }
      covered *= digit.extent();
    }
    return covered == layout.codomain().extent(target) ? Optional.of(chain) : Optional.empty();
  }

  static Result<Layout> prefix(Layout layout) {
    if (layout.codomain().rank() != 1) {
      throw new IllegalArgumentException("more than one axis of values: " + layout.codomain());
    }
    return singleTargets(layout)
        .then(
            digits -> {
              long covered = 1;
              List<Term> terms = new ArrayList<>();
              for (Placed digit : byStride(digits, 0)) {
                if (digit.stride() == covered) {
                  terms.add(digit.inverse(layout.domain(), 0));
                  covered *= digit.extent();
                }
              }
              Space reached = layout.codomain().with(layout.codomain().axis(0), covered);
              long[] zero = new long[layout.domain().rank()];
              return Canonical.of(reached, layout.domain(), Sum.INTEGER, terms, zero);
            });
  }

  // ---- left inverse: the point of every value reached ----

  static Result<Layout> left(Layout layout) {
    if (layout.toLinear() instanceof Result.Ok<LinearMap>(LinearMap map)) {
      if (map.rank() < map.columns().size()) {
        return Result.refused(
            new Reason.NotInjective(
                "%d bits have an image of rank %d".formatted(map.columns().size(), map.rank())));
      }
      return Result.ok(extended(map).toLayout());
    }
    return retraction(layout)
        .then(
            inverse ->
                inverse
                    .compose(layout)
                    .then(
                        both ->
                            both.equals(Layout.identity(layout.domain()))
                                ? Result.ok(inverse)
                                : Result.refused(
                                    new Reason.NotInjective("the digits overlap or repeat"))));
  }

  /** A map that takes every value of an injective map to its point. */
  private static LinearMap extended(LinearMap map) {
    int rows = Long.numberOfTrailingZeros(map.codomain().size());
    List<Long> columns = map.solver().inverse(rows);
    LinearMap linear = new LinearMap(map.codomain(), map.domain(), columns, 0);
    return new LinearMap(map.codomain(), map.domain(), columns, linear.apply(map.offset()));
  }

  /**
   * A layout from the codomain (or a space somewhat larger) back to the domain that takes the
   * values of one digit after the other apart and ignores what lies between them.
   */
  static Result<Layout> retraction(Layout layout) {
    return singleTargets(layout)
        .then(
            digits -> {
              List<Term> terms = new ArrayList<>();
              Space space = layout.codomain();
              for (int target = 0; target < layout.codomain().rank(); target++) {
                if (layout.offsetAt(target) != 0) {
                  return Result.refused(
                      new Reason.OutOfRange(
                          space.axis(target), layout.offsetAt(target), layout.offsetAt(target), 1));
                }
                long covered = 1;
                for (Placed digit : byStride(digits, target)) {
                  if (digit.stride() % covered != 0) {
                    continue;
                  }
                  terms.add(gap(target, digit.stride() / covered, layout.domain()));
                  terms.add(digit.inverse(layout.domain(), target));
                  covered = digit.stride() * digit.extent();
                }
                long rest = Math.ceilDiv(space.extent(target), covered);
                terms.add(gap(target, rest, layout.domain()));
                space = space.with(space.axis(target), covered * rest);
              }
              return Canonical.of(
                  space, layout.domain(), Sum.INTEGER, terms, new long[layout.domain().rank()]);
            });
  }

  private static Term gap(int axis, long extent, Space codomain) {
    return new Term(axis, extent, new long[codomain.rank()]);
  }

  static List<Placed> byStride(List<Placed> digits, int target) {
    return digits.stream()
        .filter(digit -> digit.target() == target)
        .sorted(Comparator.comparingLong(Placed::stride))
        .toList();
  }

  // ---- pull maps ----

  /** The {@code c} with {@code onto(c(x)) = layout(x)}. */
  static Result<Layout> invertAndCompose(Layout layout, Layout onto) {
    if (layout.toLinear() instanceof Result.Ok<LinearMap>(LinearMap a)
        && onto.toLinear() instanceof Result.Ok<LinearMap>(LinearMap b)
        && a.codomain().equals(b.codomain())) {
      return solve(a, b);
    }
    Result<Layout> inverse = right(onto);
    if (!inverse.isOk()) {
      inverse = retraction(onto);
    }
    return inverse
        .then(back -> back.compose(layout))
        .then(
            pull ->
                onto.compose(pull)
                    .then(
                        both ->
                            both.equals(layout)
                                ? Result.ok(pull)
                                : Result.refused(
                                    new Reason.NotSurjective(
                                        onto.codomain().axis(0),
                                        "not every value of the other layout is reached"))));
  }

  private static Result<Layout> solve(LinearMap a, LinearMap b) {
    LinearMap.Solver solver = b.solver();
    List<Long> wanted = new ArrayList<>(a.columns());
    wanted.add(a.offset() ^ b.offset());
    List<Long> points = new ArrayList<>();
    for (long value : wanted) {
      OptionalLong point = solver.solve(value);
      if (point.isEmpty()) {
        return Result.refused(
            new Reason.NotSurjective(
                b.codomain().axis(0), "not every value of the other layout is reached"));
      }
      points.add(point.getAsLong());
    }
    long offset = points.removeLast();
    return Result.ok(new LinearMap(a.domain(), b.domain(), points, offset).toLayout());
  }
}
