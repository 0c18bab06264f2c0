package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/**
 * One axis between an outer and an inner layout: the outer layout's digits on it, and how full the
 * inner layout's digits make each of them.
 */
final class OuterAxis {

  private final Axis axis;
  private final List<Term> digits;
  private final long[] places;
  private final long[] loads;

  OuterAxis(Layout outer, int axis) {
    this.axis = outer.domain().axis(axis);
    this.digits = outer.terms(axis);
    this.places = new long[digits.size()];
    this.loads = new long[digits.size()];
    long place = 1;
    for (int k = 0; k < places.length; k++) {
      places[k] = place;
      place *= digits.get(k).extent();
    }
  }

  /** Takes the least coordinate that the inner layout reaches into account. */
  void load(long coordinate) {
    long rest = coordinate;
    for (int k = 0; k < loads.length; k++) {
      loads[k] += rest % digits.get(k).extent();
      rest /= digits.get(k).extent();
    }
  }

  /**
   * Cuts an inner digit into pieces that each fall into one outer digit. A digit that counts down
   * is one that counts up, read in reverse: with its values its pieces are reversed, too.
   *
   * @return the pieces with their images in the outer codomain
   */
  Result<List<Term>> place(Term inner, long stride) {
    List<Term> pieces = new ArrayList<>();
    long e = inner.extent();
    long s = Math.abs(stride);
    int k = 0;
    while (e > 1) {
      while (k + 1 < places.length && places[k + 1] <= s) {
        k++;
      }
      if (s % places[k] != 0) {
        return Result.refused(carry(k));
      }
      long c = s / places[k];
      if (c * (e - 1) < radix(k)) {
        pieces.add(piece(inner, e, k, c, stride));
        return Result.ok(pieces);
      }
      long step = radix(k) / c;
      if (radix(k) % c != 0 || e % step != 0) {
        return Result.refused(carry(k));
      }
      if (step > 1) {
        pieces.add(piece(inner, step, k, c, stride));
      }
      e /= step;
      s *= step;
    }
    return Result.ok(pieces);
  }

  private Term piece(Term inner, long extent, int k, long c, long stride) {
    loads[k] += c * (extent - 1);
    long steps = stride < 0 ? -c : c;
    return new Term(inner.axis(), extent, Term.scaled(Sum.INTEGER, steps, digits.get(k).image()));
  }

  /** Refuses if some digit may have been filled beyond its radix. */
  Result<OuterAxis> checked() {
    for (int k = 0; k < loads.length; k++) {
      if (loads[k] >= radix(k)) {
        return Result.refused(carry(k));
      }
    }
    return Result.ok(this);
  }

  private long radix(int k) {
    return digits.get(k).extent();
  }

  private Reason carry(int k) {
    return new Reason.Carry(axis, places[k], radix(k));
  }
}
