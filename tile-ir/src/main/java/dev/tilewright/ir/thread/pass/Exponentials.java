package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.Arrays;

/**
 * Exponentials. {@code 2^k · e^r} with an integer k and |r| ≤ ln 2 / 2, where the Taylor polynomial
 * of degree 13 is off by less than {@code r¹⁴ / 14! = 4·10⁻¹⁸}.
 */
final class Exponentials {
  private static final double LOG2_E = 1.4426950408889634;
  private static final double LN_2 = 0.6931471805599453;

  /** The first 32 bits of ln 2, so that products with integers of 11 bits are exact. */
  private static final double LN_2_HIGH = 0x1.62e42fefp-1;

  private static final double LN_2_LOW = 0x1.473de6af278edp-34;

  private static final double[] INVERSE_FACTORIALS = inverseFactorials(17);

  private Exponentials() {}

  private static double[] inverseFactorials(int count) {
    double[] inverse = new double[count];
    double factorial = 1;
    for (int n = 0; n < count; n++) {
      factorial *= Math.max(n, 1);
      inverse[n] = 1 / factorial;
    }
    return inverse;
  }

  /** Of {@code f64}. */
  static ThreadValue exp(MathBuilder m, ThreadValue x) {
    // Beyond, the result is 0 or infinite for sure.
    ThreadValue bounded = m.clamp(x, -800, 800);
    ThreadValue k = m.round(m.mul(bounded, m.number(LOG2_E)));
    ThreadValue r = m.out().fma(k, m.number(-LN_2_HIGH), bounded);
    return scaled(m, taylor(m, m.out().fma(k, m.number(-LN_2_LOW), r)), k);
  }

  /** Of {@code f64}. */
  static ThreadValue exp2(MathBuilder m, ThreadValue x) {
    ThreadValue bounded = m.clamp(x, -1100, 1100);
    ThreadValue k = m.round(bounded);
    return scaled(m, taylor(m, m.mul(m.sub(bounded, k), m.number(LN_2))), k);
  }

  private static ThreadValue taylor(MathBuilder m, ThreadValue r) {
    return m.polynomial(r, Arrays.copyOf(INVERSE_FACTORIALS, 14));
  }

  /** {@code y · 2^k}, in two steps since 2^k itself may not exist. */
  private static ThreadValue scaled(MathBuilder m, ThreadValue y, ThreadValue k) {
    ThreadValue exponent = m.integer(k);
    ThreadValue half = m.out().binary(BinaryKind.SHR, exponent, m.out().i64(1));
    ThreadValue rest = m.out().binary(BinaryKind.SUB, exponent, half);
    return m.mul(m.mul(y, power(m, half)), power(m, rest));
  }

  private static ThreadValue power(MathBuilder m, ThreadValue exponent) {
    ThreadValue biased = m.out().binary(BinaryKind.ADD, exponent, m.out().i64(1023));
    ThreadValue bits = m.out().binary(BinaryKind.SHL, biased, m.out().i64(52));
    return m.out().bitcast(bits, ThreadType.scalar(DType.F64));
  }

  /**
   * With y = 2x: {@code (e^y - 1) / (e^y + 1)} by the Taylor series of {@code e^y - 1} where |y| is
   * at most 1/2, since the difference would cancel; beyond, {@code 1 - 2 / (e^|y| + 1)}.
   */
  static ThreadValue tanh(MathBuilder m, ThreadValue x) {
    ThreadValue y = m.add(x, x);
    int degree = m.isDouble() ? 15 : 8;
    double[] c = new double[degree];
    System.arraycopy(INVERSE_FACTORIALS, 1, c, 0, degree);
    ThreadValue difference = m.mul(y, m.polynomial(y, c));
    ThreadValue near = m.div(difference, m.add(difference, m.number(2)));

    ThreadValue magnitude = m.out().unary(UnaryKind.ABS, y);
    ThreadValue power =
        m.isDouble()
            ? exp(m, magnitude)
            : m.out().unary(UnaryKind.EXP2, m.mul(magnitude, m.number(LOG2_E)));
    ThreadValue quotient = m.div(m.number(2), m.add(power, m.number(1)));
    ThreadValue far = m.sub(m.number(1), quotient);
    ThreadValue signed = m.out().select(m.less(x, 0), m.out().unary(UnaryKind.NEG, far), far);
    return m.out().select(m.less(magnitude, 0.5), near, signed);
  }
}
