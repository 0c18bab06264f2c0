package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/** Sums of layouts over different axes. */
final class Concatenation {

  private Concatenation() {}

  static Result<Layout> of(Layout minor, Layout major) {
    if (!minor.codomain().equals(major.codomain())) {
      return Result.refused(
          new Reason.DifferentSpaces(
              "the codomain of the other layout", minor.codomain(), major.codomain()));
    }
    if (minor.sum() == Sum.INTEGER && major.sum() == Sum.INTEGER) {
      return of(minor, minor.terms(), major, major.terms(), Sum.INTEGER);
    }
    return minor
        .carryLessTerms()
        .then(low -> major.carryLessTerms().then(high -> of(minor, low, major, high, Sum.XOR)));
  }

  private static Result<Layout> of(
      Layout minor, List<Term> low, Layout major, List<Term> high, Sum sum) {
    Space domain = minor.domain();
    for (Space.Dim dim : major.domain().dims()) {
      domain = domain.with(dim.axis(), Math.multiplyExact(domain.extent(dim.axis()), dim.extent()));
    }
    List<Term> terms = new ArrayList<>(low);
    for (Term term : high) {
      Axis axis = major.domain().axis(term.axis());
      terms.add(new Term(domain.indexOf(axis), term.extent(), term.image()));
    }
    long[] offset = minor.offsets();
    Term.addTo(sum, offset, 1, major.offsets());
    return Canonical.of(domain, minor.codomain(), sum, terms, offset);
  }
}
