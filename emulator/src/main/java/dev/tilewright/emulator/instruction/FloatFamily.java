package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.numeric.Directed;
import dev.tilewright.emulator.numeric.Directed.Operation;
import dev.tilewright.emulator.numeric.Rounding;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.Map;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Single and double precision arithmetic (PTX ISA, "Floating-Point Instructions"). Results are
 * correctly rounded; NaN results of f32 are 0x7fffffff. {@code div.approx} and {@code div.full}
 * give the correctly rounded quotient, which is within their bounds of 2 ulp.
 */
final class FloatFamily {
  private FloatFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("fma", FloatFamily::fma);
    families.put("copysign", FloatFamily::copysign);
    families.put("testp", FloatFamily::testp);
    families.put("sqrt", FloatFamily::sqrt);
  }

  static Decoded add(Decoding d, PtxType type) {
    return arithmetic(d, type, Operation.ADD, false);
  }

  static Decoded sub(Decoding d, PtxType type) {
    return arithmetic(d, type, Operation.ADD, true);
  }

  static Decoded mul(Decoding d, PtxType type) {
    return arithmetic(d, type, Operation.MUL, false);
  }

  static Decoded div(Decoding d, PtxType type) {
    if (d.takeAny("approx", "full") == null && !d.peek().startsWith("r")) {
      throw d.unsupported("needs a rounding mode, .approx or .full");
    }
    return arithmetic(d, type, Operation.DIV, false);
  }

  private static Decoded arithmetic(Decoding d, PtxType type, Operation op, boolean negate) {
    d.needOperands(3);
    FloatModifiers f = FloatModifiers.take(d, type);
    Rounding mode = f.rounding();
    if (type == PtxType.F64) {
      return Decoded.of(
          Counter.FLOAT,
          Lanes.longs(
              d.wideOut(0),
              d.wide(1, type),
              d.wide(2, type),
              (a, b) -> bits(Directed.f64(op, value(a), negate ? -value(b) : value(b), 0, mode))));
    }
    return Decoded.of(
        Counter.FLOAT,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            (a, b) -> {
              float y = f.input(b);
              return f.output(Directed.f32(op, f.input(a), negate ? -y : y, 0, mode));
            }));
  }

  /** {@code fma}, and {@code mad}, which is the same since sm_20. */
  static Decoded fma(Decoding d) {
    PtxType type = d.type();
    return switch (type) {
      case F32, F64 -> fma(d, type);
      default -> HalfFamily.fma(d, type);
    };
  }

  static Decoded fma(Decoding d, PtxType type) {
    d.needOperands(4);
    FloatModifiers f = FloatModifiers.take(d, type);
    Rounding mode = f.rounding();
    if (type == PtxType.F64) {
      return Decoded.of(
          Counter.FLOAT,
          Lanes.longs(
              d.wideOut(0),
              d.wide(1, type),
              d.wide(2, type),
              d.wide(3, type),
              (a, b, c) -> bits(Directed.f64(Operation.FMA, value(a), value(b), value(c), mode))));
    }
    return Decoded.of(
        Counter.FLOAT,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            d.word(3, type),
            (a, b, c) ->
                f.output(Directed.f32(Operation.FMA, f.input(a), f.input(b), f.input(c), mode))));
  }

  private static Decoded sqrt(Decoding d) {
    PtxType type = d.type();
    boolean approximate = d.take("approx");
    FloatModifiers f = FloatModifiers.take(d, type);
    if (approximate && type == PtxType.F64) {
      throw d.unsupported(".approx does not apply to .f64");
    }
    Rounding mode = f.rounding();
    return unary(
        d,
        type,
        f,
        a -> Directed.f32(Operation.SQRT, a, 0, 0, mode),
        a -> bits(Directed.f64(Operation.SQRT, value(a), 0, 0, mode)));
  }

  static Decoded abs(Decoding d, PtxType type) {
    return signBit(d, type, a -> a & 0x7fffffff, a -> a & Long.MAX_VALUE);
  }

  static Decoded neg(Decoding d, PtxType type) {
    return signBit(d, type, a -> a ^ 0x80000000, a -> a ^ Long.MIN_VALUE);
  }

  private static Decoded signBit(
      Decoding d, PtxType type, java.util.function.IntUnaryOperator f, LongUnaryOperator g) {
    d.needOperands(2);
    boolean flush = d.take("ftz");
    if (type == PtxType.F64) {
      return Decoded.of(Counter.FLOAT, Lanes.longs(d.wideOut(0), d.wide(1, type), g));
    }
    return Decoded.of(
        Counter.FLOAT,
        Lanes.words(
            d.wordOut(0), d.word(1, type), a -> f.applyAsInt(flush ? FloatModifiers.flush(a) : a)));
  }

  /**
   * NaN loses against a number unless {@code .NaN} is given; -0 is below +0. {@code .xorsign.abs}
   * compares magnitudes and gives the product's sign.
   */
  static Decoded minMax(Decoding d, PtxType type, boolean max) {
    d.needOperands(3);
    FloatModifiers f = FloatModifiers.take(d, type);
    boolean propagate = d.take("NaN");
    boolean xorSign = d.take("xorsign");
    if (xorSign) {
      d.need("abs");
    }
    if (type == PtxType.F64) {
      LongBinaryOperator op =
          (a, b) -> {
            double x = value(a);
            double y = value(b);
            return x != x ? b : y != y ? a : bits(max ? Math.max(x, y) : Math.min(x, y));
          };
      return Decoded.of(
          Counter.FLOAT, Lanes.longs(d.wideOut(0), d.wide(1, type), d.wide(2, type), op));
    }
    return Decoded.of(
        Counter.FLOAT,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            (a, b) -> {
              int sign = (a ^ b) & 0x80000000;
              float x = f.input(xorSign ? a & 0x7fffffff : a);
              float y = f.input(xorSign ? b & 0x7fffffff : b);
              float r;
              if (x != x || y != y) {
                r = propagate ? Float.NaN : x != x ? y : x;
              } else {
                r = max ? Math.max(x, y) : Math.min(x, y);
              }
              int result = f.output(r);
              return xorSign && r == r ? result | sign : result;
            }));
  }

  private static Decoded copysign(Decoding d) {
    PtxType type = d.type();
    d.needOperands(3);
    if (type == PtxType.F64) {
      return Decoded.of(
          Counter.FLOAT,
          Lanes.longs(
              d.wideOut(0),
              d.wide(1, type),
              d.wide(2, type),
              (a, b) -> b & Long.MAX_VALUE | a & Long.MIN_VALUE));
    }
    return Decoded.of(
        Counter.FLOAT,
        Lanes.words(
            d.wordOut(0),
            d.word(1, type),
            d.word(2, type),
            (a, b) -> b & 0x7fffffff | a & 0x80000000));
  }

  private static Decoded testp(Decoding d) {
    PtxType type = d.type();
    String what = d.need("finite", "infinite", "number", "notanumber", "normal", "subnormal");
    int p = d.predicateOut(0);
    boolean wide = type == PtxType.F64;
    int a = wide ? d.wide(1, type) : d.word(1, type);
    return Decoded.of(
        Counter.COMPARE,
        (warp, mask) -> {
          int set = 0;
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            double x =
                wide ? value(warp.longs[a + lane]) : Float.intBitsToFloat(warp.words[a + lane]);
            double least = wide ? Double.MIN_NORMAL : Float.MIN_NORMAL;
            boolean holds =
                switch (what) {
                  case "finite" -> Double.isFinite(x);
                  case "infinite" -> Double.isInfinite(x);
                  case "number" -> x == x;
                  case "notanumber" -> x != x;
                  case "normal" -> Double.isFinite(x) && Math.abs(x) >= least;
                  default -> x != 0 && Math.abs(x) < least;
                };
            set |= holds ? 1 << lane : 0;
          }
          warp.predicates[p] = warp.predicates[p] & ~mask | set;
        });
  }

  interface FloatUnary {
    float apply(float a);
  }

  static Decoded unary(
      Decoding d, PtxType type, FloatModifiers f, FloatUnary single, LongUnaryOperator wide) {
    d.needOperands(2);
    if (type == PtxType.F64) {
      return Decoded.of(Counter.FLOAT, Lanes.longs(d.wideOut(0), d.wide(1, type), wide));
    }
    if (type != PtxType.F32) {
      throw d.unsupported("type ." + type);
    }
    return Decoded.of(
        Counter.FLOAT,
        Lanes.words(d.wordOut(0), d.word(1, type), a -> f.output(single.apply(f.input(a)))));
  }

  static double value(long bits) {
    return Double.longBitsToDouble(bits);
  }

  static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }
}
