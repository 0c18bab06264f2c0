package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;

/** Counting the points of a space by other axes. */
final class Reshape {

  private Reshape() {}

  static Result<Layout> domain(Layout layout, Space domain) {
    if (domain.size() != layout.domain().size()) {
      return Result.refused(new Reason.DifferentSpaces("the domain", layout.domain(), domain));
    }
    List<Term> rest = new ArrayList<>();
    for (Term term : layout.terms()) {
      rest.add(new Term(0, term.extent(), term.image()));
    }
    List<Term> terms = new ArrayList<>();
    for (int axis = 0; axis < domain.rank(); axis++) {
      Result<Refinement.Cut> cut =
          Refinement.cut(domain.axis(axis), layout.sum(), rest, domain.extent(axis));
      if (cut instanceof Result.Refused<Refinement.Cut>(Reason reason)) {
        return byTable(layout, domain, reason);
      }
      for (Term term : cut.orThrow().below()) {
        terms.add(new Term(axis, term.extent(), term.image()));
      }
      rest = cut.orThrow().above();
    }
    return Canonical.of(domain, layout.codomain(), layout.sum(), terms, layout.offsets());
  }

  /** Cutting an odd F₂ digit may still leave a layout; cutting a merged integer digit may not. */
  private static Result<Layout> byTable(Layout layout, Space domain, Reason reason) {
    return Recognition.of(
        domain,
        layout.codomain(),
        x -> layout.apply(layout.domain().unflatten(domain.flatten(x))),
        Result.refused(reason));
  }

  static Result<Layout> codomain(Layout layout, Space codomain) {
    if (codomain.size() != layout.codomain().size()) {
      return Result.refused(
          new Reason.DifferentSpaces("the codomain", layout.codomain(), codomain));
    }
    return domain(Layout.identity(codomain), layout.codomain())
        .then(recount -> recount.compose(layout));
  }
}
