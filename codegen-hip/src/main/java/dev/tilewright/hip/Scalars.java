package dev.tilewright.hip;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.UnaryKind;

/**
 * Arithmetic of one element as C++ expressions, by tile IR's rules: integers wrap, floats are
 * rounded once, each operation for itself ({@code bf16} and {@code tf32} in {@code f32}, which is
 * exact enough to round again: of sums, products and quotients a double rounding shows only below
 * 2p + 2 digits).
 */
final class Scalars {
  private final Text text;

  Scalars(Text text) {
    this.text = text;
  }

  String unary(UnaryKind kind, DType type, String x, Location location) {
    return switch (type) {
      case IntType integer -> integer(kind, integer, x, location);
      case FloatType floating -> floating(kind, floating, x, location);
      case StoredType stored -> throw stored.noArithmetic();
    };
  }

  private static String integer(UnaryKind kind, IntType type, String x, Location location) {
    if (type.bits() == 1 && kind == UnaryKind.NOT) {
      return "!" + x;
    }
    String wide = "(%s)%s".formatted(HipTypes.unsigned(type), x);
    return switch (kind) {
      case NEG -> wrap(type, "-(%s)".formatted(wide));
      case ABS -> type.signed() ? wrap(type, "%s < 0 ? -(%s) : %s".formatted(x, wide, wide)) : x;
      case NOT -> wrap(type, "~(%s)".formatted(wide));
      case EXP2, EXP, LOG2, LOG, SQRT, RSQRT, RECIP, SIN, COS, TANH, FLOOR, CEIL, ROUND ->
          throw unsupported(kind.name(), type, location);
    };
  }

  private String floating(UnaryKind kind, FloatType type, String x, Location location) {
    if (type.bits() <= 8) {
      throw unsupported(kind.name(), type, location);
    }
    if (kind == UnaryKind.NEG) {
      return "-" + x;
    }
    boolean isDouble = type.equals(DType.F64);
    String suffix = isDouble ? "" : "f";
    String wide = wide(type, x);
    String value =
        switch (kind) {
          case ABS -> "__builtin_fabs" + suffix + "(" + wide + ")";
          case EXP2 -> "__builtin_exp2f(" + wide + ")";
          case LOG2 -> "__builtin_log2f(" + wide + ")";
          case RSQRT -> "__builtin_amdgcn_rsqf(" + wide + ")";
          case SQRT -> "__builtin_sqrt" + suffix + "(" + wide + ")";
          case RECIP -> (isDouble ? "1.0" : "1.0f") + " / " + wide;
          case FLOOR -> "__builtin_floor" + suffix + "(" + wide + ")";
          case CEIL -> "__builtin_ceil" + suffix + "(" + wide + ")";
          case ROUND -> "__builtin_rint" + suffix + "(" + wide + ")";
          case NEG, NOT, EXP, LOG, SIN, COS, TANH -> throw unsupported(kind.name(), type, location);
        };
    return narrowed(type, value);
  }

  String binary(BinaryKind kind, DType type, String x, String y, Location location) {
    return switch (type) {
      case IntType integer -> integer(kind, integer, x, y);
      case FloatType floating -> floating(kind, floating, x, y, location);
      case StoredType stored -> throw stored.noArithmetic();
    };
  }

  private static String integer(BinaryKind kind, IntType type, String x, String y) {
    if (type.bits() == 1) {
      return predicate(kind, type, x, y);
    }
    String u = HipTypes.unsigned(type);
    int bits = type.bits();
    return switch (kind) {
      case ADD, SUB, MUL, AND, OR, XOR ->
          wrap(type, "(%s)%s %s (%s)%s".formatted(u, x, sign(kind), u, y));
      // The one quotient that C++ leaves undefined, of the least number and -1, wraps.
      case DIV ->
          type.signed()
              ? wrap(type, "%s == -1 ? -(%s)%s : (%s)(%s / %s)".formatted(y, u, x, u, x, y))
              : x + " / " + y;
      case REM -> type.signed() ? "%s == -1 ? 0 : %s %% %s".formatted(y, x, y) : x + " % " + y;
      case MIN -> "%s < %s ? %s : %s".formatted(x, y, x, y);
      case MAX -> "%s > %s ? %s : %s".formatted(x, y, x, y);
      case SHL -> wrap(type, "(%s)%s < %d ? (%s)%s << %s : 0".formatted(u, y, bits, u, x, y));
      case SHR ->
          type.signed()
              ? "%s >> ((%s)%s < %d ? %s : %d)".formatted(x, u, y, bits, y, bits - 1)
              : "(%s)%s < %d ? %s >> %s : 0".formatted(u, y, bits, x, y);
    };
  }

  /** Masks are 0 and -1 where they are signed, 0 and 1 where not. */
  private static String predicate(BinaryKind kind, IntType type, String x, String y) {
    return switch (kind) {
      case ADD, SUB, XOR -> x + " != " + y;
      case MUL, AND -> x + " && " + y;
      case OR -> x + " || " + y;
      case MIN -> x + (type.signed() ? " || " : " && ") + y;
      case MAX -> x + (type.signed() ? " && " : " || ") + y;
      case DIV -> x;
      case REM -> "false";
      case SHL, SHR -> "%s && !%s".formatted(x, y);
    };
  }

  private static String sign(BinaryKind kind) {
    return switch (kind) {
      case ADD -> "+";
      case SUB -> "-";
      case MUL -> "*";
      case AND -> "&";
      case OR -> "|";
      case XOR -> "^";
      case DIV, REM, MIN, MAX, SHL, SHR -> throw new IllegalArgumentException(kind.name());
    };
  }

  private String floating(BinaryKind kind, FloatType type, String x, String y, Location location) {
    if (type.bits() <= 8) {
      throw unsupported(kind.name(), type, location);
    }
    String a = wide(type, x);
    String b = wide(type, y);
    boolean isDouble = type.equals(DType.F64);
    String suffix = isDouble ? "" : "f";
    return narrowed(
        type,
        switch (kind) {
          case ADD -> a + " + " + b;
          case SUB -> a + " - " + b;
          case MUL -> a + " * " + b;
          case DIV -> a + " / " + b;
          case MIN -> "__builtin_fmin%s(%s, %s)".formatted(suffix, a, b);
          case MAX -> "__builtin_fmax%s(%s, %s)".formatted(suffix, a, b);
          case REM, AND, OR, XOR, SHL, SHR -> throw unsupported(kind.name(), type, location);
        });
  }

  String fma(DType type, String x, String y, String z, Location location) {
    if (type.equals(DType.F64)) {
      return "__builtin_fma(%s, %s, %s)".formatted(x, y, z);
    }
    if (type.equals(DType.F32)) {
      return "__builtin_fmaf(%s, %s, %s)".formatted(x, y, z);
    }
    if (type.equals(DType.F16)) {
      return "__builtin_fmaf16(%s, %s, %s)".formatted(x, y, z);
    }
    if (type.equals(DType.BF16)) {
      return "%s(%s, %s, %s)".formatted(text.call(Helper.BF16_FMA), x, y, z);
    }
    throw unsupported("FMA", type, location);
  }

  static String compare(ComparePredicate predicate, String x, String y) {
    String sign =
        switch (predicate) {
          case EQ -> "==";
          case NE -> "!=";
          case LT -> "<";
          case LE -> "<=";
          case GT -> ">";
          case GE -> ">=";
        };
    return x + " " + sign + " " + y;
  }

  /** The operand as a {@code float} or {@code double}, exactly. */
  String wide(DType type, String x) {
    if (type.equals(DType.BF16)) {
      return text.call(Helper.BF16_WIDE) + "(" + x + ")";
    }
    if (type.equals(DType.F16)) {
      return "(f32)" + x;
    }
    return type.equals(DType.TF32)
        ? "__builtin_bit_cast(f32, __builtin_bit_cast(u32, %s) & 0xFFFFE000U)".formatted(x)
        : x;
  }

  /** A result in {@code f32} as an element of the type, rounded to nearest even. */
  private String narrowed(FloatType type, String value) {
    if (type.equals(DType.BF16)) {
      return text.call(Helper.BF16) + "(" + value + ")";
    }
    if (type.equals(DType.F16)) {
      return "(f16)(" + value + ")";
    }
    return type.equals(DType.TF32) ? text.call(Helper.TF32) + "(" + value + ")" : value;
  }

  /** The value of the low bits of an expression. */
  static String wrap(IntType type, String value) {
    if (!HipTypes.isNarrow(type)) {
      return "(%s)(%s)".formatted(HipTypes.element(type), value);
    }
    int above = Integer.SIZE - type.bits();
    return type.signed()
        ? "(i8)((i32)((u32)(%s) << %d) >> %d)".formatted(value, above, above)
        : "(u8)((%s) & 0x%XU)".formatted(value, (1 << type.bits()) - 1);
  }

  static CompileException unsupported(String what, DType type, Location location) {
    return new CompileException(
        "TW-H002",
        location,
        "HIP code for %s of %s cannot be generated; convert the elements to f32 first"
            .formatted(what, type.name()));
  }
}
