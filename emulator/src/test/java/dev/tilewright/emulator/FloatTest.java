package dev.tilewright.emulator;

import static dev.tilewright.emulator.Snippet.check;

import java.math.BigDecimal;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** PTX ISA, "Floating-Point Instructions", against exact arithmetic rounded once. */
class FloatTest {
  private static final long NAN = 0x7fffffffL;

  private static float f(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  private static double d(long bits) {
    return Double.longBitsToDouble(bits);
  }

  private static long bits(float x) {
    return Float.isNaN(x) ? NAN : Float.floatToRawIntBits(x) & 0xffffffffL;
  }

  private interface Exact {
    BigDecimal of(BigDecimal... x);
  }

  /** The expected bits, or null when a special value or a zero makes the exact path say nothing. */
  private static @Nullable Long exact(Ieee format, String mode, Exact exact, double... inputs) {
    BigDecimal[] x = new BigDecimal[inputs.length];
    for (int i = 0; i < x.length; i++) {
      if (!Double.isFinite(inputs[i])) {
        return null;
      }
      x[i] = new BigDecimal(inputs[i]);
    }
    BigDecimal result = exact.of(x);
    return result.signum() == 0 ? null : format.round(result, Ieee.mode(mode));
  }

  @TestFactory
  Stream<DynamicTest> roundingModesOfSingles() {
    return Stream.of("rn", "rz", "rm", "rp")
        .flatMap(
            m ->
                Stream.of(
                    check(
                        "add." + m + ".f32 %d, %a, %b;",
                        "f32",
                        "f32 f32",
                        s -> exact(Ieee.F32, m, x -> x[0].add(x[1]), f(s[0]), f(s[1]))),
                    check(
                        "sub." + m + ".f32 %d, %a, %b;",
                        "f32",
                        "f32 f32",
                        s -> exact(Ieee.F32, m, x -> x[0].subtract(x[1]), f(s[0]), f(s[1]))),
                    check(
                        "mul." + m + ".f32 %d, %a, %b;",
                        "f32",
                        "f32 f32",
                        s -> exact(Ieee.F32, m, x -> x[0].multiply(x[1]), f(s[0]), f(s[1]))),
                    check(
                        "fma." + m + ".f32 %d, %a, %b, %c;",
                        "f32",
                        "f32 f32 f32",
                        s ->
                            exact(
                                Ieee.F32,
                                m,
                                x -> x[0].multiply(x[1]).add(x[2]),
                                f(s[0]),
                                f(s[1]),
                                f(s[2]))),
                    check(
                        "div." + m + ".f32 %d, %a, %b;",
                        "f32",
                        "f32 f32",
                        s -> f(s[1]) == 0 ? null : quotient(Ieee.F32, m, f(s[0]), f(s[1]))),
                    check(
                        "sqrt." + m + ".f32 %d, %a;",
                        "f32",
                        "f32",
                        s -> !(f(s[0]) > 0) ? null : root(Ieee.F32, m, f(s[0]))),
                    check(
                        "rcp." + m + ".f32 %d, %a;",
                        "f32",
                        "f32",
                        s -> f(s[0]) == 0 ? null : quotient(Ieee.F32, m, 1, f(s[0])))));
  }

  /** A quotient to so many digits that no rounding boundary of 53 bits can hide in the rest. */
  private static @Nullable Long quotient(Ieee format, String mode, double a, double b) {
    return exact(format, mode, x -> x[0].divide(x[1], new java.math.MathContext(900)), a, b);
  }

  private static @Nullable Long root(Ieee format, String mode, double a) {
    return exact(format, mode, x -> x[0].sqrt(new java.math.MathContext(400)), a);
  }

  @TestFactory
  Stream<DynamicTest> roundingModesOfDoubles() {
    return Stream.of("rn", "rz", "rm", "rp")
        .flatMap(
            m ->
                Stream.of(
                    check(
                        "add." + m + ".f64 %d, %a, %b;",
                        "f64",
                        "f64 f64",
                        s -> exact(Ieee.F64, m, x -> x[0].add(x[1]), d(s[0]), d(s[1]))),
                    check(
                        "mul." + m + ".f64 %d, %a, %b;",
                        "f64",
                        "f64 f64",
                        s -> exact(Ieee.F64, m, x -> x[0].multiply(x[1]), d(s[0]), d(s[1]))),
                    check(
                        "fma." + m + ".f64 %d, %a, %b, %c;",
                        "f64",
                        "f64 f64 f64",
                        s ->
                            exact(
                                Ieee.F64,
                                m,
                                x -> x[0].multiply(x[1]).add(x[2]),
                                d(s[0]),
                                d(s[1]),
                                d(s[2]))),
                    check(
                        "div." + m + ".f64 %d, %a, %b;",
                        "f64",
                        "f64 f64",
                        s -> d(s[1]) == 0 ? null : quotient(Ieee.F64, m, d(s[0]), d(s[1])))));
  }

  @TestFactory
  Stream<DynamicTest> specialValues() {
    return Stream.of(
        check("add.f32 %d, %a, %b;", "f32", "f32 f32", s -> bits(f(s[0]) + f(s[1]))),
        check("mul.f32 %d, %a, %b;", "f32", "f32 f32", s -> bits(f(s[0]) * f(s[1]))),
        check("div.rn.f32 %d, %a, %b;", "f32", "f32 f32", s -> bits(f(s[0]) / f(s[1]))),
        check("sqrt.rn.f32 %d, %a;", "f32", "f32", s -> bits((float) Math.sqrt(f(s[0])))),
        check("add.rm.f32 %d, %a, 0f3f800000;", "f32", "f32", s -> f(s[0]) == -1 ? 1L << 31 : null),
        check("abs.f32 %d, %a;", "f32", "f32", s -> s[0] & 0x7fffffff),
        check("neg.f32 %d, %a;", "f32", "f32", s -> s[0] ^ 0x80000000L),
        check("abs.f64 %d, %a;", "f64", "f64", s -> s[0] & Long.MAX_VALUE),
        check("neg.f64 %d, %a;", "f64", "f64", s -> s[0] ^ Long.MIN_VALUE),
        check(
            "copysign.f32 %d, %a, %b;",
            "f32", "f32 f32", s -> s[0] & 0x80000000L | s[1] & 0x7fffffffL));
  }

  private static float flush(float x) {
    return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
  }

  @TestFactory
  Stream<DynamicTest> flushAndSaturate() {
    return Stream.of(
        check(
            "add.ftz.f32 %d, %a, %b;",
            "f32", "f32 f32", s -> bits(flush(flush(f(s[0])) + flush(f(s[1]))))),
        check(
            "mul.ftz.f32 %d, %a, %b;",
            "f32", "f32 f32", s -> bits(flush(flush(f(s[0])) * flush(f(s[1]))))),
        check(
            "fma.rn.sat.f32 %d, %a, %b, %c;",
            "f32",
            "f32 f32 f32",
            s -> {
              float r = Math.fma(f(s[0]), f(s[1]), f(s[2]));
              return Float.isNaN(r) || r <= 0 ? 0L : bits(Math.min(r, 1f));
            }));
  }

  @TestFactory
  Stream<DynamicTest> minimumAndMaximum() {
    return Stream.of(
        check(
            "min.f32 %d, %a, %b;",
            "f32",
            "f32 f32",
            s -> {
              float a = f(s[0]);
              float b = f(s[1]);
              return bits(a != a ? b : b != b ? a : Math.min(a, b));
            }),
        check(
            "max.f32 %d, %a, %b;",
            "f32",
            "f32 f32",
            s -> {
              float a = f(s[0]);
              float b = f(s[1]);
              return bits(a != a ? b : b != b ? a : Math.max(a, b));
            }),
        check("max.NaN.f32 %d, %a, %b;", "f32", "f32 f32", s -> bits(Math.max(f(s[0]), f(s[1])))),
        check(
            "min.xorsign.abs.f32 %d, %a, %b;",
            "f32",
            "f32 f32",
            s -> {
              float a = Math.abs(f(s[0]));
              float b = Math.abs(f(s[1]));
              if (a != a && b != b) {
                return NAN;
              }
              float r = a != a ? b : b != b ? a : Math.min(a, b);
              return bits(r) | (s[0] ^ s[1]) & 0x80000000L;
            }),
        check(
            "max.f64 %d, %a, %b;",
            "f64",
            "f64 f64",
            s -> {
              double a = d(s[0]);
              double b = d(s[1]);
              return Double.isNaN(a) || Double.isNaN(b)
                  ? null
                  : Double.doubleToRawLongBits(Math.max(a, b));
            }));
  }

  private static DynamicTest function(String name, DoubleUnaryOperator g) {
    return check(
        name + ".approx.f32 %d, %a;",
        "f32",
        "f32",
        s -> {
          double exact = g.applyAsDouble(f(s[0]));
          // An ulp of the double computation may decide a tie; such inputs say nothing.
          float low = (float) (exact - 4 * Math.ulp(exact));
          float high = (float) (exact + 4 * Math.ulp(exact));
          return Double.isFinite(exact) && low != high ? null : bits((float) exact);
        });
  }

  @TestFactory
  Stream<DynamicTest> transcendentalFunctionsRoundTheExactValue() {
    return Stream.of(
        function("sin", Math::sin),
        function("cos", Math::cos),
        function("tanh", Math::tanh),
        function("ex2", x -> Math.pow(2, x)),
        function("lg2", x -> x == 0 ? Double.NEGATIVE_INFINITY : Math.log(x) / Math.log(2)),
        function("rsqrt", x -> x == 0 ? 1 / x : 1 / Math.sqrt(x)),
        function("rcp", x -> 1 / x));
  }

  @TestFactory
  Stream<DynamicTest> classes() {
    return Stream.of(
        check("testp.finite.f32 %d, %a;", "pred", "f32", s -> Float.isFinite(f(s[0])) ? 1L : 0L),
        check("testp.notanumber.f32 %d, %a;", "pred", "f32", s -> f(s[0]) != f(s[0]) ? 1L : 0L),
        check(
            "testp.subnormal.f32 %d, %a;",
            "pred", "f32", s -> f(s[0]) != 0 && Math.abs(f(s[0])) < Float.MIN_NORMAL ? 1L : 0L));
  }

  // ---- half precision

  private static double half(long bits, boolean brain) {
    return brain ? Float.intBitsToFloat((int) bits << 16) : Float.float16ToFloat((short) bits);
  }

  private interface Lanewise {
    long apply(long[] sources);
  }

  private static Long packed(long[] sources, Lanewise f) {
    long[] low = new long[sources.length];
    long[] high = new long[sources.length];
    for (int i = 0; i < sources.length; i++) {
      low[i] = sources[i] & 0xffff;
      high[i] = sources[i] >>> 16 & 0xffff;
    }
    return f.apply(low) & 0xffff | (f.apply(high) & 0xffff) << 16;
  }

  private static long rounded(boolean brain, double special, @Nullable BigDecimal exact) {
    if (exact != null && exact.signum() != 0) {
      return (brain ? Ieee.BF16 : Ieee.F16).round(exact, Ieee.mode("rn"));
    }
    if (special != special) {
      return 0x7fff;
    }
    long sign = Double.doubleToRawLongBits(special) < 0 ? 0x8000 : 0;
    return special == 0 ? sign : sign | (brain ? 0x7f80 : 0x7c00);
  }

  private static @Nullable BigDecimal decimal(double... x) {
    for (double v : x) {
      if (!Double.isFinite(v)) {
        return null;
      }
    }
    return BigDecimal.ZERO;
  }

  @TestFactory
  Stream<DynamicTest> halvesRoundOnce() {
    return Stream.of("f16", "bf16", "f16x2", "bf16x2")
        .flatMap(
            t -> {
              boolean brain = t.startsWith("b");
              Lanewise sum =
                  s -> {
                    double a = half(s[0], brain);
                    double b = half(s[1], brain);
                    boolean finite = decimal(a, b) != null;
                    return rounded(
                        brain, a + b, finite ? new BigDecimal(a).add(new BigDecimal(b)) : null);
                  };
              Lanewise fused =
                  s -> {
                    double a = half(s[0], brain);
                    double b = half(s[1], brain);
                    double c = half(s[2], brain);
                    boolean finite = decimal(a, b, c) != null;
                    return rounded(
                        brain,
                        a * b + c,
                        finite
                            ? new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c))
                            : null);
                  };
              Lanewise least =
                  s -> {
                    double a = half(s[0], brain);
                    double b = half(s[1], brain);
                    if (a != a && b != b) {
                      return 0x7fff;
                    }
                    boolean first = b != b || a == a && Math.min(a, b) == a;
                    if (a == 0 && b == 0) {
                      return s[0] | s[1];
                    }
                    return first ? s[0] : s[1];
                  };
              return Stream.of(
                  check(
                      "add.rn." + t + " %d, %a, %b;", regs(t), t + " " + t, s -> lanes(t, s, sum)),
                  check(
                      "fma.rn." + t + " %d, %a, %b, %c;",
                      regs(t),
                      t + " " + t + " " + t,
                      s -> lanes(t, s, fused)),
                  check("min." + t + " %d, %a, %b;", regs(t), t + " " + t, s -> lanes(t, s, least)),
                  check("neg." + t + " %d, %a;", regs(t), t, s -> lanes(t, s, x -> x[0] ^ 0x8000)));
            });
  }

  private static String regs(String type) {
    return type.endsWith("x2") ? "b32" : "b16";
  }

  private static Long lanes(String type, long[] s, Lanewise f) {
    return type.endsWith("x2") ? packed(s, f) : Long.valueOf(f.apply(s));
  }
}
