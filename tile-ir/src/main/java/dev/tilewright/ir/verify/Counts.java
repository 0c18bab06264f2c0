package dev.tilewright.ir.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How often something is done: a sum of products of numbers of iterations and of conditions, each
 * known by its {@linkplain ScalarIdentity number}. Equal sums are equal numbers, whatever the
 * iterations and conditions are.
 *
 * @param terms coefficients, by the factors in order; a condition is the number of its scalar, or
 *     its complement {@code ~number}
 */
record Counts(Map<List<Integer>, Long> terms) {

  /** In order of the factors, so that equal sums print equally. */
  private static Map<List<Integer>, Long> sorted() {
    return new TreeMap<>(
        (x, y) -> {
          for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
            int order = Integer.compare(x.get(i), y.get(i));
            if (order != 0) {
              return order;
            }
          }
          return Integer.compare(x.size(), y.size());
        });
  }

  static Counts zero() {
    return new Counts(sorted());
  }

  static Counts one() {
    Counts one = zero();
    one.terms.put(List.of(), 1L);
    return one;
  }

  boolean isZero() {
    return terms.isEmpty();
  }

  Counts plus(Counts other) {
    Counts sum = zero();
    sum.terms.putAll(terms);
    other.terms.forEach((factors, count) -> sum.terms.merge(factors, count, Long::sum));
    sum.terms.values().removeIf(count -> count == 0);
    return sum;
  }

  Counts times(long factor) {
    Counts product = zero();
    if (factor != 0) {
      terms.forEach((factors, count) -> product.terms.put(factors, count * factor));
    }
    return product;
  }

  /** As often in every iteration, or whenever a condition holds. */
  Counts times(int number) {
    Counts product = zero();
    terms.forEach(
        (factors, count) -> {
          List<Integer> more = new ArrayList<>(factors);
          more.add(number);
          more.sort(Integer::compare);
          product.terms.merge(List.copyOf(more), count, Long::sum);
        });
    return product;
  }

  /** What is done in each of those iterations: the terms that have the factor, without it. */
  Counts perFactor(int number) {
    Counts each = zero();
    terms.forEach(
        (factors, count) -> {
          if (factors.contains(number)) {
            List<Integer> others = new ArrayList<>(factors);
            others.remove((Integer) number);
            each.terms.put(List.copyOf(others), count);
          }
        });
    return each;
  }

  /** The terms that do not have the factor. */
  Counts without(int number) {
    Counts others = zero();
    terms.forEach(
        (factors, count) -> {
          if (!factors.contains(number)) {
            others.terms.put(factors, count);
          }
        });
    return others;
  }

  /** How many times another sum this is, if it is that. */
  OptionalLong multipleOf(Counts other) {
    if (terms.isEmpty() || other.terms.isEmpty()) {
      return OptionalLong.empty();
    }
    List<Integer> first = other.terms.keySet().iterator().next();
    long times = terms.getOrDefault(first, 0L) / Objects.requireNonNull(other.terms.get(first));
    return other.times(times).equals(this) ? OptionalLong.of(times) : OptionalLong.empty();
  }

  /**
   * @param names of iterations and conditions
   */
  String text(Map<Integer, String> names) {
    if (isZero()) {
      return "0 times";
    }
    return terms.entrySet().stream()
            .map(
                term -> {
                  String factors =
                      term.getKey().stream()
                          .map(number -> names.getOrDefault(number, "n" + number))
                          .collect(Collectors.joining(" · "));
                  return factors.isEmpty()
                      ? "" + term.getValue()
                      : term.getValue() == 1 ? factors : term.getValue() + " · " + factors;
                })
            .collect(Collectors.joining(" + "))
        + " times";
  }
}
