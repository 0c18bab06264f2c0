package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.function.DoubleBinaryOperator;

/**
 * Half precision arithmetic on f16, bf16 and their pairs (PTX ISA, "Half Precision Floating-Point
 * Instructions"). Sums, products and fused products of such numbers are rounded once. NaN results
 * are 0x7fff.
 */
final class HalfFamily {
  private HalfFamily() {}

  interface Unary {
    int apply(int a);
  }

  interface Binary {
    int apply(int a, int b);
  }

  interface Ternary {
    int apply(int a, int b, int c);
  }

  static FloatFormat format(PtxType type) {
    return switch (type) {
      case BF16, BF16X2 -> FloatFormat.BF16;
      default -> FloatFormat.F16;
    };
  }

  static boolean isHalf(PtxType type) {
    return switch (type) {
      case F16, F16X2, BF16, BF16X2 -> true;
      default -> false;
    };
  }

  private static boolean packed(PtxType type) {
    return type == PtxType.F16X2 || type == PtxType.BF16X2;
  }

  static double flush(double x, FloatFormat format, boolean flush) {
    boolean subnormal = flush && Math.abs(x) < 0x1p-14 && format == FloatFormat.F16;
    return subnormal ? Math.copySign(0.0, x) : x;
  }

  static Decoded arithmetic(Decoding d, PtxType type, DoubleBinaryOperator op) {
    d.take("rn");
    boolean flush = d.take("ftz");
    boolean saturate = d.take("sat");
    FloatFormat format = format(type);
    return binary(
        d,
        type,
        (a, b) ->
            finish(
                op.applyAsDouble(
                    flush(format.decode(a), format, flush), flush(format.decode(b), format, flush)),
                format,
                flush,
                saturate));
  }

  private static int finish(double x, FloatFormat format, boolean flush, boolean saturate) {
    double r = flush(format.round(x, Rounding.NEAREST_EVEN), format, flush);
    if (saturate) {
      r = r != r ? 0.0 : r <= 0 ? 0.0 : Math.min(r, 1.0);
    }
    return format.encode(r);
  }

  static Decoded fma(Decoding d, PtxType type) {
    if (!isHalf(type)) {
      throw d.unsupported("type ." + type);
    }
    d.take("rn");
    boolean flush = d.take("ftz");
    boolean saturate = d.take("sat");
    boolean relu = d.take("relu");
    boolean overflowFree = d.take("oob");
    if (overflowFree) {
      throw d.unsupported(".oob");
    }
    FloatFormat format = format(type);
    return ternary(
        d,
        type,
        (a, b, c) -> {
          double x = flush(format.decode(a), format, flush);
          double y = flush(format.decode(b), format, flush);
          double z = flush(format.decode(c), format, flush);
          double r = fusedToOdd(x, y, z);
          if (relu && !(r > 0) && r == r) {
            r = 0.0;
          }
          return finish(r, format, flush, saturate);
        });
  }

  /**
   * {@code x*y + z}, the product being exact in binary64, rounded to odd so that rounding again to
   * a narrower format is correct (Boldo and Melquiond, 2008).
   */
  static double fusedToOdd(double x, double y, double z) {
    double product = x * y;
    double sum = product + z;
    if (!Double.isFinite(sum) || sum == 0) {
      return sum;
    }
    double shadow = sum - product;
    double error = (product - (sum - shadow)) + (z - shadow);
    if (error != 0 && (Double.doubleToRawLongBits(sum) & 1) == 0) {
      return error > 0 ? Math.nextUp(sum) : Math.nextDown(sum);
    }
    return sum;
  }

  static Decoded abs(Decoding d, PtxType type) {
    d.take("ftz");
    return unary(d, type, a -> a & 0x7fff);
  }

  static Decoded neg(Decoding d, PtxType type) {
    d.take("ftz");
    return unary(d, type, a -> a ^ 0x8000);
  }

  static Decoded minMax(Decoding d, PtxType type, boolean max) {
    boolean flush = d.take("ftz");
    boolean propagate = d.take("NaN");
    boolean xorSign = d.take("xorsign");
    if (xorSign) {
      d.need("abs");
    }
    FloatFormat format = format(type);
    return binary(
        d,
        type,
        (a, b) -> {
          double x = flush(format.decode(xorSign ? a & 0x7fff : a), format, flush);
          double y = flush(format.decode(xorSign ? b & 0x7fff : b), format, flush);
          if (x != x || y != y) {
            return format.encode(propagate ? Double.NaN : x != x ? y : x) & 0xffff;
          }
          int r = format.encode(max ? Math.max(x, y) : Math.min(x, y));
          return xorSign ? r | (a ^ b) & 0x8000 : r;
        });
  }

  static Decoded unary(Decoding d, PtxType type, Unary f) {
    d.needOperands(2);
    int out = d.wordOut(0);
    int a = d.word(1, PtxType.B32);
    Action.Step step =
        packed(type)
            ? Lanes.words(out, a, x -> f.apply(x & 0xffff) | f.apply(x >>> 16) << 16)
            : Lanes.words(out, a, x -> f.apply(x & 0xffff));
    return Decoded.of(Counter.FLOAT, step);
  }

  static Decoded binary(Decoding d, PtxType type, Binary f) {
    d.needOperands(3);
    int out = d.wordOut(0);
    int a = d.word(1, PtxType.B32);
    int b = d.word(2, PtxType.B32);
    Action.Step step =
        packed(type)
            ? Lanes.words(
                out,
                a,
                b,
                (x, y) -> f.apply(x & 0xffff, y & 0xffff) | f.apply(x >>> 16, y >>> 16) << 16)
            : Lanes.words(out, a, b, (x, y) -> f.apply(x & 0xffff, y & 0xffff));
    return Decoded.of(Counter.FLOAT, step);
  }

  private static Decoded ternary(Decoding d, PtxType type, Ternary f) {
    d.needOperands(4);
    int out = d.wordOut(0);
    int a = d.word(1, PtxType.B32);
    int b = d.word(2, PtxType.B32);
    int c = d.word(3, PtxType.B32);
    Action.Step step =
        packed(type)
            ? Lanes.words(
                out,
                a,
                b,
                c,
                (x, y, z) ->
                    f.apply(x & 0xffff, y & 0xffff, z & 0xffff)
                        | f.apply(x >>> 16, y >>> 16, z >>> 16) << 16)
            : Lanes.words(out, a, b, c, (x, y, z) -> f.apply(x & 0xffff, y & 0xffff, z & 0xffff));
    return Decoded.of(Counter.FLOAT, step);
  }
}
