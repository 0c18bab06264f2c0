package dev.tilewright.emulator;

import static dev.tilewright.emulator.Snippet.check;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** PTX ISA, "Comparison and Selection Instructions". */
class CompareTest {

  private static boolean ordered(String operator, int sign) {
    return switch (operator.substring(0, 2)) {
      case "eq" -> sign == 0;
      case "ne" -> sign != 0;
      case "lt", "lo" -> sign < 0;
      case "le", "ls" -> sign <= 0;
      case "gt", "hi" -> sign > 0;
      default -> sign >= 0;
    };
  }

  private static boolean floating(String operator, double a, double b) {
    boolean nan = Double.isNaN(a) || Double.isNaN(b);
    return switch (operator) {
      case "num" -> !nan;
      case "nan" -> nan;
      default -> nan ? operator.endsWith("u") : ordered(operator, a < b ? -1 : a > b ? 1 : 0);
    };
  }

  @TestFactory
  Stream<DynamicTest> integers() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String type : new String[] {"u16", "s16", "u32", "s32", "u64", "s64"}) {
      int bits = Values.bits(type);
      boolean signed = type.startsWith("s");
      for (String op : new String[] {"eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs"}) {
        if (signed && (op.startsWith("h") || op.equals("lo") || op.equals("ls"))) {
          continue;
        }
        tests.add(
            check(
                "setp." + op + "." + type + " %d, %a, %b;",
                "pred",
                "b" + bits + " b" + bits,
                s -> {
                  long x = s[0] << 64 - bits;
                  long y = s[1] << 64 - bits;
                  int sign = signed ? Long.compare(x, y) : Long.compareUnsigned(x, y);
                  return ordered(op, sign) ? 1L : 0L;
                }));
      }
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> floats() {
    List<DynamicTest> tests = new ArrayList<>();
    String[] operators = {
      "eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"
    };
    for (String op : operators) {
      tests.add(
          check(
              "setp." + op + ".f32 %d, %a, %b;",
              "pred",
              "f32 f32",
              s ->
                  floating(op, Float.intBitsToFloat((int) s[0]), Float.intBitsToFloat((int) s[1]))
                      ? 1L
                      : 0L));
      tests.add(
          check(
              "setp." + op + ".f64 %d, %a, %b;",
              "pred",
              "f64 f64",
              s ->
                  floating(op, Double.longBitsToDouble(s[0]), Double.longBitsToDouble(s[1]))
                      ? 1L
                      : 0L));
      tests.add(
          check(
              "setp." + op + ".f16 %d, %a, %b;",
              "pred",
              "f16 f16",
              s ->
                  floating(
                          op,
                          Float.float16ToFloat((short) s[0]),
                          Float.float16ToFloat((short) s[1]))
                      ? 1L
                      : 0L));
    }
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> combinationsAndPairs() {
    return Stream.of(
        check(
            "setp.lt.and.s32 %d, %a, %b, %c;",
            "pred", "b32 b32 pred", s -> (int) s[0] < (int) s[1] && s[2] != 0 ? 1L : 0L),
        check(
            "setp.lt.or.s32 %d, %a, %b, !%c;",
            "pred", "b32 b32 pred", s -> (int) s[0] < (int) s[1] || s[2] == 0 ? 1L : 0L),
        check(
            "{ .reg .pred p; setp.lt.xor.s32 p|%d, %a, %b, %c; }",
            "pred", "b32 b32 pred", s -> (int) s[0] >= (int) s[1] ^ s[2] != 0 ? 1L : 0L),
        check(
            "{ .reg .pred p, q; setp.gt.f16x2 p|q, %a, %b; xor.pred %d, p, q; }",
            "pred",
            "f16x2 f16x2",
            s -> {
              boolean low = Float.float16ToFloat((short) s[0]) > Float.float16ToFloat((short) s[1]);
              boolean high =
                  Float.float16ToFloat((short) (s[0] >>> 16))
                      > Float.float16ToFloat((short) (s[1] >>> 16));
              return low ^ high ? 1L : 0L;
            }));
  }

  @TestFactory
  Stream<DynamicTest> selections() {
    return Stream.of(
        check("selp.b32 %d, %a, %b, %c;", "b32", "b32 b32 pred", s -> s[2] != 0 ? s[0] : s[1]),
        check("selp.b64 %d, %a, %b, !%c;", "b64", "b64 b64 pred", s -> s[2] == 0 ? s[0] : s[1]),
        check(
            "slct.b32.s32 %d, %a, %b, %c;",
            "b32", "b32 b32 b32", s -> (int) s[2] >= 0 ? s[0] : s[1]),
        check(
            "slct.b64.f32 %d, %a, %b, %c;",
            "b64", "b64 b64 f32", s -> Float.intBitsToFloat((int) s[2]) >= 0 ? s[0] : s[1]),
        check(
            "set.lt.u32.s32 %d, %a, %b;",
            "b32", "b32 b32", s -> (int) s[0] < (int) s[1] ? -1L : 0L),
        check(
            "set.ge.and.f32.u32 %d, %a, %b, %c;",
            "f32",
            "b32 b32 pred",
            s ->
                Integer.compareUnsigned((int) s[0], (int) s[1]) >= 0 && s[2] != 0
                    ? 0x3f800000L
                    : 0L));
  }
}
