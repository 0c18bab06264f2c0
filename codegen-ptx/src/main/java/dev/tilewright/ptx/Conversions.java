package dev.tilewright.ptx;

import static dev.tilewright.ptx.PtxTypes.arithmetic;
import static dev.tilewright.ptx.PtxTypes.isNarrow;
import static dev.tilewright.ptx.PtxTypes.isPredicate;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;

/**
 * Conversions of scalars, each rounded once, whatever {@code cvt} offers on the target.
 *
 * <p>Where {@code cvt} has no direct form ({@code bf16} and {@code tf32} from 64-bit floats and
 * wide integers) the value goes through {@code f32} <em>rounded to odd</em>: cut off, and the last
 * bit set if anything was cut. With 24 bits in between, at least two more than the result has, the
 * second rounding is then that of the original value (Boldo and Melquiond, "Emulation of FMA and
 * correctly rounded sums: proved algorithms using rounding to odd", 2008).
 *
 * <p>{@code tf32} is rounded to nearest even by integer arithmetic, since {@code cvt.rna.tf32.f32}
 * rounds ties away and {@code cvt.rn.tf32.f32} needs sm_90.
 */
final class Conversions {
  private final Code code;
  private final ByteFloats bytes;

  Conversions(Code code) {
    this.code = code;
    this.bytes = new ByteFloats(code);
  }

  private String emit(DType type, String opcode, String... sources) {
    return code.compute(PtxTypes.kind(type), opcode, sources);
  }

  /**
   * The register with {@code x} converted, by tile IR's rules for {@code Cast}.
   *
   * @param x a register
   */
  String convert(DType from, DType to, Rounding rounding, boolean saturate, String x) {
    if (from.equals(to) && !(saturate && to instanceof FloatType)) {
      return x;
    }
    if (isPredicate(from)) {
      String one = ((IntType) from).signed() ? "-1" : "1";
      String number = code.compute(RegisterKind.B32, "selp.b32", one, "0", x);
      return convert(DType.I32, to, rounding, saturate, number);
    }
    return switch (from) {
      case IntType source ->
          switch (to) {
            case IntType target -> integerToInteger(source, target, saturate, x);
            case FloatType target -> integerToFloat(source, target, rounding, saturate, x);
            case StoredType target -> throw target.noArithmetic();
          };
      case FloatType source ->
          switch (to) {
            case IntType target -> floatToInteger(source, target, rounding, x);
            case FloatType target -> floatToFloat(source, target, rounding, saturate, x);
            case StoredType target -> throw target.noArithmetic();
          };
      case StoredType source -> throw source.noArithmetic();
    };
  }

  // ---------------------------------------------------------------- from integers

  private String integerToInteger(IntType from, IntType to, boolean saturate, String x) {
    if (isPredicate(to)) {
      return toPredicate(from, to, saturate, x);
    }
    String value = saturate ? clamp(from, to, x) : x;
    if (to.bits() == 64) {
      if (from.bits() == 64) {
        return value;
      }
      return emit(to, from.signed() ? "cvt.s64.s32" : "cvt.u64.u32", value);
    }
    String word = from.bits() == 64 ? emit(to, "cvt.u32.u64", value) : value;
    return isNarrow(to) ? wrap(to, word) : word;
  }

  private String toPredicate(IntType from, IntType to, boolean saturate, String x) {
    String name = arithmetic(from);
    if (saturate) {
      return emit(to, (to.signed() ? "setp.lt." : "setp.gt.") + name, x, "0");
    }
    String bits = from.bits() == 64 ? "b64" : "b32";
    return emit(to, "setp.ne." + bits, emit(from, "and." + bits, x, "1"), "0");
  }

  /** The nearest number that both types have, still held as a {@code from}. */
  private String clamp(IntType from, IntType to, String x) {
    String value = x;
    String name = arithmetic(from);
    boolean lower = from.signed() && (!to.signed() || to.bits() < from.bits());
    if (lower) {
      value = emit(from, "max." + name, value, Long.toString(to.min()));
    }
    int fromDigits = from.bits() - (from.signed() ? 1 : 0);
    int toDigits = to.bits() - (to.signed() ? 1 : 0);
    if (toDigits < fromDigits) {
      value = emit(from, "min." + name, value, Long.toString(to.max()));
    }
    return value;
  }

  private String wrap(IntType type, String register) {
    return wrap(code, type, register);
  }

  /** The value of the low bits of a register. */
  static String wrap(Code code, IntType type, String register) {
    String sign = type.signed() ? "s" : "u";
    return type.bits() % 8 == 0
        ? code.compute(RegisterKind.B32, "cvt." + sign + "32." + sign + type.bits(), register)
        : code.compute(
            RegisterKind.B32, "bfe." + sign + "32", register, "0", Integer.toString(type.bits()));
  }

  private String integerToFloat(
      IntType from, FloatType to, Rounding rounding, boolean saturate, String x) {
    String name = arithmetic(from);
    String mode = mode(rounding);
    if (to.equals(DType.F16)) {
      String value = saturate ? clampToF16(from, x) : x;
      return emit(to, "cvt." + mode + ".f16." + name, value);
    }
    if (to.equals(DType.F32) || to.equals(DType.F64)) {
      return emit(to, "cvt." + mode + "." + to.name() + "." + name, x);
    }
    String wide =
        from.bits() <= 16 ? emit(DType.F32, "cvt.rn.f32." + name, x) : integerToOdd(from, x);
    return narrow(to, rounding, saturate, wide);
  }

  /** No other wide float type is too small for an integer. */
  private String clampToF16(IntType from, String x) {
    long most = (long) DType.F16.maxFinite();
    if (Long.compareUnsigned(from.max(), most) <= 0) {
      return x;
    }
    String name = arithmetic(from);
    String value = emit(from, "min." + name, x, Long.toString(most));
    return from.signed() ? emit(from, "max." + name, value, Long.toString(-most)) : value;
  }

  private String integerToOdd(IntType from, String x) {
    String name = arithmetic(from);
    String cut = emit(DType.F32, "cvt.rz.f32." + name, x);
    String back = emit(from, "cvt.rzi." + name + ".f32", cut);
    return odd(cut, code.compute(RegisterKind.PREDICATE, "setp.ne." + name, back, x));
  }

  // ---------------------------------------------------------------- from floats

  private String floatToInteger(FloatType from, IntType to, Rounding rounding, String x) {
    if (isPredicate(to)) {
      return toPredicate(DType.I32, to, true, floatToInteger(from, DType.I32, rounding, x));
    }
    boolean isDouble = from.equals(DType.F64);
    String value = isDouble ? x : toF32(from, x);
    String source = isDouble ? "f64" : "f32";
    String mode = rounding == Rounding.NEAREST_EVEN ? "rni" : "rzi";
    String integer = emit(to, "cvt." + mode + "." + arithmetic(to) + "." + source, value);
    if (isDouble || to.bits() == 64) {
      // PTX ISA, cvt: with 64 bits on either side a NaN does not become 0.
      String nan = code.compute(RegisterKind.PREDICATE, "setp.nan." + source, value, value);
      integer = emit(to, "selp." + PtxTypes.kind(to).suffix(), "0", integer, nan);
    }
    return isNarrow(to) ? clamp(to.signed() ? DType.I32 : DType.U32, to, integer) : integer;
  }

  private String floatToFloat(
      FloatType from, FloatType to, Rounding rounding, boolean saturate, String x) {
    if (!from.equals(DType.F64) && !to.equals(DType.F64)) {
      String value = toF32(from, x);
      boolean clamped = saturate && !ByteFloats.has(to);
      return narrow(to, rounding, saturate, clamped ? clampF32(to, value) : value);
    }
    String wide = from.equals(DType.F64) ? x : emit(to, "cvt.f64.f32", toF32(from, x));
    String value = saturate ? clampF64(to, wide) : wide;
    if (to.equals(DType.F64)) {
      return value;
    }
    if (to.equals(DType.F32) || to.equals(DType.F16)) {
      return emit(to, "cvt." + mode(rounding) + "." + to.name() + ".f64", value);
    }
    String cut = emit(DType.F32, "cvt.rz.f32.f64", value);
    String back = emit(DType.F64, "cvt.f64.f32", cut);
    String inexact = code.compute(RegisterKind.PREDICATE, "setp.ne.f64", back, value);
    return narrow(to, rounding, saturate, odd(cut, inexact));
  }

  /** NaN stays NaN. */
  private String clampF32(FloatType to, String x) {
    String most = PtxTypes.immediate(DType.F32, Literal.of(to.maxFinite()));
    String least = PtxTypes.immediate(DType.F32, Literal.of(-to.maxFinite()));
    return emit(DType.F32, "max.NaN.f32", emit(DType.F32, "min.NaN.f32", x, most), least);
  }

  private String clampF64(FloatType to, String x) {
    String most = PtxTypes.immediate(DType.F64, Literal.of(to.maxFinite()));
    String least = PtxTypes.immediate(DType.F64, Literal.of(-to.maxFinite()));
    String above = code.compute(RegisterKind.PREDICATE, "setp.gt.f64", x, most);
    String value = emit(DType.F64, "selp.f64", most, x, above);
    String below = code.compute(RegisterKind.PREDICATE, "setp.lt.f64", value, least);
    return emit(DType.F64, "selp.f64", least, value, below);
  }

  /** Sets the last bit of an {@code f32} where the predicate holds. */
  private String odd(String x, String inexact) {
    String bits = code.compute(RegisterKind.B32, "mov.b32", x);
    String set = code.compute(RegisterKind.B32, "or.b32", bits, "1");
    return emit(DType.F32, "selp.f32", set, x, inexact);
  }

  /** From {@code f32} to a type with no more digits; only bytes still have to saturate. */
  private String narrow(FloatType to, Rounding rounding, boolean saturate, String x) {
    if (to.equals(DType.F32)) {
      return x;
    }
    if (ByteFloats.has(to)) {
      return bytes.fromF32(to, rounding, saturate, x);
    }
    return to.equals(DType.TF32)
        ? toTf32(rounding, x)
        : emit(to, "cvt." + mode(rounding) + "." + to.name() + ".f32", x);
  }

  /** Rounds an {@code f32} to nearest even. */
  String roundToTf32(String x) {
    return toTf32(Rounding.NEAREST_EVEN, x);
  }

  private String toTf32(Rounding rounding, String x) {
    String bits = code.compute(RegisterKind.B32, "mov.b32", x);
    if (rounding == Rounding.NEAREST_EVEN) {
      // Half of the last place, less one if the last place is even: a carry is the rounding.
      String last = code.compute(RegisterKind.B32, "bfe.u32", bits, "13", "1");
      bits =
          code.compute(
              RegisterKind.B32,
              "add.s32",
              code.compute(RegisterKind.B32, "add.s32", bits, last),
              "4095");
    }
    String rounded = code.compute(RegisterKind.B32, "and.b32", bits, TF32_MASK);
    String nan = code.compute(RegisterKind.PREDICATE, "setp.nan.f32", x, x);
    return code.compute(RegisterKind.B32, "selp.b32", "0x7FC00000", rounded, nan);
  }

  private static final String TF32_MASK = "0xFFFFE000";

  // ---------------------------------------------------------------- f32 and back

  /** The value as an operand of {@code f32} instructions; exact. Not for {@code f64}. */
  String toF32(DType from, String x) {
    if (from.equals(DType.F32)) {
      return x;
    }
    if (from.equals(DType.F16)) {
      return emit(DType.F32, "cvt.f32.f16", x);
    }
    if (from.equals(DType.BF16)) {
      String low = code.compute(RegisterKind.B32, "cvt.u32.u16", x);
      return code.compute(RegisterKind.B32, "shl.b32", low, "16");
    }
    if (ByteFloats.has(from)) {
      return bytes.toF32(from, x);
    }
    if (!from.equals(DType.TF32)) {
      throw new IllegalArgumentException(from.name() + " does not widen to f32");
    }
    boolean immediate = !x.startsWith("%");
    return immediate ? x : code.compute(RegisterKind.B32, "and.b32", x, TF32_MASK);
  }

  /** An {@code f32} whose value the type has. */
  String fromF32Exact(DType to, String x) {
    if (to.equals(DType.F32)) {
      return x;
    }
    return to.equals(DType.TF32)
        ? emit(to, "mov.b32", x)
        : emit(to, "cvt.rn." + to.name() + ".f32", x);
  }

  static String mode(Rounding rounding) {
    return switch (rounding) {
      case NEAREST_EVEN -> "rn";
      case TOWARD_ZERO -> "rz";
    };
  }
}
