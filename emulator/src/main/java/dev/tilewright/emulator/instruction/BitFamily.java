package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** Bit counting, bit fields and dot products of the integer family. */
final class BitFamily {
  private BitFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("popc", d -> count(d, Integer::bitCount, Long::bitCount));
    families.put("clz", d -> count(d, Integer::numberOfLeadingZeros, Long::numberOfLeadingZeros));
    families.put("brev", d -> IntegerFamily.unary(d, d.type(), Integer::reverse, Long::reverse));
    families.put("bfind", BitFamily::bfind);
    families.put("bfe", BitFamily::bfe);
    families.put("bfi", BitFamily::bfi);
    families.put("bmsk", BitFamily::bmsk);
    families.put("szext", BitFamily::szext);
    families.put("fns", BitFamily::fns);
    families.put("dp4a", BitFamily::dp4a);
    families.put("dp2a", BitFamily::dp2a);
  }

  private static Decoded count(
      Decoding d, java.util.function.IntUnaryOperator f, Lanes.LongToInt g) {
    PtxType type = d.type();
    d.needOperands(2);
    return Decoded.of(
        Counter.INTEGER,
        type.bits() == 64
            ? Lanes.longToWord(d.wordOut(0), d.wide(1, type), g)
            : Lanes.words(d.wordOut(0), d.word(1, type), f));
  }

  /** The position of the most significant non-sign bit, or all ones. */
  private static Decoded bfind(Decoding d) {
    boolean shiftAmount = d.take("shiftamt");
    PtxType type = d.type();
    d.needOperands(2);
    boolean signed = type.isSigned();
    if (type.bits() == 64) {
      return Decoded.of(
          Counter.INTEGER,
          Lanes.longToWord(
              d.wordOut(0),
              d.wide(1, type),
              a -> {
                long x = signed && a < 0 ? ~a : a;
                int zeros = Long.numberOfLeadingZeros(x);
                return x == 0 ? -1 : shiftAmount ? zeros : 63 - zeros;
              }));
    }
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            a -> {
              int x = signed && a < 0 ? ~a : a;
              int zeros = Integer.numberOfLeadingZeros(x);
              return x == 0 ? -1 : shiftAmount ? zeros : 31 - zeros;
            }));
  }

  private static Decoded bfe(Decoding d) {
    PtxType type = d.type();
    d.needOperands(4);
    int start = d.word(2, PtxType.U32);
    int length = d.word(3, PtxType.U32);
    boolean signed = type.isSigned();
    if (type.bits() == 64) {
      int out = d.wideOut(0);
      int a = d.wide(1, type);
      return Decoded.of(
          Counter.INTEGER,
          (warp, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
              int lane = Integer.numberOfTrailingZeros(m);
              warp.longs[out + lane] =
                  extract(
                      warp.longs[a + lane],
                      warp.words[start + lane] & 0xff,
                      warp.words[length + lane] & 0xff,
                      64,
                      signed);
            }
          });
    }
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            start,
            length,
            (a, s, l) ->
                (int) extract(signed ? a : a & 0xffffffffL, s & 0xff, l & 0xff, 32, signed)));
  }

  /** Bits beyond the most significant one are the sign (or zero); so is an empty field's value. */
  private static long extract(long value, int start, int length, int width, boolean signed) {
    if (length == 0) {
      return 0;
    }
    // With the value sign- or zero-extended to 64 bits, shifting brings in the right bits.
    long shifted =
        start >= 64 ? (signed ? value >> 63 : 0) : signed ? value >> start : value >>> start;
    if (length >= width || length >= 64) {
      return shifted;
    }
    long field = shifted & ((1L << length) - 1);
    if (!signed) {
      return field;
    }
    int top = Math.min(start + length - 1, width - 1);
    boolean negative = (value >>> top & 1) != 0;
    return negative ? field | -1L << length : field;
  }

  private static Decoded bfi(Decoding d) {
    PtxType type = d.type();
    d.needOperands(5);
    int start = d.word(3, PtxType.U32);
    int length = d.word(4, PtxType.U32);
    boolean wide = type.bits() == 64;
    int out = wide ? d.wideOut(0) : d.wordOut(0);
    int a = wide ? d.wide(1, type) : d.word(1, type);
    int b = wide ? d.wide(2, type) : d.word(2, type);
    return Decoded.of(
        Counter.INTEGER,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            int s = warp.words[start + lane] & 0xff;
            int l = warp.words[length + lane] & 0xff;
            if (wide) {
              warp.longs[out + lane] = insert(warp.longs[a + lane], warp.longs[b + lane], s, l);
            } else {
              warp.words[out + lane] =
                  (int) insert(warp.words[a + lane], warp.words[b + lane], s, l);
            }
          }
        });
  }

  private static long insert(long a, long b, int start, int length) {
    if (start >= 64 || length == 0) {
      return b;
    }
    long field = (length >= 64 ? -1L : (1L << length) - 1) << start;
    return b & ~field | a << start & field;
  }

  /** {@code bmsk}: a mask of b bits from bit a. */
  private static Decoded bmsk(Decoding d) {
    boolean clamp = d.need("clamp", "wrap").equals("clamp");
    PtxType type = d.type();
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            (a, b) -> {
              int start = clamp ? clampTo32(a) : a & 31;
              int width = clamp ? clampTo32(b) : b & 31;
              long mask = ((1L << width) - 1) << start;
              return (int) mask;
            }));
  }

  private static int clampTo32(int unsigned) {
    return Integer.compareUnsigned(unsigned, 32) > 0 ? 32 : unsigned;
  }

  private static Decoded szext(Decoding d) {
    boolean clamp = d.need("clamp", "wrap").equals("clamp");
    PtxType type = d.type();
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            (a, b) -> {
              int width = clamp ? clampTo32(b) : b & 31;
              if (width == 0) {
                return 0;
              }
              int shift = 32 - width;
              return type.isSigned() ? a << shift >> shift : a << shift >>> shift;
            }));
  }

  /** {@code fns}: the n-th set bit of a mask, counting from a base. */
  private static Decoded fns(Decoding d) {
    d.type();
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.B32),
            d.word(2, PtxType.B32),
            d.word(3, PtxType.S32),
            BitFamily::nthSetBit));
  }

  private static int nthSetBit(int mask, int base, int offset) {
    if (offset == 0) {
      return base >= 0 && base < 32 && (mask >>> base & 1) != 0 ? base : -1;
    }
    int step = offset > 0 ? 1 : -1;
    int wanted = Math.abs(offset);
    int seen = 0;
    for (int position = base; position >= 0 && position < 32; position += step) {
      if ((mask >>> position & 1) != 0 && ++seen == wanted) {
        return position;
      }
    }
    return -1;
  }

  /** The type of each of two operands, as in {@code dp4a.u32.s32}. */
  private static Decoded dp4a(Decoding d) {
    boolean signedA = d.type().isSigned();
    boolean signedB = d.hasType() && d.type().isSigned();
    d.needOperands(4);
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.B32),
            d.word(2, PtxType.B32),
            d.word(3, PtxType.B32),
            (a, b, c) -> {
              int sum = c;
              for (int i = 0; i < 32; i += 8) {
                sum += byteAt(a, i, signedA) * byteAt(b, i, signedB);
              }
              return sum;
            }));
  }

  private static Decoded dp2a(Decoding d) {
    int first = d.need("lo", "hi").equals("lo") ? 0 : 16;
    boolean signedA = d.type().isSigned();
    boolean signedB = d.hasType() && d.type().isSigned();
    d.needOperands(4);
    return Decoded.of(
        Counter.INTEGER,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.B32),
            d.word(2, PtxType.B32),
            d.word(3, PtxType.B32),
            (a, b, c) -> {
              int low = signedA ? (short) a : a & 0xffff;
              int high = signedA ? a >> 16 : a >>> 16;
              return c + low * byteAt(b, first, signedB) + high * byteAt(b, first + 8, signedB);
            }));
  }

  private static int byteAt(int word, int shift, boolean signed) {
    return signed ? (byte) (word >>> shift) : word >>> shift & 0xff;
  }
}
