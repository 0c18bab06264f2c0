package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;

/**
 * What operations on one integer mean. Integers are passed as the {@code long} of equal value; a
 * {@code u64} as its bits. Results wrap. The truth value of type {@code i1} is -1.
 */
public final class IntArithmetic {
  private IntArithmetic() {}

  /** The value of the low bits. */
  public static long wrap(IntType type, long value) {
    return type.decodeLong(value);
  }

  public static long unary(UnaryKind kind, IntType type, long x) {
    return wrap(
        type,
        switch (kind) {
          case NEG -> -x;
          case ABS -> type.signed() && x < 0 ? -x : x;
          case NOT -> ~x;
          case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH, FLOOR, CEIL, ROUND ->
              throw new IllegalArgumentException(kind + " is for floats");
        });
  }

  /**
   * @throws ArithmeticException if a divisor is zero
   */
  public static long binary(BinaryKind kind, IntType type, long x, long y) {
    boolean wide = isWide(type);
    return wrap(
        type,
        switch (kind) {
          case ADD -> x + y;
          case SUB -> x - y;
          case MUL -> x * y;
          case DIV -> wide ? Long.divideUnsigned(x, y) : x / y;
          case REM -> wide ? Long.remainderUnsigned(x, y) : x % y;
          case MIN -> compareValues(type, x, y) <= 0 ? x : y;
          case MAX -> compareValues(type, x, y) >= 0 ? x : y;
          case AND -> x & y;
          case OR -> x | y;
          case XOR -> x ^ y;
          case SHL -> within(type, y) ? x << y : 0;
          case SHR -> shiftRight(type, x, y);
        });
  }

  /** A negative amount is a large one. */
  private static boolean within(IntType type, long amount) {
    return amount >= 0 && amount < type.bits();
  }

  private static long shiftRight(IntType type, long x, long amount) {
    if (!within(type, amount)) {
      return type.signed() && x < 0 ? -1 : 0;
    }
    return isWide(type) ? x >>> amount : x >> amount;
  }

  public static boolean compare(ComparePredicate predicate, IntType type, long x, long y) {
    int order = compareValues(type, x, y);
    return switch (predicate) {
      case EQ -> order == 0;
      case NE -> order != 0;
      case LT -> order < 0;
      case LE -> order <= 0;
      case GT -> order > 0;
      case GE -> order >= 0;
    };
  }

  private static int compareValues(IntType type, long x, long y) {
    return isWide(type) ? Long.compareUnsigned(x, y) : Long.compare(x, y);
  }

  private static boolean isWide(IntType type) {
    return type.bits() == Long.SIZE && !type.signed();
  }

  // ---------------------------------------------------------------- casts

  public static long cast(IntType from, long x, IntType to, boolean saturate) {
    if (saturate && isWide(from) && x < 0) {
      return isWide(to) ? x : to.max();
    }
    return to.decodeLong(to.encodeLong(x, saturate ? Overflow.SATURATE : Overflow.NATURAL));
  }

  /** Saturates; NaN becomes 0. */
  public static long cast(double x, IntType to, Rounding rounding) {
    return to.decodeLong(to.encode(x, rounding.direction(), Overflow.SATURATE));
  }

  /** Rounded once. */
  public static double cast(
      IntType from, long x, FloatType to, Rounding rounding, boolean saturate) {
    boolean negative = !isWide(from) && x < 0;
    // The magnitude of the least i64 is 2^63 as an unsigned number.
    long magnitude = negative ? -x : x;
    int excess = Long.SIZE - Long.numberOfLeadingZeros(magnitude) - 53;
    if (excess <= 0) {
      return FloatArithmetic.cast((double) x, to, rounding, saturate);
    }
    long kept = magnitude >>> excess;
    long lost = magnitude - (kept << excess);
    if (to.equals(DType.F64)) {
      long half = 1L << (excess - 1);
      boolean up = lost > half || (lost == half && (kept & 1) != 0);
      kept += rounding == Rounding.NEAREST_EVEN && up ? 1 : 0;
    } else if (lost != 0) {
      // Rounded to odd, so that rounding again sees what was lost.
      kept |= 1;
    }
    double value = Math.scalb((double) kept, excess);
    return FloatArithmetic.cast(negative ? -value : value, to, rounding, saturate);
  }
}
