package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.numeric.Directed;
import dev.tilewright.emulator.numeric.FloatFormat;
import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Reciprocals and transcendental functions.
 *
 * <p>Accuracy model: the approximate functions give the correctly rounded value of the function
 * computed in binary64 (to within an ulp of binary64). The hardware's own tables are within the
 * ISA's error bounds of that, not equal to it, so results of kernels that use these functions agree
 * with hardware only within those bounds. {@code rcp.approx.ftz.f64} and {@code rsqrt.approx.f64}
 * keep the 20 leading mantissa bits that the ISA promises of the former.
 */
final class MathFamily {
  private static final double LN2 = Math.log(2.0);

  private MathFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("rcp", MathFamily::rcp);
    families.put("rsqrt", MathFamily::rsqrt);
    families.put("sin", d -> approximate(d, Math::sin));
    families.put("cos", d -> approximate(d, Math::cos));
    families.put("lg2", d -> approximate(d, MathFamily::log2));
    families.put("ex2", d -> approximate(d, MathFamily::exp2));
    families.put("tanh", d -> approximate(d, Math::tanh));
  }

  private static Decoded rcp(Decoding d) {
    PtxType type = d.type();
    boolean approximate = d.take("approx");
    if (type == PtxType.F64 && approximate) {
      d.need("ftz");
      d.needOperands(2);
      return Decoded.of(
          Counter.FLOAT,
          Lanes.longs(
              d.wideOut(0),
              d.wide(1, type),
              a -> {
                double x = FloatFamily.value(a);
                double flushed = Math.abs(x) < Double.MIN_NORMAL ? Math.copySign(0.0, x) : x;
                return FloatFamily.bits(1 / flushed) & ~0xffffffffL;
              }));
    }
    FloatModifiers f = FloatModifiers.take(d, type);
    Rounding mode = f.rounding();
    return FloatFamily.unary(
        d,
        type,
        f,
        a -> Directed.f32(Directed.Operation.DIV, 1, a, 0, mode),
        a ->
            FloatFamily.bits(
                Directed.f64(Directed.Operation.DIV, 1, FloatFamily.value(a), 0, mode)));
  }

  private static Decoded rsqrt(Decoding d) {
    PtxType type = d.type();
    d.need("approx");
    if (type == PtxType.F64) {
      d.take("ftz");
      d.needOperands(2);
      return Decoded.of(
          Counter.FLOAT,
          Lanes.longs(
              d.wideOut(0),
              d.wide(1, type),
              a -> FloatFamily.bits(reciprocalRoot(FloatFamily.value(a)))));
    }
    FloatModifiers f = FloatModifiers.take(d, type);
    return FloatFamily.unary(d, type, f, a -> (float) reciprocalRoot(a), a -> a);
  }

  private static double reciprocalRoot(double x) {
    return x == 0 ? Math.copySign(Double.POSITIVE_INFINITY, x) : 1 / Math.sqrt(x);
  }

  private static double log2(double x) {
    int exponent = Math.getExponent(x);
    if (x <= 0 || exponent > Double.MAX_EXPONENT || exponent < Double.MIN_EXPONENT) {
      return Math.log(x) / LN2;
    }
    // Exact for powers of two, and accurate near one.
    double fraction = Math.scalb(x, -exponent);
    if (fraction > 1.4142135623730951) {
      fraction /= 2;
      exponent++;
    }
    return exponent + Math.log1p(fraction - 1) / LN2;
  }

  private static double exp2(double x) {
    return Math.pow(2.0, x);
  }

  private static Decoded approximate(Decoding d, DoubleUnaryOperator f) {
    PtxType type = d.type();
    d.need("approx");
    d.needOperands(2);
    switch (type) {
      case F32 -> {
        FloatModifiers m = FloatModifiers.take(d, type);
        return FloatFamily.unary(d, type, m, a -> (float) f.applyAsDouble(a), a -> a);
      }
      case F16, F16X2, BF16, BF16X2 -> {
        boolean flush = d.take("ftz");
        boolean bf16 = type == PtxType.BF16 || type == PtxType.BF16X2;
        FloatFormat format = bf16 ? FloatFormat.BF16 : FloatFormat.F16;
        HalfFamily.Unary half =
            a ->
                format.encode(
                    format.round(
                        f.applyAsDouble(HalfFamily.flush(format.decode(a), format, flush)),
                        Rounding.NEAREST_EVEN));
        return HalfFamily.unary(d, type, half);
      }
      default -> throw d.unsupported("type ." + type);
    }
  }
}
