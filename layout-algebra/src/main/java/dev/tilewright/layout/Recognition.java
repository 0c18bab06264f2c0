package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** From the table of a function to its layout: exact, and complete for functions within reach. */
final class Recognition {

  /** The largest domain that is enumerated. */
  static final long LIMIT = 1 << 16;

  private Recognition() {}

  /**
   * The layout with the given values.
   *
   * @param values the value at every point of the domain, by {@link Space#flatten}
   */
  static Result<Layout> of(Space domain, Space codomain, long[][] values) {
    Optional<Layout> integer = integer(domain, codomain, values);
    if (integer.isPresent()) {
      return Result.ok(integer.get());
    }
    return carryLess(domain, codomain, values)
        .<Result<Layout>>map(Result::ok)
        .orElseGet(() -> Result.refused(new Reason.NotALayout(domain)));
  }

  /** The layout of a function, or the given refusal if there is none or its table is too large. */
  static Result<Layout> of(
      Space domain, Space codomain, UnaryOperator<long[]> f, Result<Layout> refused) {
    if (domain.size() > LIMIT) {
      return refused;
    }
    long[][] values = new long[(int) domain.size()][];
    for (int x = 0; x < values.length; x++) {
      values[x] = f.apply(domain.unflatten(x));
    }
    Result<Layout> recognised = of(domain, codomain, values);
    return recognised.isOk() ? recognised : refused;
  }

  private static Optional<Layout> integer(Space domain, Space codomain, long[][] values) {
    List<Term> terms = new ArrayList<>();
    int step = 1;
    for (int axis = 0; axis < domain.rank(); axis++) {
      int extent = (int) domain.extent(axis);
      Optional<List<Term>> own = integerAxis(axis, values, step, extent);
      if (own.isEmpty()) {
        return Optional.empty();
      }
      terms.addAll(own.get());
      step *= extent;
    }
    return checked(domain, codomain, Sum.INTEGER, terms, values);
  }

  /** The integer digits of {@code i -> values[i * step]} on {@code 0 <= i < extent}. */
  static Optional<List<Term>> integerAxis(int axis, long[][] values, int step, int extent) {
    List<Term> terms = new ArrayList<>();
    int scale = step;
    int rest = extent;
    while (rest > 1) {
      long[] image = minus(values[scale], values[0]);
      int e = 2;
      while (e < rest && isMultiple(values, e * scale, e, image)) {
        e++;
      }
      if (rest % e != 0) {
        return Optional.empty();
      }
      terms.add(new Term(axis, e, image));
      scale *= e;
      rest /= e;
    }
    return Optional.of(terms);
  }

  private static boolean isMultiple(long[][] values, int at, int factor, long[] image) {
    for (int i = 0; i < image.length; i++) {
      if (values[at][i] - values[0][i] != factor * image[i]) {
        return false;
      }
    }
    return true;
  }

  private static long[] minus(long[] a, long[] b) {
    long[] difference = new long[a.length];
    Arrays.setAll(difference, i -> a[i] - b[i]);
    return difference;
  }

  private static Optional<Layout> carryLess(Space domain, Space codomain, long[][] values) {
    List<Term> terms = new ArrayList<>();
    int step = 1;
    for (int axis = 0; axis < domain.rank(); axis++) {
      int extent = (int) domain.extent(axis);
      long[][] own = new long[extent][];
      for (int i = 0; i < extent; i++) {
        own[i] = xor(values[i * step], values[0]);
      }
      if (!(separate(domain, axis, own) instanceof Result.Ok<List<Term>>(List<Term> digits))) {
        return Optional.empty();
      }
      terms.addAll(digits);
      step *= extent;
    }
    return checked(domain, codomain, Sum.XOR, terms, values);
  }

  /** The F₂ digits of {@code values}, a function on one axis with {@code values[0] = 0}. */
  static Result<List<Term>> separate(Space domain, int axis, long[][] values) {
    List<Term> terms = new ArrayList<>();
    int scale = 1;
    while (scale < values.length) {
      int rest = values.length / scale;
      int p = 2;
      while (rest % p != 0 || !isSeparable(values, scale, p)) {
        p++;
      }
      long[] image = values[scale];
      for (int c = 2; c < p; c++) {
        if (!Arrays.equals(values[c * scale], Term.scaled(Sum.XOR, c, image))) {
          return Result.refused(
              new Reason.NotLinear(
                  domain.axis(axis), "the digit of extent " + p + " is no carry-less multiple"));
        }
      }
      terms.add(new Term(axis, p, image));
      scale *= p;
    }
    return Result.ok(terms);
  }

  private static boolean isSeparable(long[][] values, int scale, int p) {
    int size = values.length;
    if (scale * p == size) {
      return true;
    }
    for (int major = 0; major < size; major += scale * p) {
      for (int minor = 0; minor < scale * p; minor += scale) {
        if (!Arrays.equals(values[major + minor], xor(values[major], values[minor]))) {
          return false;
        }
      }
    }
    return true;
  }

  private static long[] xor(long[] a, long[] b) {
    long[] sum = new long[a.length];
    Arrays.setAll(sum, i -> a[i] ^ b[i]);
    return sum;
  }

  private static Optional<Layout> checked(
      Space domain, Space codomain, Sum sum, List<Term> terms, long[][] values) {
    if (!(Canonical.of(domain, codomain, sum, terms, values[0])
        instanceof Result.Ok<Layout>(Layout layout))) {
      return Optional.empty();
    }
    for (int x = 0; x < values.length; x++) {
      if (!Arrays.equals(layout.apply(domain.unflatten(x)), values[x])) {
        return Optional.empty();
      }
    }
    return Optional.of(layout);
  }
}
