package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;

/** The modifiers of a floating-point instruction, and what they do to inputs and results. */
record FloatModifiers(Rounding rounding, boolean flush, boolean saturate) {
  /** The NaN that single-precision arithmetic returns. */
  static final int NAN = 0x7fffffff;

  static FloatModifiers take(Decoding d, PtxType type) {
    String mode = d.takeAny("rn", "rz", "rm", "rp");
    boolean flush = d.take("ftz");
    boolean saturate = d.take("sat");
    if (type == PtxType.F64 && (flush || saturate)) {
      throw d.unsupported(".ftz and .sat do not apply to .f64");
    }
    return new FloatModifiers(
        mode == null ? Rounding.NEAREST_EVEN : Rounding.named(mode), flush, saturate);
  }

  /** An f32 input: subnormals become zero under {@code .ftz}. */
  float input(int bits) {
    return Float.intBitsToFloat(flush ? flush(bits) : bits);
  }

  /** The bits of an f32 result. */
  int output(float value) {
    if (Float.isNaN(value)) {
      return saturate ? 0 : NAN;
    }
    float v = saturate ? Math.clamp(value, 0.0f, 1.0f) : value;
    if (saturate && v == 0) {
      v = 0.0f;
    }
    int bits = Float.floatToRawIntBits(v);
    return flush ? flush(bits) : bits;
  }

  static int flush(int bits) {
    return (bits & 0x7f800000) == 0 ? bits & 0x80000000 : bits;
  }
}
