package dev.tilewright.ir.analysis;

import java.math.BigInteger;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code (Σ coefficient · dimension + constant) / denominator}: what can be said about a coordinate
 * in terms of sizes that are known only at launch.
 *
 * @param coefficients by dimension name, none zero
 * @param denominator positive, without a common factor with all others
 */
record Affine(
    SortedMap<String, BigInteger> coefficients, BigInteger constant, BigInteger denominator) {

  Affine {
    SortedMap<String, BigInteger> present = new TreeMap<>(coefficients);
    present.values().removeIf(c -> c.signum() == 0);
    BigInteger common = denominator.gcd(constant);
    for (BigInteger c : present.values()) {
      common = common.gcd(c);
    }
    BigInteger factor = common;
    present.replaceAll((_, c) -> c.divide(factor));
    coefficients = Collections.unmodifiableSortedMap(present);
    constant = constant.divide(factor);
    denominator = denominator.divide(factor);
  }

  static Affine of(long value) {
    return new Affine(new TreeMap<>(), BigInteger.valueOf(value), BigInteger.ONE);
  }

  static Affine dimension(String name) {
    return new Affine(new TreeMap<>(Map.of(name, BigInteger.ONE)), BigInteger.ZERO, BigInteger.ONE);
  }

  Affine plus(Affine other) {
    SortedMap<String, BigInteger> sum = new TreeMap<>();
    coefficients.forEach((name, c) -> sum.put(name, c.multiply(other.denominator)));
    other.coefficients.forEach(
        (name, c) -> sum.merge(name, c.multiply(denominator), BigInteger::add));
    return new Affine(
        sum,
        constant.multiply(other.denominator).add(other.constant.multiply(denominator)),
        denominator.multiply(other.denominator));
  }

  Affine plus(long value) {
    return plus(of(value));
  }

  Affine minus(Affine other) {
    return plus(other.times(-1));
  }

  Affine times(long factor) {
    BigInteger by = BigInteger.valueOf(factor);
    SortedMap<String, BigInteger> scaled = new TreeMap<>(coefficients);
    scaled.replaceAll((_, c) -> c.multiply(by));
    return new Affine(scaled, constant.multiply(by), denominator);
  }

  /** Exactly divided, as rational numbers. */
  Affine over(long divisor) {
    return new Affine(coefficients, constant, denominator.multiply(BigInteger.valueOf(divisor)));
  }

  boolean isConstant() {
    return coefficients.isEmpty();
  }

  /** Whether it cannot be negative, since no dimension is. */
  boolean isNonNegative() {
    return constant.signum() >= 0 && coefficients.values().stream().allMatch(c -> c.signum() > 0);
  }

  /**
   * The quotient, rounded down, if the dimensions' part is a multiple of {@code divisor} at every
   * launch; null if that is not known.
   *
   * @param divisors by dimension, what divides it
   */
  @org.jspecify.annotations.Nullable
  Affine floorOver(long divisor, Map<String, Long> divisors) {
    if (!denominator.equals(BigInteger.ONE)) {
      return null;
    }
    BigInteger by = BigInteger.valueOf(divisor);
    for (Map.Entry<String, BigInteger> term : coefficients.entrySet()) {
      BigInteger known =
          term.getValue().multiply(BigInteger.valueOf(divisors.getOrDefault(term.getKey(), 1L)));
      if (known.mod(by).signum() != 0) {
        return null;
      }
    }
    return new Affine(coefficients, constant.subtract(constant.mod(by)), by);
  }
}
