package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/** The tensor product of layouts. */
final class Product {

  private Product() {}

  static Result<Layout> of(Layout outer, Layout inner) {
    Space domain = product(outer.domain(), inner.domain());
    Space codomain = product(outer.codomain(), inner.codomain());
    if (outer.sum() == Sum.INTEGER && inner.sum() == Sum.INTEGER) {
      return integer(domain, codomain, outer, inner);
    }
    return linear(domain, codomain, outer, inner);
  }

  private static Space product(Space outer, Space inner) {
    Space space = inner;
    for (Space.Dim dim : outer.dims()) {
      space = space.with(dim.axis(), Math.multiplyExact(dim.extent(), inner.extent(dim.axis())));
    }
    return space.sorted();
  }

  private static Result<Layout> integer(Space domain, Space codomain, Layout outer, Layout inner) {
    List<Term> terms = new ArrayList<>();
    for (Term term : inner.terms()) {
      terms.add(term(domain, codomain, inner, term, ones(inner.codomain())));
    }
    long[] tile = extents(outer.codomain(), inner.codomain());
    for (Term term : outer.terms()) {
      terms.add(term(domain, codomain, outer, term, tile));
    }
    long[] offset = placed(codomain, outer.codomain(), outer.offsets(), tile);
    long[] within = placed(codomain, inner.codomain(), inner.offsets(), ones(inner.codomain()));
    Term.addTo(Sum.INTEGER, offset, 1, within);
    return Canonical.of(domain, codomain, Sum.INTEGER, terms, offset);
  }

  private static Result<Layout> linear(Space domain, Space codomain, Layout outer, Layout inner) {
    long[] tile = extents(outer.codomain(), inner.codomain());
    for (int i = 0; i < tile.length; i++) {
      if (Long.bitCount(tile[i]) != 1) {
        return Result.refused(
            new Reason.NotLinear(
                outer.codomain().axis(i), "the inner extent " + tile[i] + " is no power of two"));
      }
    }
    return inner
        .carryLessTerms()
        .then(
            minor ->
                outer
                    .carryLessTerms()
                    .then(
                        major -> {
                          List<Term> terms = new ArrayList<>();
                          for (Term term : minor) {
                            terms.add(term(domain, codomain, inner, term, ones(inner.codomain())));
                          }
                          for (Term term : major) {
                            terms.add(term(domain, codomain, outer, term, tile));
                          }
                          long[] offset = placed(codomain, outer.codomain(), outer.offsets(), tile);
                          Term.addTo(
                              Sum.XOR,
                              offset,
                              1,
                              placed(
                                  codomain,
                                  inner.codomain(),
                                  inner.offsets(),
                                  ones(inner.codomain())));
                          return Canonical.of(domain, codomain, Sum.XOR, terms, offset);
                        }));
  }

  private static Term term(Space domain, Space codomain, Layout factor, Term term, long[] scale) {
    return new Term(
        domain.indexOf(factor.domain().axis(term.axis())),
        term.extent(),
        placed(codomain, factor.codomain(), term.image(), scale));
  }

  private static long[] placed(Space codomain, Space own, long[] image, long[] scale) {
    long[] placed = new long[codomain.rank()];
    for (int i = 0; i < image.length; i++) {
      placed[codomain.indexOf(own.axis(i))] = Math.multiplyExact(image[i], scale[i]);
    }
    return placed;
  }

  private static long[] extents(Space of, Space in) {
    return of.axes().stream().mapToLong(in::extent).toArray();
  }

  private static long[] ones(Space space) {
    return space.axes().stream().mapToLong(axis -> 1).toArray();
  }
}
