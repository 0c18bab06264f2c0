package dev.tilewright.dtype;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Dense storage of elements of any width: one little-endian stream of bits. Element {@code i} of
 * width {@code w} is the bits {@code i·w .. i·w+w-1}, lowest first, where bit {@code b} of the
 * stream is bit {@code b mod 8} of byte {@code b/8}. Elements may cross bytes; there is no padding
 * between them. For widths of 8, 16, 32 and 64 this is an ordinary little-endian array.
 *
 * <p>Codes are zero-extended when read; when written only their low {@code w} bits count. Widths
 * are 1 to 64. An access outside the segment throws {@link IndexOutOfBoundsException}.
 */
public final class Packing {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Packing() {}

  /**
   * The bytes that {@code count} elements take, the last one filled up with zero bits.
   *
   * @throws ArithmeticException if the number of bits does not fit a {@code long}
   */
  public static long bytes(int width, long count) {
    checkWidth(width);
    return Math.ceilDiv(Math.multiplyExact(width, count), Byte.SIZE);
  }

  /** Element {@code index} of the stream that starts at the segment's first byte. */
  public static long get(MemorySegment from, int width, long index) {
    checkWidth(width);
    long bit = Math.multiplyExact(width, index);
    int shift = (int) (bit & 7);
    long first = bit >>> 3;
    long last = (bit + width - 1) >>> 3;
    long code = 0;
    for (long at = last; at >= first; at--) {
      // The ninth byte of a wide element shifts the lowest one out; it is added below.
      code = code << Byte.SIZE | Byte.toUnsignedLong(from.get(BYTE, at));
    }
    if (last - first == Long.BYTES) {
      long high = Byte.toUnsignedLong(from.get(BYTE, last));
      return (code >>> shift | high << (Long.SIZE - shift)) & mask(width);
    }
    return code >>> shift & mask(width);
  }

  /** Replaces element {@code index} and nothing else. */
  public static void set(MemorySegment to, int width, long index, long code) {
    checkWidth(width);
    long bit = Math.multiplyExact(width, index);
    long rest = code & mask(width);
    int left = width;
    int shift = (int) (bit & 7);
    for (long at = bit >>> 3; left > 0; at++) {
      int here = Math.min(Byte.SIZE - shift, left);
      int hole = (1 << here) - 1;
      int kept = to.get(BYTE, at) & ~(hole << shift);
      to.set(BYTE, at, (byte) (kept | (int) (rest & hole) << shift));
      rest >>>= here;
      left -= here;
      shift = 0;
    }
  }

  /** Writes all codes from the segment's first byte on; bits left in the last byte become zero. */
  public static void pack(int width, long[] codes, MemorySegment to) {
    long bytes = bytes(width, codes.length);
    Objects.checkFromIndexSize(0, bytes, to.byteSize());
    long mask = mask(width);
    long buffer = 0;
    int filled = 0;
    long at = 0;
    for (long element : codes) {
      long code = element & mask;
      buffer |= code << filled;
      filled += width;
      if (filled >= Long.SIZE) {
        to.set(WORD, at, buffer);
        at += Long.BYTES;
        filled -= Long.SIZE;
        buffer = filled == 0 ? 0 : code >>> (width - filled);
      }
    }
    for (; at < bytes; at++) {
      to.set(BYTE, at, (byte) buffer);
      buffer >>>= Byte.SIZE;
    }
  }

  /** All codes as a stream of {@link #bytes} bytes. */
  public static byte[] pack(int width, long[] codes) {
    byte[] packed = new byte[Math.toIntExact(bytes(width, codes.length))];
    pack(width, codes, MemorySegment.ofArray(packed));
    return packed;
  }

  /** Reads {@code codes.length} elements from the segment's first byte on. */
  public static void unpack(int width, MemorySegment from, long[] codes) {
    long bytes = bytes(width, codes.length);
    Objects.checkFromIndexSize(0, bytes, from.byteSize());
    long mask = mask(width);
    long buffer = 0;
    int filled = 0;
    long at = 0;
    for (int i = 0; i < codes.length; i++) {
      long code = buffer;
      if (filled < width) {
        int fresh;
        if (bytes - at >= Long.BYTES) {
          buffer = from.get(WORD, at);
          fresh = Long.SIZE;
        } else {
          buffer = 0;
          for (long tail = bytes - 1; tail >= at; tail--) {
            buffer = buffer << Byte.SIZE | Byte.toUnsignedLong(from.get(BYTE, tail));
          }
          fresh = (int) (bytes - at) * Byte.SIZE;
        }
        at += fresh / Byte.SIZE;
        code |= buffer << filled;
        int taken = width - filled;
        buffer = taken == Long.SIZE ? 0 : buffer >>> taken;
        filled = fresh - taken;
      } else {
        buffer = width == Long.SIZE ? 0 : buffer >>> width;
        filled -= width;
      }
      codes[i] = code & mask;
    }
  }

  /** The elements of a whole stream; the last byte may hold up to seven unused bits. */
  public static long[] unpack(int width, byte[] packed, int count) {
    long[] codes = new long[count];
    unpack(width, MemorySegment.ofArray(packed), codes);
    return codes;
  }

  // ---------------------------------------------------------------- bytes

  /**
   * Replaces the elements from {@code first} on by codes that lie one in a byte, and nothing else.
   * Eight elements at a time: they are {@code width} whole bytes.
   *
   * @param width 1 to 8
   */
  public static void packBytes(int width, byte[] codes, MemorySegment to, long first) {
    checkBytes(width, codes.length, to, first);
    int at = 0;
    for (; at < codes.length && (first + at) % GROUP != 0; at++) {
      set(to, width, first + at, codes[at]);
    }
    long byteAt = (first + at) / GROUP * width;
    int groups = (codes.length - at) / GROUP;
    long end = byteAt + (long) groups * width;
    MemorySegment source = MemorySegment.ofArray(codes);
    Gather gather = new Gather(width);
    // A word is written for each group; the bytes above belong to the groups that follow.
    for (; byteAt + Long.BYTES <= end; at += GROUP, byteAt += width) {
      to.set(WORD, byteAt, gather.close(source.get(WORD, at)));
    }
    for (; byteAt < end; at += GROUP) {
      long group = gather.close(source.get(WORD, at));
      for (int i = 0; i < width; i++, byteAt++) {
        to.set(BYTE, byteAt, (byte) (group >>> Byte.SIZE * i));
      }
    }
    for (; at < codes.length; at++) {
      set(to, width, first + at, codes[at]);
    }
  }

  /**
   * Reads the elements from {@code first} on, one into each byte.
   *
   * @param width 1 to 8
   */
  public static void unpackBytes(int width, MemorySegment from, long first, byte[] codes) {
    checkBytes(width, codes.length, from, first);
    int at = 0;
    for (; at < codes.length && (first + at) % GROUP != 0; at++) {
      codes[at] = (byte) get(from, width, first + at);
    }
    long byteAt = (first + at) / GROUP * width;
    MemorySegment target = MemorySegment.ofArray(codes);
    Gather gather = new Gather(width);
    for (;
        codes.length - at >= GROUP && from.byteSize() - byteAt >= Long.BYTES;
        at += GROUP, byteAt += width) {
      target.set(WORD, at, gather.open(from.get(WORD, byteAt)));
    }
    for (; at < codes.length; at++) {
      codes[at] = (byte) get(from, width, first + at);
    }
  }

  private static final int GROUP = 8;

  /**
   * Eight fields of {@code width} bits, one in each byte of a word or one after the other:
   * neighbours are joined to pairs, these to fours, and these to eight.
   *
   * @param apart the bits between two fields in neighbouring bytes
   * @param one the lower field of every pair
   * @param two the lower pair of every four
   * @param four the lower four
   */
  private record Gather(int apart, long one, long two, long four) {
    Gather(int width) {
      this(
          Byte.SIZE - width,
          mask(width) * 0x0001_0001_0001_0001L,
          mask(2 * width) * 0x0000_0001_0000_0001L,
          mask(4 * width));
    }

    long close(long bytes) {
      long x = (bytes & one) | (bytes >>> apart & one << Byte.SIZE - apart);
      x = (x & two) | (x >>> 2 * apart & two << 2 * (Byte.SIZE - apart));
      return (x & four) | (x >>> 4 * apart & four << 4 * (Byte.SIZE - apart));
    }

    long open(long dense) {
      long x = (dense & four) | (dense << 4 * apart & four << Integer.SIZE);
      x = (x & two) | (x << 2 * apart & two << Short.SIZE);
      return (x & one) | (x << apart & one << Byte.SIZE);
    }
  }

  private static void checkBytes(int width, int count, MemorySegment segment, long first) {
    checkWidth(width);
    if (width > Byte.SIZE) {
      throw new IllegalArgumentException("a byte holds no code of " + width + " bits");
    }
    if (first < 0) {
      throw new IndexOutOfBoundsException("there is no element " + first);
    }
    Objects.checkFromIndexSize(0, bytes(width, first + count), segment.byteSize());
  }

  private static long mask(int width) {
    return -1L >>> (Long.SIZE - width);
  }

  private static void checkWidth(int width) {
    if (width < 1 || width > Long.SIZE) {
      throw new IllegalArgumentException("an element has 1 to 64 bits, not " + width);
    }
  }
}
