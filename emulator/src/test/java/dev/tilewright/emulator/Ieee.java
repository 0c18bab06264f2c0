package dev.tilewright.emulator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** Rounding of exact numbers to binary formats, by integer arithmetic alone. */
record Ieee(int exponentBits, int mantissaBits) {
  static final Ieee F16 = new Ieee(5, 10);
  static final Ieee BF16 = new Ieee(8, 7);
  static final Ieee F32 = new Ieee(8, 23);
  static final Ieee F64 = new Ieee(11, 52);

  private static final BigDecimal TWO = BigDecimal.valueOf(2);

  /**
   * The bits of {@code exact} rounded; an exact zero is +0.
   *
   * @param mode HALF_EVEN, DOWN (to zero), FLOOR or CEILING
   */
  long round(BigDecimal exact, RoundingMode mode) {
    if (exact.signum() == 0) {
      return 0;
    }
    int bias = (1 << (exponentBits - 1)) - 1;
    long sign = exact.signum() < 0 ? 1L << (exponentBits + mantissaBits) : 0;
    RoundingMode magnitude =
        switch (mode) {
          case FLOOR -> exact.signum() < 0 ? RoundingMode.UP : RoundingMode.DOWN;
          case CEILING -> exact.signum() < 0 ? RoundingMode.DOWN : RoundingMode.UP;
          default -> mode;
        };
    BigDecimal a = exact.abs();
    int exponent = exponent(a);
    int quantum = Math.max(exponent, 1 - bias) - mantissaBits;
    BigInteger q = scale(a, -quantum).setScale(0, magnitude).toBigInteger();
    // The significand's leading bit adds itself to the exponent field.
    BigInteger field =
        BigInteger.valueOf((long) Math.max(exponent, 1 - bias) + bias - 1)
            .shiftLeft(mantissaBits)
            .add(q);
    BigInteger infinity = BigInteger.valueOf((1L << exponentBits) - 1).shiftLeft(mantissaBits);
    if (field.compareTo(infinity) >= 0) {
      field = magnitude == RoundingMode.DOWN ? infinity.subtract(BigInteger.ONE) : infinity;
    }
    return sign | field.longValue();
  }

  private static int exponent(BigDecimal a) {
    int guess = (int) Math.floor((a.precision() - a.scale()) * 3.321928094887362) - 4;
    while (scale(a, -guess).compareTo(TWO) >= 0) {
      guess++;
    }
    while (scale(a, -guess).compareTo(BigDecimal.ONE) < 0) {
      guess--;
    }
    return guess;
  }

  /** {@code a * 2^n}, exactly. */
  private static BigDecimal scale(BigDecimal a, int n) {
    return n >= 0
        ? a.multiply(TWO.pow(n))
        : a.multiply(new BigDecimal("0.5").pow(-n, MathContext.UNLIMITED));
  }

  static RoundingMode mode(String modifier) {
    return switch (modifier) {
      case "rn" -> RoundingMode.HALF_EVEN;
      case "rz" -> RoundingMode.DOWN;
      case "rm" -> RoundingMode.FLOOR;
      default -> RoundingMode.CEILING;
    };
  }
}
