package dev.tilewright.layout;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Operations that change the domain or the codomain of a layout and keep its values. */
final class Spaces {

  private Spaces() {}

  static Layout permuteDomain(Layout layout, List<Axis> order) {
    return inOrder(layout, ordered(layout.domain(), order), layout.codomain());
  }

  static Layout permuteCodomain(Layout layout, List<Axis> order) {
    return inOrder(layout, layout.domain(), ordered(layout.codomain(), order));
  }

  private static Space ordered(Space space, List<Axis> order) {
    if (order.size() != space.rank() || !Set.copyOf(order).equals(Set.copyOf(space.axes()))) {
      throw new IllegalArgumentException(order + " is no order of the axes of " + space);
    }
    return new Space(order.stream().map(a -> new Space.Dim(a, space.extent(a))).toList());
  }

  /** The same function with both spaces in another order. */
  static Layout inOrder(Layout layout, Space domain, Space codomain) {
    List<Term> terms = new ArrayList<>();
    for (Term term : layout.terms()) {
      int axis = domain.indexOf(layout.domain().axis(term.axis()));
      terms.add(new Term(axis, term.extent(), inOrder(layout.codomain(), codomain, term.image())));
    }
    long[] offset = inOrder(layout.codomain(), codomain, layout.offsets());
    return Canonical.of(domain, codomain, layout.sum(), terms, offset).orThrow();
  }

  private static long[] inOrder(Space from, Space to, long[] value) {
    return to.axes().stream().mapToLong(axis -> value[from.indexOf(axis)]).toArray();
  }

  static Layout slice(Layout layout, Axis axis, long coordinate) {
    int at = layout.domain().indexOf(axis);
    if (coordinate < 0 || coordinate >= layout.domain().extent(axis)) {
      throw new IllegalArgumentException(
          "coordinate %d is outside axis %s of %s".formatted(coordinate, axis, layout.domain()));
    }
    if (at < 0) {
      return layout;
    }
    long[] point = new long[layout.domain().rank()];
    point[at] = coordinate;
    Space domain = layout.domain().without(Set.of(axis));
    List<Term> terms = new ArrayList<>();
    for (Term term : layout.terms()) {
      if (term.axis() != at) {
        int moved = term.axis() < at ? term.axis() : term.axis() - 1;
        terms.add(new Term(moved, term.extent(), term.image()));
      }
    }
    return Canonical.of(domain, layout.codomain(), layout.sum(), terms, layout.apply(point))
        .orThrow();
  }

  static Result<Layout> restrict(Layout layout, Axis axis, long extent) {
    int at = layout.domain().indexOf(axis);
    if (extent < 1 || extent > layout.domain().extent(axis)) {
      throw new IllegalArgumentException(
          "extent %d is outside axis %s of %s".formatted(extent, axis, layout.domain()));
    }
    if (at < 0) {
      return Result.ok(layout);
    }
    Space domain = layout.domain().with(axis, extent);
    Result<Layout> restricted =
        prefix(layout, at, extent)
            .then(
                own -> {
                  List<Term> terms = new ArrayList<>(own);
                  layout.terms().stream().filter(term -> term.axis() != at).forEach(terms::add);
                  return Canonical.of(
                      domain, layout.codomain(), layout.sum(), terms, layout.offsets());
                });
    return restricted.isOk()
        ? restricted
        : Recognition.of(domain, layout.codomain(), layout::apply, restricted);
  }

  /** The digits of an axis below {@code extent}; the major one of them may be cut anywhere. */
  private static Result<List<Term>> prefix(Layout layout, int axis, long extent) {
    List<Term> kept = new ArrayList<>();
    long rest = extent;
    for (Term term : layout.terms(axis)) {
      if (rest <= term.extent()) {
        kept.add(new Term(axis, rest, term.image()));
        return Result.ok(kept);
      }
      if (rest % term.extent() != 0) {
        return Result.refused(new Reason.NoBoundary(layout.domain().axis(axis), extent));
      }
      kept.add(term);
      rest /= term.extent();
    }
    return Result.ok(kept);
  }

  static Layout project(Layout layout, Collection<Axis> kept) {
    Space codomain = layout.codomain().only(kept);
    List<Term> terms =
        layout.terms().stream()
            .map(t -> new Term(t.axis(), t.extent(), part(layout, codomain, t.image())))
            .toList();
    return Canonical.of(
            layout.domain(),
            codomain,
            layout.sum(),
            terms,
            part(layout, codomain, layout.offsets()))
        .orThrow();
  }

  private static long[] part(Layout layout, Space codomain, long[] value) {
    return inOrder(layout.codomain(), codomain, value);
  }

  static Layout reduceKeeping(Layout layout, Axis dim) {
    int at = layout.codomain().indexOf(dim);
    Space codomain = layout.codomain().with(dim, 1);
    List<Term> terms =
        layout.terms().stream()
            .map(t -> new Term(t.axis(), t.extent(), withZero(t.image(), at)))
            .toList();
    return Canonical.of(
            layout.domain(), codomain, layout.sum(), terms, withZero(layout.offsets(), at))
        .orThrow();
  }

  private static long[] withZero(long[] image, int at) {
    long[] changed = image.clone();
    changed[at] = 0;
    return changed;
  }

  static Layout withoutReplication(Layout layout, Axis axis) {
    int at = layout.domain().indexOf(axis);
    if (at < 0) {
      return layout;
    }
    List<Term> terms =
        layout.terms().stream().filter(term -> term.axis() != at || !term.isZero()).toList();
    long extent =
        terms.stream()
            .filter(t -> t.axis() == at)
            .mapToLong(Term::extent)
            .reduce(1, (a, b) -> a * b);
    return Canonical.of(
            layout.domain().with(axis, extent),
            layout.codomain(),
            layout.sum(),
            terms,
            layout.offsets())
        .orThrow();
  }

  /** The same function into a larger space with the same axes. */
  static Layout into(Layout layout, Space codomain) {
    return new Layout(layout.domain(), codomain, layout.sum(), layout.terms(), layout.offsets());
  }

  static Result<Layout> reshapeTile(Layout layout, long... shape) {
    Layout reversed = permuteCodomain(layout, layout.codomain().axes().reversed());
    Space tile = Space.tile(shape);
    return reversed
        .reshapeCodomain(new Space(tile.dims().reversed()))
        .map(reshaped -> permuteCodomain(reshaped, tile.axes()));
  }

  static Result<Layout> recast(Layout layout, Axis along, Axis target, int oldBits, int newBits) {
    if (oldBits < 1 || newBits < 1) {
      throw new IllegalArgumentException("widths of " + oldBits + " and " + newBits + " bits");
    }
    long unit = BigInteger.valueOf(oldBits).gcd(BigInteger.valueOf(newBits)).longValue();
    return Product.of(layout, run(along, target, oldBits / unit))
        .then(split -> split.divideRight(run(along, target, newBits / unit)))
        .map(
            recast -> {
              Layout whole = recast.withDomainAxis(along);
              return whole.domain().rank() == layout.domain().rank()
                  ? permuteDomain(whole, layout.domain().axes())
                  : whole;
            })
        .map(
            recast ->
                recast.codomain().rank() == layout.codomain().rank()
                    ? permuteCodomain(recast, layout.codomain().axes())
                    : recast);
  }

  private static Layout run(Axis along, Axis target, long extent) {
    return Layout.into(Space.of(target, extent)).digit(along, extent, target, 1).build();
  }

  static Result<Layout> quotient(Layout layout, Collection<Axis> axes) {
    for (Axis axis : axes) {
      Layout own = layout.sublayout(List.of(axis), layout.codomain().axes());
      Layout others = layout.project(List.of(axis)).slice(axis, 0);
      boolean trivial =
          layout.domain().extent(axis) == layout.codomain().extent(axis)
              && own.project(List.of(axis))
                  .equals(Layout.identity(Space.of(axis, layout.domain().extent(axis))))
              && own.project(layout.codomain().without(List.of(axis)).axes()).terms().stream()
                  .allMatch(Term::isZero)
              && others.terms().stream().allMatch(Term::isZero);
      if (!trivial) {
        return Result.refused(new Reason.NotAFactor("the layout moves values on axis " + axis));
      }
    }
    Layout quotient = project(layout, layout.codomain().without(axes).axes());
    for (Axis axis : axes) {
      quotient = quotient.slice(axis, 0);
    }
    return Result.ok(quotient);
  }
}
