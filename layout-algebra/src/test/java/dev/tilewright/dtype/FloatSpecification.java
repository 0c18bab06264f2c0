package dev.tilewright.dtype;

import java.math.BigDecimal;
import java.math.BigInteger;

/** What a code means, written from the format's definition in exact decimal arithmetic. */
final class FloatSpecification {
  private FloatSpecification() {}

  static double value(FloatType type, long code) {
    int e = type.exponentBits();
    int m = type.mantissaBits();
    if (type.specials() == Specials.SCALE) {
      return code == 255 ? Double.NaN : pow2((int) code - 127).doubleValue();
    }
    boolean negative = (code >> (e + m) & 1) == 1;
    int x = (int) (code >> m & ((1 << e) - 1));
    int y = (int) (code & ((1 << m) - 1));
    boolean ones = x == (1 << e) - 1;
    switch (type.specials()) {
      case IEEE -> {
        if (ones) {
          double infinity = negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
          return y == 0 ? infinity : Double.NaN;
        }
      }
      case FN -> {
        if (1 + e + m == 8 && ones && y == (1 << m) - 1) {
          return Double.NaN;
        }
      }
      case FNUZ -> {
        if (negative && x == 0 && y == 0) {
          return Double.NaN;
        }
      }
      case SCALE -> throw new AssertionError();
    }
    int bias = (1 << (e - 1)) - (type.specials() == Specials.FNUZ ? 0 : 1);
    BigDecimal fraction = new BigDecimal(BigInteger.valueOf(y)).multiply(pow2(-m));
    BigDecimal magnitude =
        x == 0
            ? fraction.multiply(pow2(1 - bias))
            : fraction.add(BigDecimal.ONE).multiply(pow2(x - bias));
    return negative ? -magnitude.doubleValue() : magnitude.doubleValue();
  }

  static BigDecimal pow2(int exponent) {
    return exponent >= 0
        ? new BigDecimal(BigInteger.TWO.pow(exponent))
        : BigDecimal.ONE.divide(new BigDecimal(BigInteger.TWO.pow(-exponent)));
  }
}
