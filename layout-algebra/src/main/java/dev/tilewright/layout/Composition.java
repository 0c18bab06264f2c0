package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Composition of layouts.
 *
 * <p>In the integers it is sound under the carry-free rule: every digit of the inner layout falls
 * into one digit of the outer layout, or is cut into pieces that do, and the pieces that fall into
 * one outer digit never overflow it together. Over F₂ it is the product of matrices. Whatever these
 * two rules do not reach, and is small enough, is decided by its table of values.
 */
final class Composition {

  private Composition() {}

  static Result<Layout> of(Layout outer, Layout inner) {
    for (Space.Dim dim : inner.codomain().dims()) {
      if (dim.extent() > outer.domain().extent(dim.axis())) {
        return Result.refused(
            new Reason.DifferentSpaces(
                "the codomain of the inner layout", outer.domain(), inner.codomain()));
      }
    }
    int[] from = positions(outer, inner);
    Result<Layout> direct =
        outer.sum() == Sum.INTEGER && inner.sum() == Sum.INTEGER
            ? integer(outer, inner, from)
            : linear(outer, inner, from);
    return direct.isOk()
        ? direct
        : Recognition.of(
            inner.domain(), outer.codomain(), x -> apply(outer, inner.apply(x), from), direct);
  }

  private static long[] apply(Layout outer, long[] middle, int[] from) {
    long[] point = new long[from.length];
    for (int i = 0; i < from.length; i++) {
      point[i] = from[i] < 0 ? 0 : middle[from[i]];
    }
    return outer.apply(point);
  }

  /** For each axis of the outer domain its position in the inner codomain, or -1. */
  private static int[] positions(Layout outer, Layout inner) {
    int[] positions = new int[outer.domain().rank()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = inner.codomain().indexOf(outer.domain().axis(i));
    }
    return positions;
  }

  private static Result<Layout> integer(Layout outer, Layout inner, int[] from) {
    OuterAxis[] axes = new OuterAxis[from.length];
    for (int a = 0; a < from.length; a++) {
      axes[a] = new OuterAxis(outer, a);
      if (from[a] >= 0) {
        axes[a].load(least(inner, from[a]));
      }
    }
    List<Term> terms = new ArrayList<>();
    for (Term term : inner.terms()) {
      Result<List<Term>> composed = integer(outer, inner, from, axes, term);
      if (composed instanceof Result.Refused<List<Term>>(Reason reason)) {
        return Result.refused(reason);
      }
      terms.addAll(composed.orThrow());
    }
    for (OuterAxis axis : axes) {
      if (axis.checked() instanceof Result.Refused<OuterAxis>(Reason reason)) {
        return Result.refused(reason);
      }
    }
    return Canonical.of(
        inner.domain(), outer.codomain(), Sum.INTEGER, terms, apply(outer, inner.offsets(), from));
  }

  private static long least(Layout layout, int target) {
    long least = layout.offsetAt(target);
    for (Term term : layout.terms()) {
      least += Math.min(0, (term.extent() - 1) * term.image()[target]);
    }
    return least;
  }

  private static Result<List<Term>> integer(
      Layout outer, Layout inner, int[] from, OuterAxis[] axes, Term term) {
    List<Term> sum = List.of();
    for (int a = 0; a < from.length; a++) {
      long stride = from[a] < 0 ? 0 : term.image()[from[a]];
      if (stride == 0) {
        continue;
      }
      Result<List<Term>> pieces = axes[a].place(term, stride);
      if (!sum.isEmpty()) {
        List<Term> before = sum;
        pieces = pieces.then(p -> Refinement.sum(inner.domain().axis(term.axis()), before, p));
      }
      if (!(pieces instanceof Result.Ok<List<Term>>(List<Term> value))) {
        return pieces;
      }
      sum = value;
    }
    return Result.ok(
        sum.isEmpty()
            ? List.of(new Term(term.axis(), term.extent(), new long[outer.codomain().rank()]))
            : sum);
  }

  private static Result<Layout> linear(Layout outer, Layout inner, int[] from) {
    return outer
        .carryLessTerms()
        .then(terms -> columns(outer, terms))
        .then(
            columns ->
                inner.carryLessTerms().then(terms -> linear(outer, columns, inner, terms, from)))
        .then(
            terms ->
                Canonical.of(
                    inner.domain(),
                    outer.codomain(),
                    Sum.XOR,
                    terms,
                    apply(outer, inner.offsets(), from)));
  }

  private static Result<List<Term>> linear(
      Layout outer, List<List<long[]>> columns, Layout inner, List<Term> terms, int[] from) {
    List<Term> composed = new ArrayList<>();
    for (Term term : terms) {
      boolean binary = Long.bitCount(term.extent()) == 1;
      int bits = 64 - Long.numberOfLeadingZeros(term.extent() - 1);
      long[] first = new long[0];
      for (int bit = 0; bit < bits; bit++) {
        long[] image = new long[outer.codomain().rank()];
        for (int a = 0; a < from.length; a++) {
          long v = from[a] < 0 ? 0 : term.image()[from[a]] << bit;
          for (; v != 0; v &= v - 1) {
            Term.addTo(Sum.XOR, image, 1, columns.get(a).get(Long.numberOfTrailingZeros(v)));
          }
        }
        if (binary) {
          composed.add(new Term(term.axis(), 2, image));
        } else if (bit == 0) {
          first = image;
          composed.add(new Term(term.axis(), term.extent(), image));
        } else if (!Arrays.equals(image, Term.scaled(Sum.XOR, 1L << bit, first))) {
          return Result.refused(
              new Reason.NotLinear(
                  inner.domain().axis(term.axis()),
                  "the outer layout tears the digit of extent " + term.extent() + " apart"));
        }
      }
    }
    return Result.ok(composed);
  }

  /** The image of every bit of every axis of the outer domain. */
  private static Result<List<List<long[]>>> columns(Layout outer, List<Term> terms) {
    List<List<long[]>> columns = new ArrayList<>();
    for (int a = 0; a < outer.domain().rank(); a++) {
      List<long[]> own = new ArrayList<>();
      boolean odd = false;
      for (Term term : terms) {
        if (term.axis() != a) {
          continue;
        }
        if (odd) {
          return Result.refused(
              new Reason.NotLinear(
                  outer.domain().axis(a), "a digit that is no power of two is not the major one"));
        }
        for (long c = 1; c < term.extent(); c <<= 1) {
          own.add(Term.scaled(Sum.XOR, c, term.image()));
        }
        odd = Long.bitCount(term.extent()) != 1;
      }
      columns.add(own);
    }
    return Result.ok(columns);
  }
}
