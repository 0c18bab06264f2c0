package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.emulator.wgmma.MatrixDescriptor;
import dev.tilewright.emulator.wgmma.MatrixDescriptor.Swizzle;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Matrix descriptors with any strides, against the address of every element: linear in its row (mn)
 * and k, then bits 7 and up added to bits 4 and up.
 */
class MatrixDescriptorTest {
  private static int swizzled(int address, Swizzle swizzle) {
    int mask =
        switch (swizzle) {
          case NONE -> 0;
          case BYTES_32 -> 1;
          case BYTES_64 -> 3;
          case BYTES_128 -> 7;
        };
    return address ^ (address >> 7 & mask) << 4;
  }

  private static int width(Swizzle swizzle) {
    return switch (swizzle) {
      case NONE -> 16;
      case BYTES_32 -> 32;
      case BYTES_64 -> 64;
      case BYTES_128 -> 128;
    };
  }

  private static long encode(int start, int leading, int stride, Swizzle swizzle) {
    int mode =
        switch (swizzle) {
          case NONE -> 0;
          case BYTES_128 -> 1;
          case BYTES_64 -> 2;
          case BYTES_32 -> 3;
        };
    return start >> 4
        | (long) (leading >> 4) << 16
        | (long) (stride >> 4) << 32
        | (long) mode << 62;
  }

  @Property
  void everyElementHasItsAddress(
      @ForAll @IntRange(max = 3) int mode,
      @ForAll @IntRange(max = 255) int start,
      @ForAll @IntRange(max = 200) int leading,
      @ForAll @IntRange(max = 200) int stride,
      @ForAll @IntRange(min = 1, max = 32) int groups,
      @ForAll boolean kMajor,
      @ForAll @IntRange(max = 2) int size) {
    Swizzle swizzle = Swizzle.values()[mode];
    int w = width(swizzle);
    // Only 16-bit elements may lie MN-major.
    int es = kMajor ? 1 << size : 2;
    int rows = 8 * groups;
    int lbo = 16 * leading;
    int sbo = 16 * stride;
    int base = 1024 * (start & 63) + (kMajor ? start * 32 % w : 0);
    MatrixDescriptor descriptor = MatrixDescriptor.of(encode(base, lbo, sbo, swizzle));
    assertEquals(new MatrixDescriptor(base, lbo, sbo, 0, swizzle, 0), descriptor);
    int[] chunks = kMajor ? descriptor.kMajor(rows) : descriptor.mnMajor(rows);
    int t = 16 / es;
    int tm = w / es;
    for (int mn = 0; mn < rows; mn++) {
      for (int k = 0; k < 32 / es; k++) {
        int offset;
        if (kMajor) {
          offset =
              swizzle == Swizzle.NONE
                  ? mn / 8 * sbo + mn % 8 * 16 + k / t * lbo + k % t * es
                  : mn / 8 * sbo + mn % 8 * w + k * es;
        } else {
          offset =
              swizzle == Swizzle.NONE
                  ? mn / t * sbo + mn % t * es + k % 8 * 16 + k / 8 * lbo
                  : mn / tm * lbo + mn % tm * es + k % 8 * w + k / 8 * sbo;
        }
        int actual =
            kMajor ? chunks[2 * mn + k / t] + k % t * es : chunks[mn / 8 * 16 + k] + mn % 8 * es;
        assertEquals(swizzled(base + offset, swizzle), actual, "row " + mn + " k " + k);
      }
    }
    if (!kMajor || swizzle == Swizzle.NONE || base % w + 32 <= w) {
      assertEquals(List.of(), descriptor.problems(kMajor));
    }
  }

  /** Packed operands fill their bytes exactly once. */
  @Property
  void packedOperandsOverlapNowhere(
      @ForAll @IntRange(max = 3) int mode,
      @ForAll @IntRange(min = 1, max = 32) int groups,
      @ForAll boolean kMajor) {
    Swizzle swizzle = Swizzle.values()[mode];
    int rows = 8 * groups;
    int w = width(swizzle);
    int lbo = swizzle == Swizzle.NONE ? 16 * rows : 16 * w;
    int sbo = swizzle == Swizzle.NONE ? 128 : 8 * w;
    MatrixDescriptor descriptor = MatrixDescriptor.of(encode(0, lbo, sbo, swizzle));
    Set<Integer> seen = new HashSet<>();
    for (int chunk : kMajor ? descriptor.kMajor(rows) : descriptor.mnMajor(rows)) {
      seen.add(chunk);
    }
    assertEquals(2 * rows, seen.size());
  }

  /** What starts in the middle of the pattern says so; the pattern then starts there. */
  @Test
  void theBaseOffsetMovesThePattern() {
    long aligned = encode(0x1000, 16, 1024, Swizzle.BYTES_128);
    for (int row = 0; row < 8; row++) {
      long moved = encode(0x1000 + 128 * row, 16, 1024, Swizzle.BYTES_128) | (long) row << 49;
      MatrixDescriptor descriptor = MatrixDescriptor.of(moved);
      assertEquals(List.of(), descriptor.problems(true));
      int[] expected = MatrixDescriptor.of(aligned).kMajor(8);
      int[] actual = descriptor.kMajor(8);
      for (int i = 0; i < 16; i++) {
        assertEquals(expected[i] + 128 * row, actual[i]);
      }
    }
  }
}
