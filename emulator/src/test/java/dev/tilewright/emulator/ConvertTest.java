package dev.tilewright.emulator;

import static dev.tilewright.emulator.Snippet.check;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** {@code cvt} between all pairs of types, against exact numbers. */
class ConvertTest {
  private static final String[] INTEGERS = {"u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64"};

  private static BigInteger integer(long raw, String type) {
    int bits = Values.bits(type);
    BigInteger u =
        BigInteger.valueOf(raw).and(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
    boolean negative = type.startsWith("s") && u.testBit(bits - 1);
    return negative ? u.subtract(BigInteger.ONE.shiftLeft(bits)) : u;
  }

  private static BigInteger clamp(BigInteger x, String type) {
    int bits = Values.bits(type);
    boolean signed = type.startsWith("s");
    BigInteger max = BigInteger.ONE.shiftLeft(signed ? bits - 1 : bits).subtract(BigInteger.ONE);
    BigInteger min = signed ? max.negate().subtract(BigInteger.ONE) : BigInteger.ZERO;
    return x.max(min).min(max);
  }

  /** Registers for a type: 8-bit values live in 32-bit ones. */
  private static String register(String type) {
    return "b"
        + Math.max(16, Values.bits(type))
            / (Values.bits(type) == 8 ? 16 : 1)
            * (Values.bits(type) == 8 ? 32 : 1);
  }

  @TestFactory
  Stream<DynamicTest> integerToInteger() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String to : INTEGERS) {
      for (String from : INTEGERS) {
        if (to.equals(from)) {
          continue;
        }
        tests.add(
            check(
                "cvt." + to + "." + from + " %d, %a;",
                register(to),
                register(from),
                s -> {
                  BigInteger x = integer(s[0], from);
                  // The destination register holds the narrow value extended by its own sign.
                  return integer(x.longValue(), to).longValue();
                }));
        tests.add(
            check(
                "cvt.sat." + to + "." + from + " %d, %a;",
                register(to),
                register(from),
                s -> clamp(integer(s[0], from), to).longValue()));
      }
    }
    return tests.stream();
  }

  private static Ieee format(String type) {
    return switch (type) {
      case "f16" -> Ieee.F16;
      case "bf16" -> Ieee.BF16;
      case "f32" -> Ieee.F32;
      default -> Ieee.F64;
    };
  }

  private static double value(long raw, String type) {
    return switch (type) {
      case "f16" -> Float.float16ToFloat((short) raw);
      case "bf16" -> Float.intBitsToFloat((int) raw << 16);
      case "f32" -> Float.intBitsToFloat((int) raw);
      default -> Double.longBitsToDouble(raw);
    };
  }

  private static String floatRegister(String type) {
    return type.endsWith("f16") ? "b16" : type;
  }

  @TestFactory
  Stream<DynamicTest> integerToFloat() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String to : new String[] {"f16", "f32", "f64"}) {
      for (String from : INTEGERS) {
        for (String mode : new String[] {"rn", "rz", "rm", "rp"}) {
          tests.add(
              check(
                  "cvt." + mode + "." + to + "." + from + " %d, %a;",
                  floatRegister(to),
                  register(from),
                  s -> format(to).round(new BigDecimal(integer(s[0], from)), Ieee.mode(mode))));
        }
      }
    }
    return tests.stream();
  }

  private static RoundingMode integral(String mode) {
    return Ieee.mode(mode.substring(0, 2));
  }

  @TestFactory
  Stream<DynamicTest> floatToInteger() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String to : INTEGERS) {
      for (String from : new String[] {"f16", "f32", "f64"}) {
        for (String mode : new String[] {"rni", "rzi", "rmi", "rpi"}) {
          tests.add(
              check(
                  "cvt." + mode + "." + to + "." + from + " %d, %a;",
                  register(to),
                  from,
                  s -> {
                    double x = value(s[0], from);
                    int bits = Values.bits(to);
                    if (x != x) {
                      boolean top = from.equals("f64") || bits == 64;
                      return top ? integer(1L << bits - 1, to).longValue() : 0L;
                    }
                    BigInteger rounded =
                        Double.isInfinite(x)
                            ? BigInteger.ONE
                                .shiftLeft(100)
                                .multiply(BigInteger.valueOf((long) Math.signum(x)))
                            : new BigDecimal(x).setScale(0, integral(mode)).toBigInteger();
                    return clamp(rounded, to).longValue();
                  }));
        }
      }
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> floatToFloat() {
    List<DynamicTest> tests = new ArrayList<>();
    String[][] narrowing = {{"f16", "f32"}, {"bf16", "f32"}, {"f32", "f64"}, {"f16", "f64"}};
    for (String[] pair : narrowing) {
      String to = pair[0];
      String from = pair[1];
      for (String mode : new String[] {"rn", "rz", "rm", "rp"}) {
        tests.add(
            check(
                "cvt." + mode + "." + to + "." + from + " %d, %a;",
                floatRegister(to),
                from,
                s -> {
                  double x = value(s[0], from);
                  return !Double.isFinite(x) || x == 0
                      ? null
                      : format(to).round(new BigDecimal(x), Ieee.mode(mode));
                }));
      }
    }
    for (String[] pair : new String[][] {{"f32", "f16"}, {"f64", "f32"}, {"f64", "f16"}}) {
      tests.add(
          check(
              "cvt." + pair[0] + "." + pair[1] + " %d, %a;",
              floatRegister(pair[0]),
              pair[1],
              s -> {
                double x = value(s[0], pair[1]);
                return !Double.isFinite(x) || x == 0
                    ? null
                    : format(pair[0]).round(new BigDecimal(x), RoundingMode.UNNECESSARY);
              }));
    }
    for (String mode : new String[] {"rni", "rzi", "rmi", "rpi"}) {
      tests.add(
          check(
              "cvt." + mode + ".f32.f32 %d, %a;",
              "f32",
              "f32",
              s -> {
                float x = (float) value(s[0], "f32");
                if (!Float.isFinite(x)) {
                  return null;
                }
                float r = new BigDecimal(x).setScale(0, integral(mode)).floatValue();
                return Float.floatToRawIntBits(Math.copySign(r, x)) & 0xffffffffL;
              }));
    }
    tests.add(
        check(
            "cvt.sat.f32.f32 %d, %a;",
            "f32",
            "f32",
            s -> {
              float x = (float) value(s[0], "f32");
              return Float.isNaN(x) || x <= 0
                  ? 0L
                  : Float.floatToRawIntBits(Math.min(1f, x)) & 0xffffffffL;
            }));
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> specialValuesSurvive() {
    return Stream.of(
        check(
            "cvt.rn.f16.f32 %d, %a;",
            "b16",
            "f32",
            s -> {
              float x = (float) value(s[0], "f32");
              return x != x ? 0x7fffL : Float.floatToFloat16(x) & 0xffffL;
            }),
        check(
            "cvt.f32.f16 %d, %a;",
            "f32",
            "f16",
            s -> {
              float x = (float) value(s[0], "f16");
              return x != x ? 0x7fffffffL : Float.floatToRawIntBits(x) & 0xffffffffL;
            }),
        check(
            "cvt.rna.tf32.f32 %d, %a;",
            "b32",
            "f32",
            s -> {
              float x = (float) value(s[0], "f32");
              // Half an ulp of the 10-bit mantissa added to the magnitude, the rest cut off.
              return !Float.isFinite(x) ? null : (s[0] + 0x1000 & 0xffffe000L);
            }));
  }

  /** Decodes e4m3 and e5m2 by their definition. */
  private static double small(int bits, boolean e4m3) {
    int mantissaBits = e4m3 ? 3 : 2;
    int bias = e4m3 ? 7 : 15;
    int exponent = (bits & 0x7f) >> mantissaBits;
    int fraction = bits & (1 << mantissaBits) - 1;
    double sign = bits >= 128 ? -1 : 1;
    if (e4m3 && (bits & 0x7f) == 0x7f) {
      return Double.NaN;
    }
    if (!e4m3 && exponent == 31) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    return exponent == 0
        ? sign * fraction * Math.pow(2, 1 - bias - mantissaBits)
        : sign * (1 + fraction / (double) (1 << mantissaBits)) * Math.pow(2, exponent - bias);
  }

  /** The nearest finite value, ties to the even code; found by trying all of them. */
  private static int nearest(double x, boolean e4m3) {
    if (x != x) {
      return 0x7f;
    }
    // Beyond the largest value all distances look alike; it is the nearest.
    double magnitude = Math.min(Math.abs(x), 1e6);
    int best = 0;
    for (int code = 0; code < 128; code++) {
      double v = small(code, e4m3);
      if (!Double.isFinite(v)) {
        continue;
      }
      double distance = Math.abs(v - magnitude);
      double bestDistance = Math.abs(small(best, e4m3) - magnitude);
      boolean tie = distance == bestDistance && (code & 1) == 0;
      best = distance < bestDistance || tie ? code : best;
    }
    return best | (Double.doubleToRawLongBits(x) < 0 ? 0x80 : 0);
  }

  @TestFactory
  Stream<DynamicTest> eightBitFloats() {
    return Stream.of("e4m3", "e5m2")
        .flatMap(
            t -> {
              boolean e4m3 = t.equals("e4m3");
              return Stream.of(
                  check(
                      "cvt.rn.satfinite." + t + "x2.f32 %d, %a, %b;",
                      "b16",
                      "f32 f32",
                      s ->
                          (long) nearest(value(s[0], "f32"), e4m3) << 8
                              | nearest(value(s[1], "f32"), e4m3)),
                  check(
                      "cvt.rn.f16x2." + t + "x2 %d, %a;",
                      "b32",
                      "b16",
                      s -> {
                        long r = 0;
                        for (int i = 0; i < 2; i++) {
                          double x = small((int) (s[0] >>> 8 * i) & 0xff, e4m3);
                          long h = x != x ? 0x7fff : Float.floatToFloat16((float) x) & 0xffff;
                          r |= h << 16 * i;
                        }
                        return r;
                      }));
            });
  }

  @TestFactory
  Stream<DynamicTest> pairsAndPacks() {
    return Stream.of(
        check(
            "cvt.rn.f16x2.f32 %d, %a, %b;",
            "b32",
            "f32 f32",
            s -> half((float) value(s[0], "f32")) << 16 | half((float) value(s[1], "f32"))),
        check(
            "cvt.rn.relu.f16x2.f32 %d, %a, %b;",
            "b32",
            "f32 f32",
            s -> {
              float a = (float) value(s[0], "f32");
              float b = (float) value(s[1], "f32");
              return (a <= 0 ? 0 : half(a)) << 16 | (b <= 0 ? 0 : half(b));
            }),
        check(
            "cvt.pack.sat.s16.s32 %d, %a, %b;",
            "b32",
            "b32 b32",
            s ->
                (long) Math.clamp((long) (int) s[0], -32768, 32767) << 16
                    | Math.clamp((long) (int) s[1], -32768, 32767) & 0xffff),
        check(
            "cvt.pack.sat.u8.s32.b32 %d, %a, %b, %c;",
            "b32",
            "b32 b32 b32",
            s ->
                s[2] << 16
                    | (long) Math.clamp((long) (int) s[0], 0, 255) << 8
                    | Math.clamp((long) (int) s[1], 0, 255)));
  }

  private static long half(float x) {
    return x != x ? 0x7fff : Float.floatToFloat16(x) & 0xffff;
  }
}
