package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;

/**
 * What operations on one float mean. Numbers are passed as the {@code double} of equal value, and
 * results are rounded to the type once, to nearest even; beyond its range types of 16 bits and more
 * become infinite, narrower ones saturate ({@link DType#encode(double)}).
 *
 * <p>Sums, products, quotients and square roots are correctly rounded: binary64 has more than twice
 * the digits of every narrower type, so that rounding through it is harmless (Figueroa, "When is
 * double rounding innocuous?", 1995). Exponentials, logarithms and the trigonometric functions are
 * those of {@link StrictMath}, within an ulp of binary64 before rounding.
 */
public final class FloatArithmetic {
  private static final double LN_2 = StrictMath.log(2);

  private FloatArithmetic() {}

  /** The number of the type that is nearest. */
  public static double round(FloatType type, double value) {
    if (type.equals(DType.F64)) {
      return value;
    }
    if (type.equals(DType.F32)) {
      return (float) value;
    }
    if (type.bits() < 16 || !Double.isFinite(value)) {
      return type.decode(type.encode(value));
    }
    // Adding and subtracting 1.5 · 2^(e+52-m), whose ulp is that of the type at exponent e, lets
    // the adder round.
    int leastExponent = 1 - type.bias();
    int exponent = Math.max(Math.getExponent(value), leastExponent);
    if (exponent > type.bias()) {
      return Math.copySign(Double.POSITIVE_INFINITY, value);
    }
    double anchor = 1.5 * Math.scalb(1.0, exponent + 52 - type.mantissaBits());
    double rounded = Math.copySign((value + anchor) - anchor, value);
    return Math.abs(rounded) > type.maxFinite()
        ? Math.copySign(Double.POSITIVE_INFINITY, value)
        : rounded;
  }

  public static double unary(UnaryKind kind, FloatType type, double x) {
    return round(
        type,
        switch (kind) {
          case NEG -> -x;
          case ABS -> Math.abs(x);
          case EXP2 -> StrictMath.pow(2, x);
          case EXP -> StrictMath.exp(x);
          case LOG2 -> log2(x);
          case LOG -> StrictMath.log(x);
          case SQRT -> Math.sqrt(x);
          case RSQRT -> 1 / Math.sqrt(x);
          case RECIP -> 1 / x;
          case SIN -> StrictMath.sin(x);
          case COS -> StrictMath.cos(x);
          case TANH -> StrictMath.tanh(x);
          case FLOOR -> Math.floor(x);
          case CEIL -> Math.ceil(x);
          case ROUND -> Math.rint(x);
          case NOT -> throw new IllegalArgumentException("not is for integers");
        });
  }

  /** Exact at powers of two, where a quotient of logarithms is not. */
  private static double log2(double x) {
    if (!(x > 0) || Double.isInfinite(x)) {
      return StrictMath.log(x);
    }
    int exponent = Math.getExponent(x);
    if (exponent < Double.MIN_EXPONENT) {
      return log2(x * 0x1p64) - 64;
    }
    double mantissa = Math.scalb(x, -exponent);
    if (mantissa > 1.4) {
      // Near 1 the logarithm of the mantissa is small and accurate.
      mantissa /= 2;
      exponent++;
    }
    return exponent + StrictMath.log(mantissa) / LN_2;
  }

  public static double binary(BinaryKind kind, FloatType type, double x, double y) {
    return round(
        type,
        switch (kind) {
          case ADD -> x + y;
          case SUB -> x - y;
          case MUL -> x * y;
          case DIV -> x / y;
          case MIN -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.min(x, y);
          case MAX -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.max(x, y);
          case REM, AND, OR, XOR, SHL, SHR ->
              throw new IllegalArgumentException(kind + " is for integers");
        });
  }

  /** {@code x · y + z} rounded once. */
  public static double fma(FloatType type, double x, double y, double z) {
    if (type.equals(DType.F64)) {
      return Math.fma(x, y, z);
    }
    if (type.equals(DType.F32)) {
      return Math.fma((float) x, (float) y, (float) z);
    }
    // The product of two numbers of at most 11 digits is exact.
    return round(type, addToOdd(x * y, z));
  }

  /**
   * The sum, rounded to odd when it is not exact: rounding that again to fewer digits gives what
   * rounding the exact sum would (Boldo and Melquiond, 2008).
   */
  private static double addToOdd(double x, double y) {
    double sum = x + y;
    if (!Double.isFinite(sum)) {
      return sum;
    }
    // Knuth's TwoSum: x + y = sum + error, exactly.
    double virtual = sum - x;
    double error = (x - (sum - virtual)) + (y - virtual);
    boolean even = (Double.doubleToRawLongBits(sum) & 1) == 0;
    if (error == 0 || !even) {
      return sum;
    }
    return error > 0 ? Math.nextUp(sum) : Math.nextDown(sum);
  }

  public static boolean compare(ComparePredicate predicate, double x, double y) {
    return switch (predicate) {
      case EQ -> x == y;
      case NE -> x != y;
      case LT -> x < y;
      case LE -> x <= y;
      case GT -> x > y;
      case GE -> x >= y;
    };
  }

  /** A number in another type. */
  public static double cast(double x, FloatType to, Rounding rounding, boolean saturate) {
    if (rounding == Rounding.NEAREST_EVEN && !saturate && to.bits() >= 16) {
      return round(to, x);
    }
    Overflow overflow = saturate ? Overflow.SATURATE : Overflow.NATURAL;
    return to.decode(to.encode(x, rounding.direction(), overflow));
  }
}
