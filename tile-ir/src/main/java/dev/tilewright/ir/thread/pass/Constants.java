package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import org.jspecify.annotations.Nullable;

/**
 * Operations on numbers, exactly as the device does them; null where it may do them otherwise or
 * where they are undefined.
 *
 * <p>Sums, products, quotients and roots of {@code f16}, {@code bf16}, {@code tf32} and {@code f32}
 * are computed in {@code double} and rounded again, which is harmless: 53 digits are twice theirs
 * and two more (Figueroa, "When is double rounding innocuous?", 1995).
 */
final class Constants {
  private Constants() {}

  /** The literal in the one form that its type has. */
  static Literal canonical(DType type, Literal value) {
    return switch (type) {
      case IntType t -> value instanceof Literal.Int(long n) ? integer(t, n) : value;
      case FloatType t ->
          switch (value) {
            case Literal.Int(long n) -> Literal.of(t.decode(t.encode(n)));
            case Literal.Float(double f) -> Literal.of(t.decode(t.encode(f)));
          };
      case StoredType _ -> value;
    };
  }

  static Literal integer(IntType type, long value) {
    return Literal.of(type.decodeLong(value));
  }

  static Literal predicate(boolean value) {
    return integer(DType.I1, value ? 1 : 0);
  }

  static boolean isTrue(Literal value) {
    return value instanceof Literal.Int(long n) && (n & 1) != 0;
  }

  private static Literal rounded(FloatType type, double value) {
    return Literal.of(type.decode(type.encode(value)));
  }

  static @Nullable Literal unary(UnaryKind kind, DType type, Literal x) {
    return switch (type) {
      case IntType t ->
          x instanceof Literal.Int(long n)
              ? switch (kind) {
                case NEG -> integer(t, -n);
                case ABS -> integer(t, t.signed() ? Math.abs(n) : n);
                case NOT -> integer(t, ~n);
                case FLOOR, CEIL, ROUND -> x;
                case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH -> null;
              }
              : null;
      case FloatType t ->
          x instanceof Literal.Float(double f)
              ? switch (kind) {
                case NEG -> Literal.of(-f);
                case ABS -> Literal.of(Math.abs(f));
                case SQRT -> rounded(t, Math.sqrt(f));
                case RECIP -> rounded(t, 1 / f);
                case FLOOR -> Literal.of(Math.floor(f));
                case CEIL -> Literal.of(Math.ceil(f));
                case ROUND -> Literal.of(Math.rint(f));
                case NOT, EXP2, EXP, LOG2, LOG, RSQRT, SIN, COS, TANH -> null;
              }
              : null;
      case StoredType t -> throw t.noArithmetic();
    };
  }

  static @Nullable Literal binary(BinaryKind kind, DType type, Literal x, Literal y) {
    return switch (type) {
      case IntType t ->
          x instanceof Literal.Int(long a) && y instanceof Literal.Int(long b)
              ? integer(kind, t, a, b)
              : null;
      case FloatType t ->
          x instanceof Literal.Float(double a) && y instanceof Literal.Float(double b)
              ? floating(kind, t, a, b)
              : null;
      case StoredType t -> throw t.noArithmetic();
    };
  }

  private static @Nullable Literal integer(BinaryKind kind, IntType t, long a, long b) {
    boolean unsigned = t.bits() == Long.SIZE && !t.signed();
    return switch (kind) {
      case ADD -> integer(t, a + b);
      case SUB -> integer(t, a - b);
      case MUL -> integer(t, a * b);
      case DIV -> b == 0 ? null : integer(t, unsigned ? Long.divideUnsigned(a, b) : a / b);
      case REM -> b == 0 ? null : integer(t, unsigned ? Long.remainderUnsigned(a, b) : a % b);
      case MIN -> Literal.of(compare(unsigned, a, b) <= 0 ? a : b);
      case MAX -> Literal.of(compare(unsigned, a, b) >= 0 ? a : b);
      case AND -> Literal.of(a & b);
      case OR -> Literal.of(a | b);
      case XOR -> Literal.of(a ^ b);
      case SHL -> integer(t, beyond(t, b) ? 0 : a << b);
      case SHR -> {
        if (beyond(t, b)) {
          yield Literal.of(t.signed() && a < 0 ? -1 : 0);
        }
        yield integer(t, unsigned ? a >>> b : a >> b);
      }
    };
  }

  private static boolean beyond(IntType t, long amount) {
    return amount < 0 || amount >= t.bits();
  }

  private static int compare(boolean unsigned, long a, long b) {
    return unsigned ? Long.compareUnsigned(a, b) : Long.compare(a, b);
  }

  private static @Nullable Literal floating(BinaryKind kind, FloatType t, double a, double b) {
    return switch (kind) {
      case ADD -> rounded(t, a + b);
      case SUB -> rounded(t, a - b);
      case MUL -> rounded(t, a * b);
      case DIV -> rounded(t, a / b);
      case MIN -> Literal.of(Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b));
      case MAX -> Literal.of(Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b));
      case REM, AND, OR, XOR, SHL, SHR -> null;
    };
  }

  static @Nullable Literal fma(DType type, Literal x, Literal y, Literal z) {
    if (!(x instanceof Literal.Float(double a)
        && y instanceof Literal.Float(double b)
        && z instanceof Literal.Float(double c))) {
      return null;
    }
    if (type.equals(DType.F64)) {
      return Literal.of(Math.fma(a, b, c));
    }
    return type.equals(DType.F32)
        ? Literal.of((double) Math.fma((float) a, (float) b, (float) c))
        : null;
  }

  static @Nullable Literal compare(ComparePredicate predicate, DType type, Literal x, Literal y) {
    if (x instanceof Literal.Int(long a) && y instanceof Literal.Int(long b)) {
      boolean unsigned = type.bits() == Long.SIZE && !type.signed();
      int order = compare(unsigned, a, b);
      return predicate(
          switch (predicate) {
            case EQ -> order == 0;
            case NE -> order != 0;
            case LT -> order < 0;
            case LE -> order <= 0;
            case GT -> order > 0;
            case GE -> order >= 0;
          });
    }
    if (x instanceof Literal.Float(double a) && y instanceof Literal.Float(double b)) {
      return predicate(
          switch (predicate) {
            case EQ -> a == b;
            case NE -> a != b;
            case LT -> a < b;
            case LE -> a <= b;
            case GT -> a > b;
            case GE -> a >= b;
          });
    }
    return null;
  }

  static @Nullable Literal convert(
      DType from, DType to, Rounding rounding, boolean saturate, Literal x) {
    Overflow overflow = saturate ? Overflow.SATURATE : Overflow.NATURAL;
    return switch (x) {
      case Literal.Int(long n) -> {
        boolean huge = from.bits() == Long.SIZE && !from.signed() && n < 0;
        if (huge) {
          yield null;
        }
        yield switch (to) {
          case IntType t -> integer(t, t.encodeLong(n, overflow));
          case FloatType t ->
              Math.abs(n) <= 1L << 53 && n != Long.MIN_VALUE
                  ? Literal.of(t.decode(t.encode(n, rounding.direction(), overflow)))
                  : null;
          case StoredType t -> Literal.of(t.decode(t.encode(n)));
        };
      }
      case Literal.Float(double f) ->
          switch (to) {
            case IntType t -> integer(t, t.encode(f, rounding.direction(), Overflow.SATURATE));
            case FloatType t -> Literal.of(t.decode(t.encode(f, rounding.direction(), overflow)));
            case StoredType t -> Literal.of(t.decode(t.encode(f)));
          };
    };
  }
}
