package dev.tilewright.emulator.wgmma;

import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.numeric.Rounding;

/** What the elements of D are. */
public enum Accumulator {
  F32(1),
  /** Two to a register. */
  F16(2),
  /** Wraps around. */
  S32(1),
  /** Stops at the least and greatest value. */
  S32_SATFINITE(1);

  private static final int CANONICAL_NAN = 0x7fffffff;

  private final int perWord;

  Accumulator(int perWord) {
    this.perWord = perWord;
  }

  /** Elements in a 32-bit register. */
  public int perWord() {
    return perWord;
  }

  /** The values of a register, side by side. */
  void decode(int word, double[] to, int at) {
    switch (this) {
      case F32 -> to[at] = Float.intBitsToFloat(word);
      case F16 -> {
        to[at] = Float.float16ToFloat((short) word);
        to[at + 1] = Float.float16ToFloat((short) (word >>> 16));
      }
      case S32, S32_SATFINITE -> to[at] = word;
    }
  }

  /** The register that holds rounded values. */
  int encode(double[] from, int at) {
    double x = from[at];
    return switch (this) {
      case F32 -> x != x ? CANONICAL_NAN : Float.floatToRawIntBits((float) x);
      case F16 -> FloatFormat.F16.encode(x) | FloatFormat.F16.encode(from[at + 1]) << 16;
      case S32, S32_SATFINITE -> (int) x;
    };
  }

  /** Rounds sums to values of this type. */
  void round(double[] sums, int count) {
    switch (this) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          sums[i] = (float) sums[i];
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          sums[i] = FloatFormat.F16.round(sums[i], Rounding.NEAREST_EVEN);
        }
      }
      case S32 -> {
        for (int i = 0; i < count; i++) {
          sums[i] = (int) (long) sums[i];
        }
      }
      case S32_SATFINITE -> {
        for (int i = 0; i < count; i++) {
          sums[i] = (int) sums[i];
        }
      }
    }
  }
}
