package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** The opcodes that integer and floating-point types share, told apart by their type. */
final class ArithmeticFamily {
  private ArithmeticFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("add", d -> d.take("cc") ? CarryFamily.add(d, true, false) : add(d));
    families.put("sub", d -> d.take("cc") ? CarryFamily.sub(d, true, false) : sub(d));
    families.put("mul", ArithmeticFamily::mul);
    families.put("mad", d -> d.take("cc") ? CarryFamily.mad(d, true, false) : mad(d));
    families.put("div", ArithmeticFamily::div);
    families.put("abs", ArithmeticFamily::abs);
    families.put("neg", ArithmeticFamily::neg);
    families.put("min", d -> minMax(d, false));
    families.put("max", d -> minMax(d, true));
  }

  private static Decoded add(Decoding d) {
    PtxType type = d.type();
    if (HalfFamily.isHalf(type)) {
      return HalfFamily.arithmetic(d, type, Double::sum);
    }
    return type.isFloat() ? FloatFamily.add(d, type) : IntegerFamily.add(d, type);
  }

  private static Decoded sub(Decoding d) {
    PtxType type = d.type();
    if (HalfFamily.isHalf(type)) {
      return HalfFamily.arithmetic(d, type, (a, b) -> a - b);
    }
    return type.isFloat() ? FloatFamily.sub(d, type) : IntegerFamily.sub(d, type);
  }

  private static Decoded mul(Decoding d) {
    PtxType type = d.type();
    if (HalfFamily.isHalf(type)) {
      return HalfFamily.arithmetic(d, type, (a, b) -> a * b);
    }
    return type.isFloat() ? FloatFamily.mul(d, type) : IntegerFamily.mul(d, type);
  }

  private static Decoded mad(Decoding d) {
    PtxType type = d.type();
    return type.isFloat() ? FloatFamily.fma(d, type) : IntegerFamily.mad(d, type);
  }

  private static Decoded div(Decoding d) {
    PtxType type = d.type();
    return type.isFloat() ? FloatFamily.div(d, type) : IntegerFamily.div(d, type);
  }

  private static Decoded abs(Decoding d) {
    PtxType type = d.type();
    if (HalfFamily.isHalf(type)) {
      return HalfFamily.abs(d, type);
    }
    return type.isFloat() ? FloatFamily.abs(d, type) : IntegerFamily.abs(d, type);
  }

  private static Decoded neg(Decoding d) {
    PtxType type = d.type();
    if (HalfFamily.isHalf(type)) {
      return HalfFamily.neg(d, type);
    }
    return type.isFloat() ? FloatFamily.neg(d, type) : IntegerFamily.neg(d, type);
  }

  private static Decoded minMax(Decoding d, boolean max) {
    PtxType type = d.type();
    if (HalfFamily.isHalf(type)) {
      return HalfFamily.minMax(d, type, max);
    }
    return type.isFloat() ? FloatFamily.minMax(d, type, max) : IntegerFamily.minMax(d, type, max);
  }
}
