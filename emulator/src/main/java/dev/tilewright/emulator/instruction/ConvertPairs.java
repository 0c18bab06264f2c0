package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;
import org.jspecify.annotations.Nullable;

/** {@code cvt} to and from pairs of narrow floats, and {@code cvt.pack}. */
final class ConvertPairs {
  private ConvertPairs() {}

  static boolean isPair(PtxType type) {
    return smallFormat(type) != null;
  }

  private static @Nullable FloatFormat smallFormat(PtxType type) {
    return switch (type) {
      case F16X2 -> FloatFormat.F16;
      case BF16X2 -> FloatFormat.BF16;
      case E4M3X2 -> FloatFormat.E4M3;
      case E5M2X2 -> FloatFormat.E5M2;
      default -> null;
    };
  }

  /** {@code d, a, b} with a becoming the upper half, or a pair of halves to a pair of bytes. */
  static Decoded narrow(
      Decoding d, PtxType to, PtxType from, Rounding rounding, boolean relu, boolean finite) {
    FloatFormat format = java.util.Objects.requireNonNull(smallFormat(to));
    if (from == PtxType.F32 && d.count() == 3) {
      return packTwo(d, format, rounding, relu, finite);
    }
    if (isPair(from) && !narrower(to, from)) {
      return widen(d, to, from, relu);
    }
    return narrowPair(d, format, from, relu);
  }

  /** Whether the conversion makes the elements narrower. */
  private static boolean narrower(PtxType to, PtxType from) {
    return to.bits() < from.bits();
  }

  private static int narrow(
      double x, FloatFormat format, Rounding rounding, boolean relu, boolean finite) {
    double v = relu && x < 0 ? 0.0 : x;
    if (relu && v == 0) {
      v = 0.0;
    }
    return format.encode(finite ? format.roundSaturating(v, rounding) : format.round(v, rounding));
  }

  private static Decoded packTwo(
      Decoding d, FloatFormat format, Rounding rounding, boolean relu, boolean finite) {
    boolean eightBit = format == FloatFormat.E4M3 || format == FloatFormat.E5M2;
    if (eightBit && !finite) {
      throw d.unsupported("8-bit floats need .satfinite");
    }
    int shift = eightBit ? 8 : 16;
    return Decoded.of(
        Counter.CONVERT,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.F32),
            d.word(2, PtxType.F32),
            (a, b) ->
                narrow(Float.intBitsToFloat(a), format, rounding, relu, finite) << shift
                    | narrow(Float.intBitsToFloat(b), format, rounding, relu, finite)));
  }

  private static Decoded narrowPair(Decoding d, FloatFormat format, PtxType from, boolean relu) {
    d.needOperands(2);
    FloatFormat source = smallFormat(from);
    if (source == null) {
      throw d.unsupported("from ." + from);
    }
    return Decoded.of(
        Counter.CONVERT,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.B32),
            a ->
                narrow(source.decode(a >>> 16), format, Rounding.NEAREST_EVEN, relu, true) << 8
                    | narrow(
                        source.decode(a & 0xffff), format, Rounding.NEAREST_EVEN, relu, true)));
  }

  static Decoded widen(Decoding d, PtxType to, PtxType from, boolean relu) {
    d.needOperands(2);
    FloatFormat source = java.util.Objects.requireNonNull(smallFormat(from));
    FloatFormat format = smallFormat(to);
    if (format == null) {
      throw d.unsupported("to ." + to);
    }
    return Decoded.of(
        Counter.CONVERT,
        Lanes.words(
            d.wordOut(0),
            d.word(1, PtxType.B16),
            a ->
                narrow(source.decode(a >>> 8 & 0xff), format, Rounding.NEAREST_EVEN, relu, false)
                        << 16
                    | narrow(source.decode(a & 0xff), format, Rounding.NEAREST_EVEN, relu, false)));
  }

  /** {@code cvt.pack.sat}: two saturated values, and for 8 bits and less a third operand above. */
  static Decoded pack(Decoding d) {
    d.need("sat");
    String name = d.takeAny("u2", "s2");
    PtxType to = name == null ? d.type() : PtxType.U4;
    int bits = name == null ? to.bits() : 2;
    boolean signed = name == null ? to.isSigned() : name.equals("s2");
    d.need("s32");
    long max = signed ? (1L << (bits - 1)) - 1 : (1L << bits) - 1;
    long min = signed ? -max - 1 : 0;
    int field = (1 << bits) - 1;
    int out = d.wordOut(0);
    int a = d.word(1, PtxType.S32);
    int b = d.word(2, PtxType.S32);
    if (bits == 16) {
      d.needOperands(3);
      return Decoded.of(
          Counter.CONVERT,
          Lanes.words(
              out,
              a,
              b,
              (x, y) ->
                  ((int) Math.clamp((long) x, min, max) & field) << 16
                      | (int) Math.clamp((long) y, min, max) & field));
    }
    d.need("b32");
    d.needOperands(4);
    return Decoded.of(
        Counter.CONVERT,
        Lanes.words(
            out,
            a,
            b,
            d.word(3, PtxType.B32),
            (x, y, z) ->
                z << 2 * bits
                    | ((int) Math.clamp((long) x, min, max) & field) << bits
                    | (int) Math.clamp((long) y, min, max) & field));
  }
}
