package dev.tilewright.ptx;

import static dev.tilewright.ptx.PtxTypes.arithmetic;
import static dev.tilewright.ptx.PtxTypes.isHalf;
import static dev.tilewright.ptx.PtxTypes.isInteger;
import static dev.tilewright.ptx.PtxTypes.isNarrow;
import static dev.tilewright.ptx.PtxTypes.isPredicate;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.UnaryKind;

/**
 * Arithmetic on scalars. Every method writes instructions and returns the register with the result.
 *
 * <p>Additions and multiplications always carry their rounding mode, since {@code ptxas} may fuse
 * those without into multiply-adds of another result.
 */
final class Scalars {
  private final Code code;
  private final Predicates predicates;
  private final Conversions conversions;
  private final boolean bf16Arithmetic;

  /**
   * @param bf16Arithmetic whether there is more for {@code bf16} than {@code fma}, {@code min},
   *     {@code max}, {@code neg} and {@code abs}: from sm_90 on
   */
  Scalars(Code code, Conversions conversions, boolean bf16Arithmetic) {
    this.code = code;
    this.predicates = new Predicates(code);
    this.conversions = conversions;
    this.bf16Arithmetic = bf16Arithmetic;
  }

  private String emit(DType type, String opcode, String... sources) {
    return code.compute(PtxTypes.kind(type), opcode, sources);
  }

  // ---------------------------------------------------------------- one operand

  String unary(UnaryKind kind, DType type, String x) {
    if (isPredicate(type)) {
      return predicates.unary(kind, x);
    }
    return switch (kind) {
      case NEG -> {
        if (isInteger(type)) {
          yield wrap(type, emit(type, "neg." + signed(type), x));
        }
        yield type.equals(DType.TF32)
            ? emit(type, "xor.b32", x, "0x80000000")
            : emit(type, "neg." + arithmetic(type), x);
      }
      case ABS -> {
        if (type instanceof IntType integer) {
          yield integer.signed() ? wrap(type, emit(type, "abs." + arithmetic(type), x)) : x;
        }
        yield type.equals(DType.TF32)
            ? emit(type, "and.b32", x, "0x7FFFFFFF")
            : emit(type, "abs." + arithmetic(type), x);
      }
      case NOT -> wrap(type, emit(type, "not.b" + registerBits(type), x));
      case FLOOR -> toIntegral("rmi", type, x);
      case CEIL -> toIntegral("rpi", type, x);
      case ROUND -> toIntegral("rni", type, x);
      case EXP2 -> approximate("ex2.approx", type, x);
      case LOG2 -> approximate("lg2.approx", type, x);
      case RSQRT -> approximate("rsqrt.approx", type, x);
      case SQRT -> emit(type, "sqrt.rn." + wide(kind, type), x);
      case RECIP -> emit(type, "rcp.rn." + wide(kind, type), x);
      case EXP, LOG, SIN, COS, TANH -> throw notExpanded(kind, type);
    };
  }

  private String toIntegral(String rounding, DType type, String x) {
    if (isInteger(type)) {
      return x;
    }
    if (type.equals(DType.BF16) || type.equals(DType.TF32)) {
      // The integers nearest to a value have no more bits than it has.
      String rounded = emit(DType.F32, "cvt." + rounding + ".f32.f32", conversions.toF32(type, x));
      return conversions.fromF32Exact(type, rounded);
    }
    String name = arithmetic(type);
    return emit(type, "cvt." + rounding + "." + name + "." + name, x);
  }

  private String approximate(String opcode, DType type, String x) {
    if (!type.equals(DType.F32)) {
      throw new IllegalArgumentException(opcode + " is not there for " + type.name());
    }
    return emit(type, opcode + ".f32", x);
  }

  private static String wide(UnaryKind kind, DType type) {
    if (type.equals(DType.F32) || type.equals(DType.F64)) {
      return type.name();
    }
    throw notExpanded(kind, type);
  }

  private static IllegalArgumentException notExpanded(UnaryKind kind, DType type) {
    return new IllegalArgumentException(kind + " of " + type.name() + " must be expanded first");
  }

  // ---------------------------------------------------------------- two operands

  String binary(BinaryKind kind, DType type, String x, String y) {
    if (isPredicate(type)) {
      return predicates.binary(kind, ((IntType) type).signed(), x, y);
    }
    if (type instanceof IntType integer) {
      return integer(kind, integer, x, y);
    }
    if (type.equals(DType.TF32)) {
      String result = floating(kind, DType.F32, tf32Value(x), tf32Value(y));
      return conversions.roundToTf32(result);
    }
    return floating(kind, type, x, y);
  }

  private String integer(BinaryKind kind, IntType type, String x, String y) {
    String name = arithmetic(type);
    String bits = "b" + registerBits(type);
    return switch (kind) {
      case ADD -> wrap(type, emit(type, "add." + name, x, y));
      case SUB -> wrap(type, emit(type, "sub." + name, x, y));
      case MUL -> wrap(type, emit(type, "mul.lo." + name, x, y));
      // Only the most negative number divided by -1 leaves the range.
      case DIV -> wrap(type, emit(type, "div." + name, x, y));
      case REM -> emit(type, "rem." + name, x, y);
      case MIN -> emit(type, "min." + name, x, y);
      case MAX -> emit(type, "max." + name, x, y);
      case AND -> emit(type, "and." + bits, x, y);
      case OR -> emit(type, "or." + bits, x, y);
      case XOR -> emit(type, "xor." + bits, x, y);
      case SHL -> wrap(type, emit(type, "shl." + bits, x, shiftAmount(type, y)));
      case SHR -> emit(type, "shr." + name, x, shiftAmount(type, y));
    };
  }

  /** PTX shifts by an unsigned 32-bit amount and, as tile IR, treats 32 or 64 as all beyond. */
  private String shiftAmount(IntType type, String amount) {
    if (isImmediate(amount)) {
      long bits = registerBits(type);
      boolean within =
          !amount.startsWith("-") && Long.compareUnsigned(Long.parseUnsignedLong(amount), bits) < 0;
      return within ? amount : Long.toString(bits);
    }
    if (type.bits() < 64) {
      return amount;
    }
    String bounded = code.compute(RegisterKind.B64, "min.u64", amount, "64");
    return code.compute(RegisterKind.B32, "cvt.u32.u64", bounded);
  }

  private static boolean isImmediate(String operand) {
    return !operand.startsWith("%");
  }

  private String floating(BinaryKind kind, DType type, String x, String y) {
    String name = type.name();
    boolean throughFma = type.equals(DType.BF16) && !bf16Arithmetic;
    return switch (kind) {
      case ADD -> throughFma ? fma(type, x, bf16(ONE), y) : emit(type, "add.rn." + name, x, y);
      case SUB ->
          throughFma ? fma(type, y, bf16(MINUS_ONE), x) : emit(type, "sub.rn." + name, x, y);
      // Adding -0 changes no product, not even a zero.
      case MUL ->
          throughFma ? fma(type, x, y, bf16(MINUS_ZERO)) : emit(type, "mul.rn." + name, x, y);
      case DIV -> {
        if (isHalf(type)) {
          // Rounding a quotient twice is harmless when the first has twice the digits and two more.
          String quotient =
              emit(DType.F32, "div.rn.f32", conversions.toF32(type, x), conversions.toF32(type, y));
          yield emit(type, "cvt.rn." + name + ".f32", quotient);
        }
        yield emit(type, "div.rn." + name, x, y);
      }
      case MIN -> emit(type, "min." + name, x, y);
      case MAX -> emit(type, "max." + name, x, y);
      case REM, AND, OR, XOR, SHL, SHR ->
          throw new IllegalArgumentException(kind + " is not defined on " + name);
    };
  }

  private static final String ONE = "0x3F80";
  private static final String MINUS_ONE = "0xBF80";
  private static final String MINUS_ZERO = "0x8000";

  private String bf16(String bits) {
    return emit(DType.BF16, "mov.b16", bits);
  }

  String fma(DType type, String x, String y, String z) {
    if (type.equals(DType.TF32)) {
      String result = fma(DType.F32, tf32Value(x), tf32Value(y), tf32Value(z));
      return conversions.roundToTf32(result);
    }
    if (isInteger(type)) {
      throw new IllegalArgumentException("fused multiply-add is not defined on " + type.name());
    }
    return emit(type, "fma.rn." + type.name(), x, y, z);
  }

  private String tf32Value(String x) {
    return conversions.toF32(DType.TF32, x);
  }

  // ---------------------------------------------------------------- comparison and choice

  String compare(ComparePredicate predicate, DType type, String x, String y) {
    if (isPredicate(type)) {
      return predicates.compare(predicate, ((IntType) type).signed(), x, y);
    }
    if (type.equals(DType.TF32) || (type.equals(DType.BF16) && !bf16Arithmetic)) {
      return compare(predicate, DType.F32, conversions.toF32(type, x), conversions.toF32(type, y));
    }
    String opcode =
        switch (predicate) {
          case EQ -> "eq";
          // Unordered operands differ.
          case NE -> isInteger(type) ? "ne" : "neu";
          case LT -> "lt";
          case LE -> "le";
          case GT -> "gt";
          case GE -> "ge";
        };
    return code.compute(RegisterKind.PREDICATE, "setp." + opcode + "." + arithmetic(type), x, y);
  }

  String select(RegisterKind kind, String condition, String x, String y) {
    return kind == RegisterKind.PREDICATE
        ? predicates.select(condition, x, y)
        : code.compute(kind, "selp." + kind.suffix(), x, y, condition);
  }

  // ---------------------------------------------------------------- widths

  private static int registerBits(DType type) {
    return Math.max(type.bits(), 32);
  }

  private static String signed(DType type) {
    return "s" + registerBits(type);
  }

  /** The value of the low bits: what a narrow result means. */
  String wrap(DType type, String register) {
    if (!isNarrow(type)) {
      return register;
    }
    return Conversions.wrap(code, (IntType) type, register);
  }
}
