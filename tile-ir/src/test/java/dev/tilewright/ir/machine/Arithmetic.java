package dev.tilewright.ir.machine;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;

/** One element's arithmetic, on codes. */
final class Arithmetic {
  private Arithmetic() {}

  static long code(DType type, Literal literal) {
    return switch (literal) {
      case Literal.Int(long value) ->
          type instanceof IntType integer
              ? integer.encodeLong(value, Overflow.NATURAL)
              : type.encode(value);
      case Literal.Float(double value) -> type.encode(value);
    };
  }

  static long unary(UnaryKind kind, DType type, long x) {
    if (type instanceof IntType integer) {
      long value = integer.decodeLong(x);
      long result =
          switch (kind) {
            case NEG -> -value;
            case ABS -> Math.abs(value);
            case NOT -> ~value;
            default -> throw new IllegalArgumentException(kind + " of " + type);
          };
      return integer.encodeLong(result, Overflow.NATURAL);
    }
    double value = type.decode(x);
    double result =
        switch (kind) {
          case NEG -> -value;
          case ABS -> Math.abs(value);
          case EXP2 -> Math.pow(2, value);
          case EXP -> Math.exp(value);
          case LOG2 -> Math.log(value) / Math.log(2);
          case LOG -> Math.log(value);
          case SQRT -> Math.sqrt(value);
          case RSQRT -> 1 / Math.sqrt(value);
          case RECIP -> 1 / value;
          case SIN -> Math.sin(value);
          case COS -> Math.cos(value);
          case TANH -> Math.tanh(value);
          case FLOOR -> Math.floor(value);
          case CEIL -> Math.ceil(value);
          case ROUND -> Math.rint(value);
          case NOT -> throw new IllegalArgumentException(kind + " of " + type);
        };
    return type.encode(result);
  }

  static long binary(BinaryKind kind, DType type, long x, long y) {
    if (type instanceof IntType integer) {
      return integer.encodeLong(
          binary(kind, integer.bits(), integer.decodeLong(x), integer.decodeLong(y)),
          Overflow.NATURAL);
    }
    double a = type.decode(x);
    double b = type.decode(y);
    double result =
        switch (kind) {
          case ADD -> a + b;
          case SUB -> a - b;
          case MUL -> a * b;
          case DIV -> a / b;
          case MIN -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
          case MAX -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
          case REM, AND, OR, XOR, SHL, SHR ->
              throw new IllegalArgumentException(kind + " of " + type);
        };
    return type.encode(result);
  }

  private static long binary(BinaryKind kind, int bits, long a, long b) {
    return switch (kind) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case REM -> a % b;
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case AND -> a & b;
      case OR -> a | b;
      case XOR -> a ^ b;
      case SHL -> b < 0 || b >= bits ? 0 : a << b;
      case SHR -> a >> (b < 0 || b >= bits ? bits - 1 : b);
    };
  }

  static long fma(DType type, long x, long y, long z) {
    double a = type.decode(x);
    double b = type.decode(y);
    double c = type.decode(z);
    double result =
        type.equals(DType.F32) ? Math.fma((float) a, (float) b, (float) c) : Math.fma(a, b, c);
    return type.encode(result);
  }

  static boolean compare(ComparePredicate predicate, DType type, long x, long y) {
    if (type instanceof IntType integer) {
      int order = Long.compare(integer.decodeLong(x), integer.decodeLong(y));
      return switch (predicate) {
        case EQ -> order == 0;
        case NE -> order != 0;
        case LT -> order < 0;
        case LE -> order <= 0;
        case GT -> order > 0;
        case GE -> order >= 0;
      };
    }
    double a = type.decode(x);
    double b = type.decode(y);
    return switch (predicate) {
      case EQ -> a == b;
      case NE -> a != b;
      case LT -> a < b;
      case LE -> a <= b;
      case GT -> a > b;
      case GE -> a >= b;
    };
  }

  static long convert(DType from, DType to, Rounding rounding, boolean saturate, long x) {
    Overflow overflow =
        saturate || (from instanceof FloatType && to instanceof IntType)
            ? Overflow.SATURATE
            : Overflow.NATURAL;
    if (from instanceof IntType source && to instanceof IntType target) {
      return target.encodeLong(source.decodeLong(x), overflow);
    }
    return to.encode(
        from.decode(x),
        switch (rounding) {
          case NEAREST_EVEN -> dev.tilewright.dtype.Rounding.NEAREST_EVEN;
          case TOWARD_ZERO -> dev.tilewright.dtype.Rounding.TOWARD_ZERO;
        },
        overflow);
  }
}
