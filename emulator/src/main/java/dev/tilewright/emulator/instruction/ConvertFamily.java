package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;

/** {@code cvt} of scalars (PTX ISA, "Data Movement and Conversion Instructions"). */
final class ConvertFamily {
  private ConvertFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("cvt", ConvertFamily::cvt);
  }

  private static Decoded cvt(Decoding d) {
    if (d.take("pack")) {
      return ConvertPairs.pack(d);
    }
    String mode = d.takeAny("rn", "rz", "rm", "rp", "rna", "rni", "rzi", "rmi", "rpi");
    boolean integral = mode != null && mode.endsWith("i");
    Rounding rounding = mode == null ? Rounding.NEAREST_EVEN : Rounding.named(mode);
    boolean flush = d.take("ftz");
    boolean relu = d.take("relu");
    boolean finite = d.take("satfinite");
    boolean saturate = d.take("sat");
    PtxType to = d.type();
    PtxType from = d.type();
    if (ConvertPairs.isPair(to)) {
      return ConvertPairs.narrow(d, to, from, rounding, relu, finite);
    }
    if (ConvertPairs.isPair(from)) {
      return ConvertPairs.widen(d, to, from, relu);
    }
    d.needOperands(2);
    if (to.isFloat() && from.isFloat()) {
      return floatToFloat(d, to, from, rounding, integral, flush, saturate, relu, finite);
    }
    if (to.isFloat()) {
      return integerToFloat(d, to, from, rounding, saturate);
    }
    if (from.isFloat()) {
      return floatToInteger(d, to, from, rounding, flush);
    }
    return integerToInteger(d, to, from, saturate);
  }

  // ---- scalars

  private static FloatFormat format(Decoding d, PtxType type) {
    return switch (type) {
      case F16 -> FloatFormat.F16;
      case BF16 -> FloatFormat.BF16;
      case TF32 -> FloatFormat.TF32;
      case F32 -> FloatFormat.F32;
      default -> throw d.unsupported("type ." + type);
    };
  }

  private static Decoded floatToFloat(
      Decoding d,
      PtxType to,
      PtxType from,
      Rounding rounding,
      boolean integral,
      boolean flush,
      boolean saturate,
      boolean relu,
      boolean finite) {
    java.util.function.DoubleUnaryOperator shape =
        x -> {
          double v = integral ? rounding.integral(x) : x;
          if (saturate) {
            v = v != v ? 0.0 : Math.clamp(v, 0.0, 1.0);
            v = v == 0 ? 0.0 : v;
          }
          return relu && v <= 0 ? 0.0 : v;
        };
    boolean flushInput = flush && from == PtxType.F32;
    boolean flushOutput = flush && to == PtxType.F32;
    if (from == PtxType.F64 && to == PtxType.F64) {
      return Decoded.of(
          Counter.CONVERT,
          Lanes.longs(
              d.wideOut(0),
              d.wide(1, from),
              a -> FloatFamily.bits(shape.applyAsDouble(FloatFamily.value(a)))));
    }
    if (to == PtxType.F64) {
      FloatFormat source = format(d, from);
      return Decoded.of(
          Counter.CONVERT,
          Lanes.wordToLong(
              d.wideOut(0),
              d.word(1, from),
              a -> FloatFamily.bits(shape.applyAsDouble(decode(source, a, flushInput)))));
    }
    FloatFormat target = format(d, to);
    // The modes of an integral rounding have done their work; what is left is exact or nearest.
    Rounding last = integral ? Rounding.NEAREST_EVEN : rounding;
    if (from == PtxType.F64) {
      return Decoded.of(
          Counter.CONVERT,
          Lanes.longToWord(
              d.wordOut(0),
              d.wide(1, from),
              a ->
                  encode(
                      target,
                      shape.applyAsDouble(FloatFamily.value(a)),
                      last,
                      finite,
                      flushOutput)));
    }
    FloatFormat source = format(d, from);
    int out = d.wordOut(0);
    int in = d.word(1, from);
    boolean plain = !integral && !saturate && !relu && !finite && !flush;
    if (plain && to == PtxType.F16 && from == PtxType.F32 && last == Rounding.NEAREST_EVEN) {
      return Decoded.of(
          Counter.CONVERT,
          Lanes.words(
              out,
              in,
              a -> {
                float x = Float.intBitsToFloat(a);
                return x != x ? 0x7fff : Float.floatToFloat16(x) & 0xffff;
              }));
    }
    return Decoded.of(
        Counter.CONVERT,
        Lanes.words(
            out,
            in,
            a ->
                encode(
                    target,
                    shape.applyAsDouble(decode(source, a, flushInput)),
                    last,
                    finite,
                    flushOutput)));
  }

  private static double decode(FloatFormat format, int bits, boolean flush) {
    if (format == FloatFormat.F32 || format == FloatFormat.TF32) {
      return Float.intBitsToFloat(flush ? FloatModifiers.flush(bits) : bits);
    }
    if (format == FloatFormat.F16) {
      return Float.float16ToFloat((short) bits);
    }
    return Float.intBitsToFloat(bits << 16);
  }

  private static int encode(
      FloatFormat format, double x, Rounding rounding, boolean finite, boolean flush) {
    double r = finite ? format.roundSaturating(x, rounding) : format.round(x, rounding);
    if (format == FloatFormat.F32 || format == FloatFormat.TF32) {
      int bits = r != r ? FloatModifiers.NAN : Float.floatToRawIntBits((float) r);
      return flush ? FloatModifiers.flush(bits) : bits;
    }
    return format.encode(r);
  }

  private static Decoded integerToFloat(
      Decoding d, PtxType to, PtxType from, Rounding rounding, boolean saturate) {
    Lanes.LongToInt toWord = null;
    if (to != PtxType.F64) {
      FloatFormat target = format(d, to);
      toWord =
          v -> {
            double x = sticky(v, from);
            return encode(target, saturate ? Math.clamp(x, 0.0, 1.0) : x, rounding, false, false);
          };
    }
    if (from.bits() == 64) {
      int in = d.wide(1, from);
      return Decoded.of(
          Counter.CONVERT,
          toWord != null
              ? Lanes.longToWord(d.wordOut(0), in, toWord)
              : Lanes.longs(d.wideOut(0), in, v -> FloatFamily.bits(toDouble(v, from, rounding))));
    }
    Action.Step step;
    Source source = source(d, 1);
    if (toWord != null) {
      Lanes.LongToInt f = toWord;
      int out = d.wordOut(0);
      step =
          (warp, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
              int lane = Integer.numberOfTrailingZeros(m);
              warp.words[out + lane] = f.apply(extend(source.get(warp, lane), from));
            }
          };
    } else {
      int out = d.wideOut(0);
      step =
          (warp, mask) -> {
            for (int m = mask; m != 0; m &= m - 1) {
              int lane = Integer.numberOfTrailingZeros(m);
              warp.longs[out + lane] =
                  FloatFamily.bits((double) extend(source.get(warp, lane), from));
            }
          };
    }
    return Decoded.of(Counter.CONVERT, step);
  }

  /** The integer as a double that rounds like it to any narrower format: inexact bits are kept. */
  private static double sticky(long v, PtxType from) {
    boolean unsigned = from == PtxType.U64 && v < 0;
    if (unsigned) {
      return ((v >>> 12) | ((v & 0xfff) != 0 ? 1 : 0)) * 0x1p12;
    }
    if (Math.abs(v) < 1L << 53 && v != Long.MIN_VALUE) {
      return v;
    }
    return ((v >> 11) | ((v & 0x7ff) != 0 ? 1 : 0)) * 0x1p11;
  }

  private static double toDouble(long v, PtxType from, Rounding rounding) {
    java.math.BigDecimal exact =
        from == PtxType.U64 && v < 0
            ? new java.math.BigDecimal(Long.toUnsignedString(v))
            : java.math.BigDecimal.valueOf(v);
    double r = exact.doubleValue();
    int error = exact.compareTo(new java.math.BigDecimal(r));
    if (error == 0 || rounding == Rounding.NEAREST_EVEN) {
      return r;
    }
    boolean up = rounding == Rounding.UP || rounding == Rounding.ZERO && r < 0;
    if (up) {
      return error > 0 ? Math.nextUp(r) : r;
    }
    return error < 0 ? Math.nextDown(r) : r;
  }

  /** Out-of-range values clamp; NaN gives 0, or the top bit where 64 bits are involved. */
  private static Decoded floatToInteger(
      Decoding d, PtxType to, PtxType from, Rounding rounding, boolean flush) {
    boolean wideSource = from == PtxType.F64;
    int in = wideSource ? d.wide(1, from) : d.word(1, from);
    FloatFormat source = wideSource ? FloatFormat.F32 : format(d, from);
    Target out = target(d, to);
    long nan = wideSource || to.bits() == 64 ? 1L << (to.bits() - 1) : 0;
    boolean flushInput = flush && from == PtxType.F32;
    return Decoded.of(
        Counter.CONVERT,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            double x =
                wideSource
                    ? FloatFamily.value(warp.longs[in + lane])
                    : decode(source, warp.words[in + lane], flushInput);
            out.put(warp, lane, x != x ? nan : clamp(rounding.integral(x), to));
          }
        });
  }

  private static long clamp(double x, PtxType to) {
    if (to.isSigned()) {
      double limit = Math.scalb(1.0, to.bits() - 1);
      if (x >= limit) {
        return to.bits() == 64 ? Long.MAX_VALUE : (1L << (to.bits() - 1)) - 1;
      }
      return x <= -limit ? -1L << (to.bits() - 1) : (long) x;
    }
    if (x <= 0) {
      return 0;
    }
    if (x >= Math.scalb(1.0, to.bits())) {
      return to.bits() == 64 ? -1L : (1L << to.bits()) - 1;
    }
    return x < 0x1p63 ? (long) x : (long) (x - 0x1p63) ^ Long.MIN_VALUE;
  }

  private static Decoded integerToInteger(Decoding d, PtxType to, PtxType from, boolean saturate) {
    Source source = source(d, 1);
    Target out = target(d, to);
    return Decoded.of(
        Counter.CONVERT,
        (warp, mask) -> {
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            long v = extend(source.get(warp, lane), from);
            out.put(warp, lane, saturate ? clampInteger(v, to, from) : v);
          }
        });
  }

  static long clampInteger(long v, PtxType to, PtxType from) {
    boolean huge = from == PtxType.U64 && v < 0;
    if (to.isSigned()) {
      long max = to.bits() == 64 ? Long.MAX_VALUE : (1L << (to.bits() - 1)) - 1;
      return huge ? max : Math.clamp(v, -max - 1, max);
    }
    if (to.bits() == 64) {
      return huge ? v : Math.max(v, 0);
    }
    long max = (1L << to.bits()) - 1;
    return huge ? max : Math.clamp(v, 0L, max);
  }

  /** The value of the low bits of a register as {@code type}. */
  static long extend(long raw, PtxType type) {
    int shift = 64 - type.bits();
    return type.isSigned() ? raw << shift >> shift : raw << shift >>> shift;
  }

  // ---- registers at least as wide as the type

  private interface Source {
    long get(dev.tilewright.emulator.machine.Warp warp, int lane);
  }

  private interface Target {
    void put(dev.tilewright.emulator.machine.Warp warp, int lane, long value);
  }

  private static Source source(Decoding d, int i) {
    Register register = d.register(d.operand(i));
    if (register != null && register.kind() == Register.Kind.LONG) {
      int base = d.wide(i, PtxType.B64);
      return (warp, lane) -> warp.longs[base + lane];
    }
    int base = d.word(i, PtxType.B32);
    return (warp, lane) -> warp.words[base + lane];
  }

  /** A narrow result is extended to the width of a wider register. */
  private static Target target(Decoding d, PtxType type) {
    Register register = d.register(d.operand(0));
    if (register != null && register.kind() == Register.Kind.LONG) {
      int base = d.wideOut(0);
      return (warp, lane, value) -> warp.longs[base + lane] = extend(value, type);
    }
    int base = d.wordOut(0);
    boolean half = register != null && register.type().bits() == 16;
    return half
        ? (warp, lane, value) -> warp.words[base + lane] = (int) extend(value, type) & 0xffff
        : (warp, lane, value) -> warp.words[base + lane] = (int) extend(value, type);
  }
}
