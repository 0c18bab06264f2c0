package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/** Cutting the digits of one axis at given places. */
final class Refinement {

  private Refinement() {}

  /**
   * The sum of two integer functions on the same axis, on a common refinement of their digits.
   *
   * @param a the digits of one, minor to major
   * @param b the digits of the other, of the same total extent
   */
  static Result<List<Term>> sum(Axis axis, List<Term> a, List<Term> b) {
    List<Term> sum = new ArrayList<>();
    int i = 0;
    int j = 0;
    long place = 1;
    long doneOfA = 1;
    long doneOfB = 1;
    while (i < a.size() && j < b.size()) {
      long restOfA = a.get(i).extent() / doneOfA;
      long restOfB = b.get(j).extent() / doneOfB;
      long step = Math.min(restOfA, restOfB);
      if (restOfA % step != 0 || restOfB % step != 0) {
        return Result.refused(new Reason.NoBoundary(axis, place * step));
      }
      long[] image = Term.scaled(Sum.INTEGER, doneOfA, a.get(i).image());
      Term.addTo(Sum.INTEGER, image, doneOfB, b.get(j).image());
      sum.add(new Term(a.get(i).axis(), step, image));
      place *= step;
      doneOfA *= step;
      doneOfB *= step;
      if (doneOfA == a.get(i).extent()) {
        i++;
        doneOfA = 1;
      }
      if (doneOfB == b.get(j).extent()) {
        j++;
        doneOfB = 1;
      }
    }
    return Result.ok(sum);
  }

  /**
   * The digits of one axis, cut so that one of them starts at {@code place}.
   *
   * @param digits the digits, minor to major
   * @return the digits below the place and those from it on, or nothing if a digit straddles it
   */
  static Result<Cut> cut(Axis axis, Sum sum, List<Term> digits, long place) {
    List<Term> below = new ArrayList<>();
    List<Term> above = new ArrayList<>();
    long done = 1;
    for (Term term : digits) {
      if (done >= place) {
        above.add(term);
      } else if (place % (done * term.extent()) == 0) {
        below.add(term);
      } else {
        long minor = place / done;
        boolean divides = place % done == 0 && term.extent() % minor == 0;
        if (!divides || (sum == Sum.XOR && Long.bitCount(minor) != 1 && !term.isZero())) {
          return Result.refused(new Reason.NoBoundary(axis, place));
        }
        below.add(new Term(term.axis(), minor, term.image()));
        above.add(
            new Term(term.axis(), term.extent() / minor, Term.scaled(sum, minor, term.image())));
      }
      done = Math.multiplyExact(done, term.extent());
    }
    if (place > done) {
      throw new IllegalArgumentException("place " + place + " is beyond the axis");
    }
    return Result.ok(new Cut(below, above));
  }

  /** The two parts of {@link #cut}. */
  record Cut(List<Term> below, List<Term> above) {}
}
