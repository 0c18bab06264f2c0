package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.thread.ThreadValue;
import java.math.BigDecimal;

/**
 * Sine and cosine. The argument is brought between -π/4 and π/4 by a multiple k of π/2, which is
 * subtracted in three parts (Cody and Waite, "Software Manual for the Elementary Functions", 1980;
 * with fused multiply-adds the parts have full precision); k modulo 4 says which of ±sin and ±cos
 * of the rest is the result. Their Taylor polynomials end where the next term is below a quarter of
 * an ulp.
 */
final class Trigonometry {
  private static final BigDecimal HALF_PI =
      new BigDecimal(
          "1.5707963267948966192313216916397514420985846996875529104874722961539082031431");

  private Trigonometry() {}

  static ThreadValue sine(MathBuilder m, ThreadValue x) {
    return quadrant(m, x, 0);
  }

  static ThreadValue cosine(MathBuilder m, ThreadValue x) {
    return quadrant(m, x, 1);
  }

  /** {@code sin(x + turns · π/2)}. */
  private static ThreadValue quadrant(MathBuilder m, ThreadValue x, int turns) {
    // Adding 0 makes -0 a 0, whose products do not take the sign of a zero argument away.
    ThreadValue k = m.add(m.round(m.mul(x, m.number(2 / Math.PI))), m.number(0));
    ThreadValue r = x;
    BigDecimal rest = HALF_PI;
    for (int part = 0; part < 3; part++) {
      double digits = leading(m, rest);
      r = m.out().fma(k, m.number(-digits), r);
      rest = rest.subtract(new BigDecimal(digits));
    }
    ThreadValue square = m.mul(r, r);
    // A product keeps the sign of a zero, a sum would not.
    ThreadValue sine = m.mul(r, m.out().fma(square, tail(m, square, 3), m.number(1)));
    ThreadValue cosine = m.out().fma(square, tail(m, square, 2), m.number(1));

    ThreadValue quarter = m.out().binary(BinaryKind.ADD, m.integer(k), m.out().i64(turns));
    ThreadValue odd = bit(m, quarter, 1);
    ThreadValue magnitude = m.out().select(odd, cosine, sine);
    return m.out().select(bit(m, quarter, 2), m.out().unary(UnaryKind.NEG, magnitude), magnitude);
  }

  /**
   * The first digits, cut off: with all parts positive, a zero argument keeps its sign throughout.
   */
  private static double leading(MathBuilder m, BigDecimal number) {
    double nearest = m.isDouble() ? number.doubleValue() : number.floatValue();
    if (new BigDecimal(nearest).compareTo(number) <= 0) {
      return nearest;
    }
    return m.isDouble() ? Math.nextDown(nearest) : Math.nextDown((float) nearest);
  }

  private static ThreadValue bit(MathBuilder m, ThreadValue x, long mask) {
    ThreadValue masked = m.out().binary(BinaryKind.AND, x, m.out().i64(mask));
    return m.out().compare(ComparePredicate.NE, masked, m.out().i64(0));
  }

  /** {@code -1/n! + z/(n+2)! - z²/(n+4)! + …}. */
  private static ThreadValue tail(MathBuilder m, ThreadValue z, int n) {
    double[] c = new double[m.isDouble() ? 8 : 4];
    double factorial = n == 2 ? 2 : 6;
    for (int i = 0; i < c.length; i++) {
      c[i] = (i % 2 == 0 ? -1 : 1) / factorial;
      factorial *= (n + 2.0 * i + 1) * (n + 2.0 * i + 2);
    }
    return m.polynomial(z, c);
  }
}
