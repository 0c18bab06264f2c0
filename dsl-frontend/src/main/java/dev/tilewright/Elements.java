package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import java.util.List;

/**
 * Which operations are defined on which element types.
 *
 * <p>Arithmetic is defined on f16, bf16, f32, f64 and on integers of 8 bits and more; masks ({@code
 * i1}) have logic only; all other types are for storage and matrix products, and are cast before
 * other use.
 */
final class Elements {
  private Elements() {}

  static boolean isFloat(DType dtype) {
    return !(dtype instanceof IntType);
  }

  private static boolean isMask(DType dtype) {
    return dtype.equals(DType.I1);
  }

  private static boolean hasArithmetic(DType dtype) {
    return switch (dtype) {
      case IntType integer -> integer.bits() >= 8;
      case FloatType floating -> floating.bits() >= 16 && !floating.equals(DType.TF32);
      case StoredType _ -> false;
    };
  }

  static void checkSame(Trace trace, Site site, Handle x, DType xType, Handle y, DType yType) {
    if (!xType.equals(yType)) {
      throw trace.fail(
          site,
          Misuse.DTYPE_MISMATCH,
          "operands of different types: " + xType + " and " + yType,
          List.of(
              x.note("this " + x.describe() + " was made here"),
              y.note("this " + y.describe() + " was made here")),
          "cast one of them: nothing is converted implicitly");
    }
  }

  static void checkUnary(Trace trace, Site site, UnaryKind kind, Handle x, DType dtype) {
    boolean defined =
        switch (kind) {
          case NOT -> !isFloat(dtype) && (isMask(dtype) || hasArithmetic(dtype));
          case NEG, ABS -> hasArithmetic(dtype);
          case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH, FLOOR, CEIL, ROUND ->
              isFloat(dtype) && hasArithmetic(dtype);
        };
    check(trace, site, defined, x, dtype);
  }

  static void checkBinary(Trace trace, Site site, BinaryKind kind, Handle x, DType dtype) {
    boolean defined =
        switch (kind) {
          case ADD, SUB, MUL, DIV, MIN, MAX -> hasArithmetic(dtype);
          case REM, SHL, SHR -> !isFloat(dtype) && hasArithmetic(dtype);
          case AND, OR, XOR -> !isFloat(dtype) && (isMask(dtype) || hasArithmetic(dtype));
        };
    check(trace, site, defined, x, dtype);
  }

  static void checkCompare(
      Trace trace, Site site, ComparePredicate predicate, Handle x, DType dtype) {
    boolean defined =
        switch (predicate) {
          case EQ, NE -> isMask(dtype) || hasArithmetic(dtype);
          case LT, LE, GT, GE -> hasArithmetic(dtype);
        };
    check(trace, site, defined, x, dtype);
  }

  static void checkCast(Trace trace, Site site, Handle x, DType from, DType to) {
    if (!from.equals(to) && (isMask(from) || isMask(to))) {
      throw trace.fail(
          site,
          Misuse.OPERATION_DTYPE,
          "a cast from " + from + " to " + to + " is not defined",
          List.of(x.note("this " + x.describe() + " was made here")),
          isMask(from)
              ? "say which numbers you mean: mask.select(ones, zeros)"
              : "say which numbers you mean: x.ne(0)");
    }
  }

  private static void check(Trace trace, Site site, boolean defined, Handle x, DType dtype) {
    if (!defined) {
      throw trace.fail(
          site,
          Misuse.OPERATION_DTYPE,
          site.call() + " is not defined on " + dtype,
          List.of(x.note("this " + x.describe() + " was made here")),
          remedy(dtype));
    }
  }

  private static String remedy(DType dtype) {
    if (isMask(dtype)) {
      return "masks have and, or, xor, not, eq, ne and select";
    }
    if (hasArithmetic(dtype)) {
      return isFloat(dtype)
          ? "it is defined on integers"
          : "it is defined on f16, bf16, f32 and f64";
    }
    return isFloat(dtype)
        ? "cast to a type with arithmetic first, such as F16 or F32"
        : "cast to a type with arithmetic first, such as I8 or I32";
  }

  /** Casts to integers cut off the fraction, all others go to nearest. */
  static Rounding defaultRounding(DType from, DType to) {
    return isFloat(from) && !isFloat(to) ? Rounding.TOWARD_ZERO : Rounding.NEAREST_EVEN;
  }

  /** Floats saturate to integers and to floats of fewer than 16 bits; integers wrap. */
  static boolean defaultSaturation(DType from, DType to) {
    return isFloat(from) ? !isFloat(to) || to.bits() < 16 : isFloat(to) && to.bits() < 16;
  }

  /** A Java number as a constant of the type. */
  static Literal literal(Trace trace, Site site, DType dtype, double value) {
    return switch (dtype) {
      case FloatType floating -> {
        boolean overflows =
            Double.isFinite(value) && Double.isInfinite(floating.decode(floating.encode(value)));
        if (overflows) {
          throw unrepresentable(trace, site, dtype, Double.toString(value));
        }
        yield Literal.of(value);
      }
      case IntType integer -> {
        if (value != Math.rint(value) || Math.abs(value) >= 0x1p63) {
          throw unrepresentable(trace, site, dtype, Double.toString(value));
        }
        yield literal(trace, site, integer, (long) value);
      }
      case StoredType _ -> Literal.of(value);
    };
  }

  /** A Java number as a constant of the type. */
  static Literal literal(Trace trace, Site site, DType dtype, long value) {
    return switch (dtype) {
      case FloatType floating -> literal(trace, site, floating, (double) value);
      case StoredType _ -> Literal.of((double) value);
      case IntType mask when isMask(mask) && (value == 0 || value == 1) -> Literal.of(-value);
      case IntType integer -> {
        boolean wide = integer.bits() == Long.SIZE;
        if (wide
            ? value < 0 && !integer.signed()
            : value < integer.min() || value > integer.max()) {
          throw unrepresentable(trace, site, dtype, Long.toString(value));
        }
        yield Literal.of(value);
      }
    };
  }

  private static KernelDefinitionException unrepresentable(
      Trace trace, Site site, DType dtype, String value) {
    return trace.fail(
        site,
        Misuse.LITERAL,
        value + " is not a value of " + dtype,
        List.of(),
        dtype instanceof IntType integer && integer.bits() < Long.SIZE
            ? dtype + " holds the integers from " + integer.min() + " to " + integer.max()
            : dtype + " holds numbers up to " + dtype.maxFinite());
  }

  /** The element types that a matrix product of {@code a} and {@code b} accumulates in. */
  static List<DType> accumulators(DType a, DType b) {
    if (a instanceof IntType x && b instanceof IntType y) {
      boolean small = x.bits() <= 8 && y.bits() <= 8 && !isMask(x) && !isMask(y);
      return small ? List.of(DType.I32) : List.of();
    }
    if (a instanceof FloatType x && b instanceof FloatType y) {
      if (x.bits() <= 8 && y.bits() <= 8) {
        return List.of(DType.F32, DType.F16);
      }
      if (!x.equals(y)) {
        return List.of();
      }
      if (x.equals(DType.F16)) {
        return List.of(DType.F32, DType.F16);
      }
      if (x.equals(DType.BF16) || x.equals(DType.TF32)) {
        return List.of(DType.F32);
      }
      if (x.equals(DType.F64)) {
        return List.of(DType.F64);
      }
    }
    return List.of();
  }
}
