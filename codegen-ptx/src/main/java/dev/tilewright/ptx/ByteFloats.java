package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import java.util.ArrayList;
import java.util.List;

/**
 * Conversions of {@code e4m3} and {@code e5m2}. From sm_89 on, {@code cvt} converts pairs of them:
 * exactly to {@code f16}, and from {@code f32} to nearest even, saturating; what tile IR asks for
 * besides is made of these.
 */
final class ByteFloats {
  /** The least architecture that has the conversions, and the PTX ISA they came with. */
  static final int ARCHITECTURE = 89;

  private static final int VERSION = 81;

  private final Code code;

  ByteFloats(Code code) {
    this.code = code;
  }

  static boolean has(DType type) {
    return type.equals(DType.F8E4M3) || type.equals(DType.F8E5M2);
  }

  private String pair(DType type) {
    code.needs(VERSION);
    return MmaFragments.ptxName(type) + "x2";
  }

  /** The value of the low byte. */
  String toF32(DType from, String x) {
    String bits = code.compute(RegisterKind.B16, "cvt.u16.u32", x);
    String halves = code.compute(RegisterKind.B32, "cvt.rn.f16x2." + pair(from), bits);
    String low = code.fresh(RegisterKind.B16);
    code.emit("mov.b32", Code.vector(List.of(low, "_")), halves);
    return code.compute(RegisterKind.F32, "cvt.f32.f16", low);
  }

  String fromF32(FloatType to, Rounding rounding, boolean saturate, String x) {
    String bits =
        code.compute(RegisterKind.B16, "cvt.rn.satfinite." + pair(to) + ".f32", "0f00000000", x);
    String nearest = code.compute(RegisterKind.B32, "cvt.u32.u16", bits);
    String size = code.compute(RegisterKind.F32, "abs.f32", x);
    String rounded = rounding == Rounding.NEAREST_EVEN ? nearest : cut(to, nearest, size);
    return saturate ? rounded : withOverflow(to, rounding, rounded, size, x);
  }

  /** Toward zero: the neighbour below, if the nearest is above. */
  private String cut(FloatType to, String nearest, String size) {
    String back = code.compute(RegisterKind.F32, "abs.f32", toF32(to, nearest));
    String above = code.compute(RegisterKind.PREDICATE, "setp.gt.f32", back, size);
    String below = code.compute(RegisterKind.B32, "sub.s32", nearest, "1");
    return code.compute(RegisterKind.B32, "selp.b32", below, nearest, above);
  }

  /** What does not saturate becomes an infinity, or where there is none, NaN. */
  private String withOverflow(
      FloatType to, Rounding rounding, String rounded, String size, String x) {
    String beyond = beyond(to, rounding, size);
    if (to.equals(DType.F8E4M3)) {
      return code.compute(RegisterKind.B32, "selp.b32", "0x7F", rounded, beyond);
    }
    String bits = code.compute(RegisterKind.B32, "mov.b32", x);
    String sign = code.compute(RegisterKind.B32, "shr.u32", bits, "24");
    String infinity =
        code.compute(
            RegisterKind.B32,
            "or.b32",
            code.compute(RegisterKind.B32, "and.b32", sign, "0x80"),
            "0x7C");
    return code.compute(RegisterKind.B32, "selp.b32", infinity, rounded, beyond);
  }

  private String beyond(FloatType to, Rounding rounding, String size) {
    double most = to.maxFinite();
    if (rounding == Rounding.TOWARD_ZERO) {
      return compare("setp.eq.f32", size, Double.POSITIVE_INFINITY);
    }
    // Half a place above the greatest; a tie goes to the even one, which of e4m3 is the greatest.
    double half = Math.scalb(1.0, Math.getExponent(most) - to.mantissaBits() - 1);
    boolean tieOverflows = to.equals(DType.F8E5M2);
    return compare(tieOverflows ? "setp.ge.f32" : "setp.gt.f32", size, most + half);
  }

  private String compare(String opcode, String size, double bound) {
    String limit = PtxTypes.immediate(DType.F32, Literal.of(bound));
    return code.compute(RegisterKind.PREDICATE, opcode, size, limit);
  }

  /** Four elements in each register become two registers of two {@code f16}. */
  List<String> toHalves(DType from, List<String> held) {
    List<String> halves = new ArrayList<>();
    for (String register : held) {
      String low = code.fresh(RegisterKind.B16);
      String high = code.fresh(RegisterKind.B16);
      code.emit("mov.b32", Code.vector(List.of(low, high)), register);
      for (String bits : List.of(low, high)) {
        halves.add(code.compute(RegisterKind.B32, "cvt.rn.f16x2." + pair(from), bits));
      }
    }
    return halves;
  }

  /**
   * To nearest even, saturating, four elements in each register.
   *
   * @param held a multiple of two registers of two {@code f16}
   */
  List<String> fromHalves(DType to, List<String> held) {
    String opcode = "cvt.rn.satfinite." + pair(to) + ".f16x2";
    List<String> packed = new ArrayList<>();
    for (int i = 0; i < held.size(); i += 2) {
      String low = code.compute(RegisterKind.B16, opcode, held.get(i));
      String high = code.compute(RegisterKind.B16, opcode, held.get(i + 1));
      packed.add(code.compute(RegisterKind.B32, "mov.b32", Code.vector(List.of(low, high))));
    }
    return packed;
  }

  /**
   * To nearest even, saturating, four elements in each register.
   *
   * @param held a multiple of four {@code f32}
   */
  List<String> fromF32(DType to, List<String> held) {
    String opcode = "cvt.rn.satfinite." + pair(to) + ".f32";
    List<String> packed = new ArrayList<>();
    for (int i = 0; i < held.size(); i += 4) {
      String low = code.compute(RegisterKind.B16, opcode, held.get(i + 1), held.get(i));
      String high = code.compute(RegisterKind.B16, opcode, held.get(i + 3), held.get(i + 2));
      packed.add(code.compute(RegisterKind.B32, "mov.b32", Code.vector(List.of(low, high))));
    }
    return packed;
  }
}
