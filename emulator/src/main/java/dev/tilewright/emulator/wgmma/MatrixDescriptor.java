package dev.tilewright.emulator.wgmma;

import java.util.ArrayList;
import java.util.List;

/**
 * Where an operand lies in shared memory (PTX ISA, "Matrix Descriptor Format" and "Shared Memory
 * Matrix Layout"). Everything is a multiple of 16 bytes, so an operand is a list of 16-byte chunks.
 * A chunk's address is first computed as if nothing were swizzled; then bits 7 and up of the
 * address are added, modulo 2, to bits 4 and up.
 *
 * <p>In an operand that is <em>K-major</em>, 16 consecutive bytes hold elements of one row of A
 * (one column of B) along k; in one that is <em>MN-major</em>, elements of one k along the rows.
 *
 * @param start address in shared memory
 * @param leading the leading dimension byte offset
 * @param stride the stride dimension byte offset
 * @param baseOffset the row of the swizzle's pattern at which the operand starts
 * @param reserved the bits that should be zero
 */
public record MatrixDescriptor(
    int start, int leading, int stride, int baseOffset, Swizzle swizzle, long reserved) {
  private static final long FIELDS = 0xc00e_3fff_3fff_3fffL;
  private static final int CHUNK = 16;

  /** The swizzling modes, in the order of their encoding. */
  public enum Swizzle {
    NONE(0),
    BYTES_128(3),
    BYTES_64(2),
    BYTES_32(1);

    private final int bits;

    Swizzle(int bits) {
      this.bits = bits;
    }

    /** Bytes that lie together in a row of the pattern. */
    public int width() {
      return CHUNK << bits;
    }

    /** Bytes after which the pattern repeats. */
    public int repeat() {
      return this == NONE ? CHUNK : 128 << bits;
    }
  }

  /** Splits the 64 bits of a descriptor. */
  public static MatrixDescriptor of(long bits) {
    return new MatrixDescriptor(
        field(bits, 0),
        field(bits, 16),
        field(bits, 32),
        (int) (bits >>> 49) & 7,
        Swizzle.values()[(int) (bits >>> 62)],
        bits & ~FIELDS);
  }

  private static int field(long bits, int at) {
    return (int) (bits >>> at & 0x3fff) << 4;
  }

  /**
   * The chunks of a K-major operand: chunk {@code 2 row + h} holds the elements of that row in the
   * first or second half of k.
   */
  public int[] kMajor(int rows) {
    int[] chunks = new int[2 * rows];
    int half = swizzle == Swizzle.NONE ? leading : CHUNK;
    for (int row = 0; row < rows; row++) {
      int at = start + row / 8 * stride + row % 8 * swizzle.width();
      chunks[2 * row] = swizzled(at);
      chunks[2 * row + 1] = swizzled(at + half);
    }
    return chunks;
  }

  /**
   * The chunks of an MN-major operand of 16-bit elements: chunk {@code 16 group + k} holds the
   * elements of rows {@code 8 group} to {@code 8 group + 7} at that k.
   */
  public int[] mnMajor(int rows) {
    int[] chunks = new int[2 * rows];
    int together = swizzle.width() / CHUNK;
    for (int group = 0; group < rows / 8; group++) {
      int at = start;
      int upperHalf = stride;
      if (swizzle == Swizzle.NONE) {
        at += group * stride;
        upperHalf = leading;
      } else {
        at += group / together * leading + group % together * CHUNK;
      }
      for (int k = 0; k < 16; k++) {
        chunks[16 * group + k] = swizzled(at + k / 8 * upperHalf + k % 8 * swizzle.width());
      }
    }
    return chunks;
  }

  private int swizzled(int address) {
    int row = (address >>> 7) - baseOffset & (1 << swizzle.bits) - 1;
    return address ^ row << 4;
  }

  /** What is wrong with it, in words; empty if nothing. */
  public List<String> problems(boolean kMajor) {
    List<String> problems = new ArrayList<>();
    if (reserved != 0) {
      problems.add(
          "has bits 0x%x set, which are reserved on sm_90a; addresses and offsets are encoded as (x & 0x3ffff) >> 4"
              .formatted(reserved));
    }
    int width = swizzle.width();
    if (swizzle == Swizzle.NONE) {
      if (baseOffset != 0) {
        problems.add("has base offset " + baseOffset + " but no swizzle");
      }
      return problems;
    }
    int mask = (1 << swizzle.bits) - 1;
    if ((start >>> 7 & mask) != (baseOffset & mask) || (start & 127) >= width) {
      problems.add(
          "starts at 0x%x, %d bytes past a multiple of the %d-byte swizzle pattern, with base offset %d; its first row must be the first of the pattern"
              .formatted(start, start % swizzle.repeat(), swizzle.repeat(), baseOffset));
    } else if (kMajor && start % width + 2 * CHUNK > width) {
      problems.add(
          "starts at 0x%x: its 32 bytes of k leave the %d-byte row of the swizzle"
              .formatted(start, width));
    }
    return problems;
  }
}
