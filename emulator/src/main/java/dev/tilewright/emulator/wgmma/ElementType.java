package dev.tilewright.emulator.wgmma;

import dev.tilewright.emulator.numeric.FloatFormat;
import java.util.stream.IntStream;

/** What the elements of A and B are. */
public enum ElementType {
  F16(16),
  BF16(16),
  /** 32 bits of which the 13 lowest are ignored. */
  TF32(32),
  E4M3(8),
  E5M2(8),
  S8(8),
  U8(8),
  /** Single bits; a product is their conjunction. */
  B1(1);

  private static final double[] E4M3_VALUES = values(FloatFormat.E4M3);
  private static final double[] E5M2_VALUES = values(FloatFormat.E5M2);

  private final int bits;

  ElementType(int bits) {
    this.bits = bits;
  }

  private static double[] values(FloatFormat format) {
    return IntStream.range(0, 256).mapToDouble(format::decode).toArray();
  }

  public int bits() {
    return bits;
  }

  /** Elements in a 32-bit register. */
  public int perWord() {
    return 32 / bits;
  }

  /** Elements along k that one instruction multiplies: 32 bytes of them. */
  public int depth() {
    return 256 / bits;
  }

  /** Whether the operand may lie with m (or n) contiguous: 16-bit types only. */
  public boolean transposable() {
    return bits == 16;
  }

  /** Puts the elements of a register, the first in the lowest bits, {@code stride} apart. */
  public void decode(int word, double[] to, int at, int stride) {
    switch (this) {
      case F16 -> {
        to[at] = Float.float16ToFloat((short) word);
        to[at + stride] = Float.float16ToFloat((short) (word >>> 16));
      }
      case BF16 -> {
        to[at] = Float.intBitsToFloat(word << 16);
        to[at + stride] = Float.intBitsToFloat(word & 0xffff0000);
      }
      case TF32 -> to[at] = Float.intBitsToFloat(word & 0xffffe000);
      case E4M3 -> lookUp(E4M3_VALUES, word, to, at, stride);
      case E5M2 -> lookUp(E5M2_VALUES, word, to, at, stride);
      case S8 -> {
        for (int e = 0; e < 4; e++) {
          to[at + e * stride] = (byte) (word >>> 8 * e);
        }
      }
      case U8 -> {
        for (int e = 0; e < 4; e++) {
          to[at + e * stride] = word >>> 8 * e & 0xff;
        }
      }
      case B1 -> {
        for (int e = 0; e < 32; e++) {
          to[at + e * stride] = word >>> e & 1;
        }
      }
    }
  }

  private static void lookUp(double[] values, int word, double[] to, int at, int stride) {
    for (int e = 0; e < 4; e++) {
      to[at + e * stride] = values[word >>> 8 * e & 0xff];
    }
  }
}
