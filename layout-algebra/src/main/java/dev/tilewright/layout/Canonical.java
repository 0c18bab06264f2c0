package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The unique canonical form: two layouts between the same spaces are the same function iff their
 * canonical forms are equal.
 *
 * <p>A function that has integer digits is written with them. Its digits are then determined by the
 * function: on each axis the first extent is the least {@code i} with {@code f(i) - f(0) ≠ i (f(1)
 * - f(0))}, and so on for {@code f} restricted to the multiples of it. Merging neighbours whose
 * strides continue each other finds exactly these extents.
 *
 * <p>Any other function is written with F₂ digits. On each axis the first extent is the least
 * {@code p} at which the function is separable, {@code f(a + p b) = f(a) ^ f(p b) ^ f(0)}; then
 * neighbours merge whose strides continue each other by a shift.
 */
final class Canonical {

  private Canonical() {}

  static Result<Layout> of(Space domain, Space codomain, Sum sum, List<Term> terms, long[] offset) {
    List<Term> ordered = inDomainOrder(domain, terms);
    if (sum == Sum.INTEGER) {
      return integer(domain, codomain, ordered, offset);
    }
    return CarryLess.split(domain, ordered)
        .then(
            digits ->
                CarryLess.toInteger(domain, digits, offset)
                    .then(
                        lowered ->
                            lowered.isPresent()
                                ? integer(domain, codomain, lowered.get(), offset)
                                : carryLess(domain, codomain, digits, offset)));
  }

  private static Result<Layout> integer(
      Space domain, Space codomain, List<Term> terms, long[] offset) {
    List<Term> merged = merge(Sum.INTEGER, terms);
    for (int i = 0; i < offset.length; i++) {
      long least = offset[i];
      long greatest = offset[i];
      for (Term term : merged) {
        long reach = Math.multiplyExact(term.extent() - 1, term.image()[i]);
        if (reach < 0) {
          least = Math.addExact(least, reach);
        } else {
          greatest = Math.addExact(greatest, reach);
        }
      }
      if (least < 0 || greatest >= codomain.extent(i)) {
        return Result.refused(
            new Reason.OutOfRange(codomain.axis(i), least, greatest, codomain.extent(i)));
      }
    }
    return Result.ok(new Layout(domain, codomain, Sum.INTEGER, merged, offset));
  }

  private static Result<Layout> carryLess(
      Space domain, Space codomain, List<Term> terms, long[] offset) {
    List<Term> merged = merge(Sum.XOR, terms);
    Layout layout = new Layout(domain, codomain, Sum.XOR, merged, offset);
    for (int i = 0; i < offset.length; i++) {
      long greatest = offset[i];
      for (Term term : merged) {
        greatest |= CarryLess.support(term.extent(), term.image()[i]);
      }
      if (greatest < 0) {
        return Result.refused(
            new Reason.NotLinear(codomain.axis(i), "F2 strides and offsets are not negative"));
      }
      if (greatest >= codomain.extent(i)) {
        Result<Long> exact = CarryLess.greatest(layout, i);
        if (exact instanceof Result.Refused<Long>(Reason reason)) {
          return Result.refused(reason);
        }
        long reached = exact.orThrow();
        if (reached >= codomain.extent(i)) {
          return Result.refused(
              new Reason.OutOfRange(codomain.axis(i), 0, reached, codomain.extent(i)));
        }
      }
    }
    return Result.ok(layout);
  }

  /** The terms grouped by axis, minor to major on each, without digits of one value. */
  private static List<Term> inDomainOrder(Space domain, List<Term> terms) {
    List<Term> ordered = new ArrayList<>(terms.size());
    for (int axis = 0; axis < domain.rank(); axis++) {
      long extent = 1;
      for (Term term : terms) {
        if (term.axis() == axis) {
          extent = Math.multiplyExact(extent, term.extent());
          if (term.extent() > 1) {
            ordered.add(term);
          }
        }
      }
      if (extent != domain.extent(axis)) {
        throw new IllegalArgumentException(
            "the digits of axis "
                + domain.axis(axis)
                + " multiply to "
                + extent
                + ", but its extent is "
                + domain.extent(axis));
      }
    }
    return ordered;
  }

  private static List<Term> merge(Sum sum, List<Term> terms) {
    List<Term> merged = new ArrayList<>(terms.size());
    for (Term term : terms) {
      int last = merged.size() - 1;
      if (last >= 0 && continues(sum, merged.get(last), term)) {
        Term before = merged.get(last);
        merged.set(last, new Term(before.axis(), before.extent() * term.extent(), before.image()));
      } else {
        merged.add(term);
      }
    }
    return merged;
  }

  private static boolean continues(Sum sum, Term minor, Term major) {
    if (minor.axis() != major.axis()) {
      return false;
    }
    if (sum == Sum.XOR && Long.bitCount(minor.extent()) != 1) {
      return minor.isZero() && major.isZero();
    }
    return Arrays.equals(major.image(), Term.scaled(sum, minor.extent(), minor.image()));
  }
}
