package dev.tilewright.emulator;

import static dev.tilewright.emulator.Snippet.check;

import java.math.BigInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** PTX ISA, "Integer Arithmetic Instructions", against arithmetic on unbounded integers. */
class IntegerTest {

  private static BigInteger signed(long raw, int bits) {
    BigInteger u = unsigned(raw, bits);
    return u.testBit(bits - 1) ? u.subtract(BigInteger.ONE.shiftLeft(bits)) : u;
  }

  private static BigInteger unsigned(long raw, int bits) {
    return BigInteger.valueOf(raw).and(BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE));
  }

  private static BigInteger value(long raw, String type) {
    int bits = Values.bits(type);
    return type.startsWith("s") ? signed(raw, bits) : unsigned(raw, bits);
  }

  private interface Binary {
    BigInteger apply(BigInteger a, BigInteger b);
  }

  private static Stream<DynamicTest> binary(String name, Binary f, String... types) {
    return Stream.of(types)
        .map(
            t -> {
              String b = "b" + Values.bits(t);
              return check(
                  name + "." + t + " %d, %a, %b;",
                  b,
                  b + " " + b,
                  s -> f.apply(value(s[0], t), value(s[1], t)).longValue());
            });
  }

  private static final String[] ALL = {"u16", "s16", "u32", "s32", "u64", "s64"};

  @TestFactory
  Stream<DynamicTest> sumsAndProducts() {
    return Stream.of(
            binary("add", BigInteger::add, ALL),
            binary("sub", BigInteger::subtract, ALL),
            binary("mul.lo", BigInteger::multiply, ALL),
            binary("min", BigInteger::min, ALL),
            binary("max", BigInteger::max, ALL))
        .flatMap(s -> s);
  }

  @TestFactory
  Stream<DynamicTest> upperHalvesAndWideProducts() {
    return Stream.of(ALL)
        .flatMap(
            t -> {
              int bits = Values.bits(t);
              String b = "b" + bits;
              Stream<DynamicTest> high =
                  Stream.of(
                      check(
                          "mul.hi." + t + " %d, %a, %b;",
                          b,
                          b + " " + b,
                          s ->
                              value(s[0], t).multiply(value(s[1], t)).shiftRight(bits).longValue()),
                      check(
                          "mad.hi." + t + " %d, %a, %b, %c;",
                          b,
                          b + " " + b + " " + b,
                          s ->
                              value(s[0], t)
                                  .multiply(value(s[1], t))
                                  .shiftRight(bits)
                                  .add(value(s[2], t))
                                  .longValue()),
                      check(
                          "mad.lo." + t + " %d, %a, %b, %c;",
                          b,
                          b + " " + b + " " + b,
                          s -> s[0] * s[1] + s[2]));
              if (bits == 64) {
                return high;
              }
              String wide = "b" + 2 * bits;
              return Stream.concat(
                  high,
                  Stream.of(
                      check(
                          "mul.wide." + t + " %d, %a, %b;",
                          wide,
                          b + " " + b,
                          s -> value(s[0], t).multiply(value(s[1], t)).longValue()),
                      check(
                          "mad.wide." + t + " %d, %a, %b, %c;",
                          wide,
                          b + " " + b + " " + wide,
                          s ->
                              value(s[0], t)
                                  .multiply(value(s[1], t))
                                  .add(BigInteger.valueOf(s[2]))
                                  .longValue())));
            });
  }

  @TestFactory
  Stream<DynamicTest> quotientsRoundTowardsZero() {
    return Stream.of(ALL)
        .flatMap(
            t -> {
              String b = "b" + Values.bits(t);
              return Stream.of(
                  check(
                      "div." + t + " %d, %a, %b;",
                      b,
                      b + " " + b,
                      s ->
                          value(s[1], t).signum() == 0
                              ? null
                              : value(s[0], t).divide(value(s[1], t)).longValue()),
                  check(
                      "rem." + t + " %d, %a, %b;",
                      b,
                      b + " " + b,
                      s ->
                          value(s[1], t).signum() == 0
                              ? null
                              : value(s[0], t).remainder(value(s[1], t)).longValue()));
            });
  }

  @TestFactory
  Stream<DynamicTest> signs() {
    return Stream.of("s16", "s32", "s64")
        .flatMap(
            t -> {
              String b = "b" + Values.bits(t);
              return Stream.of(
                  check("abs." + t + " %d, %a;", b, b, s -> value(s[0], t).abs().longValue()),
                  check("neg." + t + " %d, %a;", b, b, s -> -s[0]));
            });
  }

  @TestFactory
  Stream<DynamicTest> sumOfAbsoluteDifferences() {
    return Stream.of(ALL)
        .map(
            t -> {
              String b = "b" + Values.bits(t);
              return check(
                  "sad." + t + " %d, %a, %b, %c;",
                  b,
                  b + " " + b + " " + b,
                  s ->
                      value(s[0], t)
                          .subtract(value(s[1], t))
                          .abs()
                          .add(value(s[2], t))
                          .longValue());
            });
  }

  private static long clamp32(BigInteger x) {
    return x.max(BigInteger.valueOf(Integer.MIN_VALUE))
        .min(BigInteger.valueOf(Integer.MAX_VALUE))
        .longValue();
  }

  @TestFactory
  Stream<DynamicTest> saturation() {
    return Stream.of(
        check(
            "add.sat.s32 %d, %a, %b;",
            "b32", "b32 b32", s -> clamp32(signed(s[0], 32).add(signed(s[1], 32)))),
        check(
            "sub.sat.s32 %d, %a, %b;",
            "b32", "b32 b32", s -> clamp32(signed(s[0], 32).subtract(signed(s[1], 32)))),
        check(
            "mad.hi.sat.s32 %d, %a, %b, %c;",
            "b32",
            "b32 b32 b32",
            s ->
                clamp32(
                    signed(s[0], 32)
                        .multiply(signed(s[1], 32))
                        .shiftRight(32)
                        .add(signed(s[2], 32)))),
        check(
            "min.relu.s32 %d, %a, %b;",
            "b32",
            "b32 b32",
            s -> signed(s[0], 32).min(signed(s[1], 32)).max(BigInteger.ZERO).longValue()));
  }

  @TestFactory
  Stream<DynamicTest> twentyFourBits() {
    return Stream.of(
        check(
            "mul24.lo.u32 %d, %a, %b;",
            "b32", "b32 b32", s -> unsigned(s[0], 24).multiply(unsigned(s[1], 24)).longValue()),
        check(
            "mul24.hi.s32 %d, %a, %b;",
            "b32",
            "b32 b32",
            s -> signed(s[0], 24).multiply(signed(s[1], 24)).shiftRight(16).longValue()),
        check(
            "mad24.lo.s32 %d, %a, %b, %c;",
            "b32",
            "b32 b32 b32",
            s -> signed(s[0], 24).multiply(signed(s[1], 24)).longValue() + s[2]));
  }

  @TestFactory
  Stream<DynamicTest> carryChains() {
    return Stream.of(
        check(
            """
            { .reg .b32 a0, a1, b0, b1, d0, d1;
              mov.b64 {a0, a1}, %a; mov.b64 {b0, b1}, %b;
              add.cc.u32 d0, a0, b0; addc.u32 d1, a1, b1; mov.b64 %d, {d0, d1}; }
            """,
            "b64", "b64 b64", s -> s[0] + s[1]),
        check(
            """
            { .reg .b32 a0, a1, b0, b1, d0, d1;
              mov.b64 {a0, a1}, %a; mov.b64 {b0, b1}, %b;
              sub.cc.u32 d0, a0, b0; subc.u32 d1, a1, b1; mov.b64 %d, {d0, d1}; }
            """,
            "b64", "b64 b64", s -> s[0] - s[1]),
        check(
            """
            { .reg .b32 a0, a1, b0, b1, d0, d1;
              mov.b64 {a0, a1}, %a; mov.b64 {b0, b1}, %b;
              mul.lo.u32 d0, a0, b0; mul.hi.u32 d1, a0, b0;
              mad.lo.u32 d1, a0, b1, d1; mad.lo.u32 d1, a1, b0, d1; mov.b64 %d, {d0, d1}; }
            """,
            "b64", "b64 b64", s -> s[0] * s[1]),
        check(
            "{ .reg .b64 x; add.cc.u64 x, %a, %b; addc.u64 %d, 0, 0; }",
            "b64",
            "b64 b64",
            s -> unsigned(s[0], 64).add(unsigned(s[1], 64)).testBit(64) ? 1L : 0L),
        check(
            "{ .reg .b64 x; sub.cc.u64 x, %a, %b; subc.u64 %d, 0, 0; }",
            "b64", "b64 b64", s -> unsigned(s[0], 64).compareTo(unsigned(s[1], 64)) < 0 ? -1L : 0L),
        check(
            "{ .reg .b32 x; mad.lo.cc.u32 x, %a, %b, %c; madc.hi.u32 %d, %a, %b, 0; }",
            "b32",
            "b32 b32 b32",
            s ->
                unsigned(s[0], 32)
                    .multiply(unsigned(s[1], 32))
                    .add(unsigned(s[2], 32))
                    .shiftRight(32)
                    .longValue()));
  }

  @TestFactory
  Stream<DynamicTest> counting() {
    return Stream.of("32", "64")
        .flatMap(
            w -> {
              int bits = Integer.parseInt(w);
              String b = "b" + w;
              return Stream.of(
                  check(
                      "popc.b" + w + " %d, %a;",
                      "b32",
                      b,
                      s -> (long) unsigned(s[0], bits).bitCount()),
                  check(
                      "clz.b" + w + " %d, %a;",
                      "b32",
                      b,
                      s -> (long) bits - unsigned(s[0], bits).bitLength()),
                  check(
                      "brev.b" + w + " %d, %a;",
                      b,
                      b,
                      s -> {
                        BigInteger r = BigInteger.ZERO;
                        for (int i = 0; i < bits; i++) {
                          r = (s[0] >>> i & 1) != 0 ? r.setBit(bits - 1 - i) : r;
                        }
                        return r.longValue();
                      }),
                  check(
                      "bfind.u" + w + " %d, %a;",
                      "b32",
                      b,
                      s -> (long) unsigned(s[0], bits).bitLength() - 1),
                  check(
                      "bfind.s" + w + " %d, %a;",
                      "b32",
                      b,
                      s -> (long) signed(s[0], bits).bitLength() - 1),
                  check(
                      "bfind.shiftamt.u" + w + " %d, %a;",
                      "b32",
                      b,
                      s -> {
                        int length = unsigned(s[0], bits).bitLength();
                        return length == 0 ? -1L : (long) bits - length;
                      }));
            });
  }

  @TestFactory
  Stream<DynamicTest> bitFields() {
    return Stream.of("u32", "s32", "u64", "s64")
        .flatMap(
            t -> {
              int bits = Values.bits(t);
              String b = "b" + bits;
              return Stream.of(
                  check(
                      "bfe." + t + " %d, %a, %b, %c;",
                      b,
                      b + " b32 b32",
                      s -> {
                        int position = (int) s[1] & 0xff;
                        int length = (int) s[2] & 0xff;
                        boolean negative =
                            t.startsWith("s")
                                && length > 0
                                && unsigned(s[0], bits)
                                    .testBit(Math.min(position + length - 1, bits - 1));
                        BigInteger r = BigInteger.ZERO;
                        for (int i = 0; i < bits; i++) {
                          boolean bit =
                              i < length && position + i < bits
                                  ? unsigned(s[0], bits).testBit(position + i)
                                  : negative;
                          r = bit ? r.setBit(i) : r;
                        }
                        return r.longValue();
                      }),
                  check(
                      "bfi.b" + bits + " %d, %a, %b, %c, %e;".replace("%e", "11"),
                      b,
                      b + " " + b + " b32",
                      s -> {
                        int position = (int) s[2] & 0xff;
                        BigInteger r = unsigned(s[1], bits);
                        for (int i = 0; i < 11 && position + i < bits; i++) {
                          r =
                              (s[0] >>> i & 1) != 0
                                  ? r.setBit(position + i)
                                  : r.clearBit(position + i);
                        }
                        return r.longValue();
                      }));
            });
  }

  @TestFactory
  Stream<DynamicTest> dotProducts() {
    return Stream.of("u32.u32", "u32.s32", "s32.u32", "s32.s32")
        .flatMap(
            t -> {
              boolean sa = t.startsWith("s");
              boolean sb = t.endsWith("s32");
              return Stream.of(
                  check(
                      "dp4a." + t + " %d, %a, %b, %c;",
                      "b32",
                      "b32 b32 b32",
                      s -> {
                        long sum = s[2];
                        for (int i = 0; i < 4; i++) {
                          sum += field(s[0], 8, i, sa) * field(s[1], 8, i, sb);
                        }
                        return sum;
                      }),
                  check(
                      "dp2a.hi." + t + " %d, %a, %b, %c;",
                      "b32",
                      "b32 b32 b32",
                      s ->
                          s[2]
                              + field(s[0], 16, 0, sa) * field(s[1], 8, 2, sb)
                              + field(s[0], 16, 1, sa) * field(s[1], 8, 3, sb)));
            });
  }

  private static long field(long word, int width, int index, boolean isSigned) {
    long raw = word >>> width * index;
    return (isSigned ? signed(raw, width) : unsigned(raw, width)).longValue();
  }

  @TestFactory
  Stream<DynamicTest> nthSetBit() {
    return Stream.of(
        check(
            "{ .reg .b32 base, n; and.b32 base, %b, 31; shr.s32 n, %c, 28;"
                + " fns.b32 %d, %a, base, n; }",
            "b32",
            "b32 b32 b32",
            s -> {
              int base = (int) s[1] & 31;
              int n = (int) s[2] >> 28;
              if (n == 0) {
                return (s[0] >>> base & 1) != 0 ? (long) base : -1L;
              }
              int left = Math.abs(n);
              for (int i = base; i >= 0 && i < 32; i += Integer.signum(n)) {
                left -= (int) (s[0] >>> i & 1);
                if (left == 0) {
                  return (long) i;
                }
              }
              return -1L;
            }));
  }
}
