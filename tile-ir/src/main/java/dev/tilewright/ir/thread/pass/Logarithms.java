package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;

/**
 * Logarithms of {@code f64}. With {@code x = 2^e · m}, m between 1/√2 and √2, and {@code s = (m -
 * 1) / (m + 1)}, the logarithm of m is {@code 2s (1 + s²/3 + s⁴/5 + …)}; |s| ≤ 0.172, and what
 * follows {@code s²⁰/21} is less than 10⁻¹⁸ of the sum.
 */
final class Logarithms {
  private static final double LOG2_E = 1.4426950408889634;
  private static final double LN_2_HIGH = 0x1.62e42fefp-1;
  private static final double LN_2_LOW = 0x1.473de6af278edp-34;
  private static final long MANTISSA = (1L << 52) - 1;
  private static final long ONE = 1023L << 52;

  private Logarithms() {}

  /** Exponent and logarithm of the mantissa, both {@code f64}. */
  private record Parts(ThreadValue exponent, ThreadValue logMantissa) {}

  static ThreadValue log(MathBuilder m, ThreadValue x) {
    Parts parts = parts(m, x);
    ThreadValue low = m.out().fma(parts.exponent(), m.number(LN_2_LOW), parts.logMantissa());
    return special(m, x, m.out().fma(parts.exponent(), m.number(LN_2_HIGH), low));
  }

  static ThreadValue log2(MathBuilder m, ThreadValue x) {
    Parts parts = parts(m, x);
    ThreadValue sum = m.out().fma(parts.logMantissa(), m.number(LOG2_E), parts.exponent());
    return special(m, x, sum);
  }

  private static Parts parts(MathBuilder m, ThreadValue x) {
    ThreadValue subnormal = m.less(x, 0x1p-1022);
    ThreadValue normal = m.out().select(subnormal, m.mul(x, m.number(0x1p54)), x);
    ThreadValue bits = m.out().bitcast(normal, ThreadType.I64);
    ThreadValue field = m.out().binary(BinaryKind.SHR, bits, m.out().i64(52));
    ThreadValue bias = m.out().select(subnormal, m.out().i64(1023 + 54), m.out().i64(1023));
    ThreadValue exponent = m.out().binary(BinaryKind.SUB, field, bias);

    ThreadValue fraction = m.out().binary(BinaryKind.AND, bits, m.out().i64(MANTISSA));
    ThreadValue mantissa =
        m.out()
            .bitcast(
                m.out().binary(BinaryKind.OR, fraction, m.out().i64(ONE)),
                ThreadType.scalar(DType.F64));
    ThreadValue large = m.out().compare(ComparePredicate.GT, mantissa, m.number(Math.sqrt(2)));
    ThreadValue centred = m.out().select(large, m.mul(mantissa, m.number(0.5)), mantissa);
    ThreadValue more = m.out().binary(BinaryKind.ADD, exponent, m.out().i64(1));
    ThreadValue whole = m.out().select(large, more, exponent);

    ThreadValue s = m.div(m.sub(centred, m.number(1)), m.add(centred, m.number(1)));
    double[] c = new double[11];
    for (int i = 0; i < c.length; i++) {
      c[i] = 2.0 / (2 * i + 1);
    }
    ThreadValue log = m.mul(s, m.polynomial(m.mul(s, s), c));
    return new Parts(m.out().convert(whole, DType.F64, Rounding.NEAREST_EVEN, false), log);
  }

  private static ThreadValue special(MathBuilder m, ThreadValue x, ThreadValue log) {
    ThreadValue infinity = m.number(Double.POSITIVE_INFINITY);
    ThreadValue finite =
        m.out().select(m.out().compare(ComparePredicate.EQ, x, infinity), infinity, log);
    ThreadValue zero = m.out().compare(ComparePredicate.EQ, x, m.number(0));
    ThreadValue none =
        m.out().select(zero, m.number(Double.NEGATIVE_INFINITY), m.number(Double.NaN));
    return m.out().select(m.out().compare(ComparePredicate.GT, x, m.number(0)), finite, none);
  }
}
