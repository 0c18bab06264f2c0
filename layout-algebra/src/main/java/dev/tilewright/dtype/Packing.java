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

  private static long mask(int width) {
    return -1L >>> (Long.SIZE - width);
  }

  private static void checkWidth(int width) {
    if (width < 1 || width > Long.SIZE) {
      throw new IllegalArgumentException("an element has 1 to 64 bits, not " + width);
    }
  }
}
