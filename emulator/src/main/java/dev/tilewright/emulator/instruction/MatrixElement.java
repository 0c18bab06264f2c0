package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;

/** Between the bits of a matrix element and its value. */
final class MatrixElement {
  private MatrixElement() {}

  static double decode(long bits, PtxType type) {
    return switch (type) {
      case F16 -> Float.float16ToFloat((short) bits);
      case BF16 -> Float.intBitsToFloat((int) bits << 16);
      case TF32 -> Float.intBitsToFloat((int) bits & 0xffffe000);
      case F32 -> Float.intBitsToFloat((int) bits);
      case F64 -> Double.longBitsToDouble(bits);
      case S8 -> (byte) bits;
      case U8 -> bits & 0xff;
      case S32 -> (int) bits;
      default -> throw new IllegalArgumentException(type.toString());
    };
  }

  static long encode(double value, PtxType type, boolean saturate) {
    return switch (type) {
      case F16 -> FloatFormat.F16.encode(FloatFormat.F16.round(value, Rounding.NEAREST_EVEN));
      case F32 -> value != value ? FloatModifiers.NAN : Float.floatToRawIntBits((float) value);
      case F64 -> Double.doubleToRawLongBits(value);
      case S32 -> saturate ? (int) value : (int) (long) value;
      default -> throw new IllegalArgumentException(type.toString());
    };
  }
}
