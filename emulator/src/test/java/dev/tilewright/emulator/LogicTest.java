package dev.tilewright.emulator;

import static dev.tilewright.emulator.Snippet.check;

import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** PTX ISA, "Logic and Shift Instructions", and {@code prmt}. */
class LogicTest {

  @TestFactory
  Stream<DynamicTest> bitwise() {
    return Stream.of("16", "32", "64")
        .flatMap(
            w -> {
              String b = "b" + w;
              String two = b + " " + b;
              return Stream.of(
                  check("and.b" + w + " %d, %a, %b;", b, two, s -> s[0] & s[1]),
                  check("or.b" + w + " %d, %a, %b;", b, two, s -> s[0] | s[1]),
                  check("xor.b" + w + " %d, %a, %b;", b, two, s -> s[0] ^ s[1]),
                  check("not.b" + w + " %d, %a;", b, b, s -> ~s[0]),
                  check("cnot.b" + w + " %d, %a;", b, b, s -> s[0] == 0 ? 1L : 0L));
            });
  }

  @TestFactory
  Stream<DynamicTest> predicates() {
    return Stream.of(
        check("and.pred %d, %a, !%b;", "pred", "pred pred", s -> s[0] & ~s[1]),
        check("or.pred %d, %a, %b;", "pred", "pred pred", s -> s[0] | s[1]),
        check("xor.pred %d, %a, %b;", "pred", "pred pred", s -> s[0] ^ s[1]),
        check("not.pred %d, %a;", "pred", "pred", s -> ~s[0]),
        check("mov.pred %d, %a;", "pred", "pred", s -> s[0]));
  }

  @TestFactory
  Stream<DynamicTest> everyTruthTable() {
    return IntStream.iterate(0, t -> t < 256, t -> t + 7)
        .mapToObj(
            table ->
                check(
                    "lop3.b32 %d, %a, %b, %c, " + table + ";",
                    "b32",
                    "b32 b32 b32",
                    s -> {
                      long r = 0;
                      for (int i = 0; i < 32; i++) {
                        int row =
                            (int) ((s[0] >>> i & 1) << 2 | (s[1] >>> i & 1) << 1 | s[2] >>> i & 1);
                        r |= (long) (table >>> row & 1) << i;
                      }
                      return r;
                    }));
  }

  @TestFactory
  Stream<DynamicTest> lop3WithPredicate() {
    return Stream.of(
        check(
            "{ .reg .b32 x; lop3.or.b32 x|%d, %a, %b, %c, 0x80, !%e; }"
                .replace("!%e", "%e")
                .replace("%e", "%d0")
                .replace("lop3", ".reg .pred %d0; setp.eq.u32 %d0, %a, 1; lop3"),
            "pred",
            "b32 b32 b32",
            s -> (s[0] & s[1] & s[2]) != 0 || (int) s[0] == 1 ? 1L : 0L));
  }

  @TestFactory
  Stream<DynamicTest> shiftsSaturateTheirAmount() {
    return Stream.of("16", "32", "64")
        .flatMap(
            w -> {
              int bits = Integer.parseInt(w);
              String b = "b" + w;
              return Stream.of(
                  check(
                      "shl.b" + w + " %d, %a, %b;",
                      b,
                      b + " b32",
                      s -> (s[1] & 0xffffffffL) >= bits ? 0L : s[0] << s[1]),
                  check(
                      "shr.u" + w + " %d, %a, %b;",
                      b,
                      b + " b32",
                      s -> (s[1] & 0xffffffffL) >= bits ? 0L : s[0] >>> s[1]),
                  check(
                      "shr.s" + w + " %d, %a, %b;",
                      b,
                      b + " b32",
                      s -> {
                        long x = s[0] << 64 - bits >> 64 - bits;
                        return x >> Math.min(s[1] & 0xffffffffL, 63);
                      }));
            });
  }

  @TestFactory
  Stream<DynamicTest> funnelShifts() {
    return Stream.of("wrap", "clamp")
        .flatMap(
            mode ->
                Stream.of(
                    check(
                        "shf.l." + mode + ".b32 %d, %a, %b, %c;",
                        "b32",
                        "b32 b32 b32",
                        s -> {
                          int n = amount(mode, s[2]);
                          return n == 32 ? s[0] : n == 0 ? s[1] : s[1] << n | s[0] >>> 32 - n;
                        }),
                    check(
                        "shf.r." + mode + ".b32 %d, %a, %b, %c;",
                        "b32",
                        "b32 b32 b32",
                        s -> {
                          int n = amount(mode, s[2]);
                          return n == 32 ? s[1] : n == 0 ? s[0] : s[1] << 32 - n | s[0] >>> n;
                        })));
  }

  private static int amount(String mode, long c) {
    return (int) (mode.equals("wrap") ? c & 31 : Math.min(c, 32));
  }

  /** The tables of the ISA, byte indices from the least significant result byte up. */
  private static int[] selection(String mode, int c) {
    return switch (mode) {
      case "f4e" -> new int[] {c, c + 1, c + 2, c + 3};
      case "b4e" -> new int[] {c, c + 7 & 7, c + 6 & 7, c + 5 & 7};
      case "rc8" -> new int[] {c, c, c, c};
      case "ecl" -> new int[] {c, Math.max(1, c), Math.max(2, c), 3};
      case "ecr" -> new int[] {0, Math.min(1, c), Math.min(2, c), c};
      default -> c % 2 == 0 ? new int[] {0, 1, 0, 1} : new int[] {2, 3, 2, 3};
    };
  }

  @TestFactory
  Stream<DynamicTest> bytePermutations() {
    Stream<DynamicTest> modes =
        Stream.of("f4e", "b4e", "rc8", "ecl", "ecr", "rc16")
            .map(
                mode ->
                    check(
                        "prmt.b32." + mode + " %d, %a, %b, %c;",
                        "b32",
                        "b32 b32 b32",
                        s -> {
                          int[] choose = selection(mode, (int) s[2] & 3);
                          long both = s[1] << 32 | s[0];
                          long r = 0;
                          for (int i = 0; i < 4; i++) {
                            r |= (both >>> 8 * choose[i] & 0xff) << 8 * i;
                          }
                          return r;
                        }));
    DynamicTest general =
        check(
            "prmt.b32 %d, %a, %b, %c;",
            "b32",
            "b32 b32 b32",
            s -> {
              long both = s[1] << 32 | s[0];
              long r = 0;
              for (int i = 0; i < 4; i++) {
                int selector = (int) (s[2] >>> 4 * i) & 15;
                long x = both >>> 8 * (selector & 7) & 0xff;
                r |= (selector >= 8 ? (x >= 128 ? 255L : 0L) : x) << 8 * i;
              }
              return r;
            });
    return Stream.concat(modes, Stream.of(general));
  }

  @TestFactory
  Stream<DynamicTest> packingAndUnpacking() {
    long seed = new Random(1).nextLong();
    return Stream.of(
        check("mov.b64 %d, {%a, %b};", "b64", "b32 b32", s -> s[1] << 32 | s[0]),
        check("mov.b32 %d, {%a, %b};", "b32", "b16 b16", s -> s[1] << 16 | s[0]),
        check("{ .reg .b32 x; mov.b64 {x, %d}, %a; }", "b32", "b64", s -> s[0] >>> 32),
        check("mov.b64 {_, %d}, %a;", "b32", "b64", s -> s[0] >>> 32),
        check(
            "{ .reg .b16 x<4>; mov.b64 {x0, x1, x2, x3}, %a; mov.b64 %d, {x3, x2, x1, x0}; }",
            "b64",
            "b64",
            s ->
                s[0] << 48
                    | (s[0] >>> 16 & 0xffff) << 32
                    | (s[0] >>> 32 & 0xffff) << 16
                    | s[0] >>> 48),
        check("mov.b64 %d, " + seed + ";", "b64", "b32", s -> seed));
  }
}
