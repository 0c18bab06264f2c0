package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Swizzles after layouts. */
final class Swizzling {

  private Swizzling() {}

  static Result<Layout> apply(Layout layout, Swizzle swizzle) {
    if (swizzle.bits() == 0) {
      return Result.ok(layout);
    }
    if (layout.codomain().rank() != 1) {
      return Result.refused(
          new Reason.DifferentSpaces(
              "the codomain of a swizzled layout", Space.of(Axis.OFFSET, 1), layout.codomain()));
    }
    return layout
        .carryLessTerms()
        .then(
            terms -> {
              List<Term> swizzled = new ArrayList<>();
              for (Term term : terms) {
                Result<List<Term>> image = apply(layout, swizzle, term);
                if (image instanceof Result.Refused<List<Term>>(Reason reason)) {
                  return Result.refused(reason);
                }
                swizzled.addAll(image.orThrow());
              }
              long[] offset = {swizzle.apply(layout.offsetAt(0))};
              return Canonical.of(layout.domain(), layout.codomain(), Sum.XOR, swizzled, offset);
            });
  }

  static Optional<Layout.Swizzled> factor(Layout layout) {
    if (layout.codomain().rank() != 1) {
      return Optional.empty();
    }
    if (layout.sum() == Sum.INTEGER) {
      return Optional.of(new Layout.Swizzled(new Swizzle(0, 0, 0), layout));
    }
    int window = Long.numberOfTrailingZeros(layout.codomain().extent(0));
    for (int bits = 1; 2 * bits <= window; bits++) {
      for (int base = 0; base + 2 * bits <= window; base++) {
        for (int shift = bits; base + bits + shift <= window; shift++) {
          Swizzle swizzle = new Swizzle(bits, base, shift);
          if (apply(layout, swizzle) instanceof Result.Ok<Layout>(Layout plain)
              && plain.sum() == Sum.INTEGER) {
            return Optional.of(new Layout.Swizzled(swizzle, plain));
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Result<List<Term>> apply(Layout layout, Swizzle swizzle, Term term) {
    long v = term.image()[0];
    int bits = 64 - Long.numberOfLeadingZeros(term.extent() - 1);
    long[] images = new long[bits];
    Arrays.setAll(images, bit -> swizzle.apply(v << bit));
    if (Long.bitCount(term.extent()) == 1) {
      List<Term> split = new ArrayList<>();
      for (long image : images) {
        split.add(new Term(term.axis(), 2, new long[] {image}));
      }
      return Result.ok(split);
    }
    for (int bit = 1; bit < bits; bit++) {
      if (images[bit] != images[0] << bit) {
        return Result.refused(
            new Reason.NotLinear(
                layout.domain().axis(term.axis()),
                "the digit of extent "
                    + term.extent()
                    + " straddles the edge of the window of "
                    + swizzle));
      }
    }
    return Result.ok(List.of(new Term(term.axis(), term.extent(), new long[] {images[0]})));
  }
}
