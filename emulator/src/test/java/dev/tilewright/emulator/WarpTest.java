package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exchanges among lanes, from the pseudocode of the PTX ISA. */
class WarpTest {

  private static long[] run(String body, String destination, String types, long[]... inputs) {
    return Snippet.run(body, destination, types.split(" "), inputs);
  }

  private static long[] random(long seed, int bits) {
    return new Random(seed).longs(32).map(x -> x >>> 64 - bits).toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "up, 0, 1", "up, 0, 7", "up, 0x1800, 3", "down, 31, 1", "down, 0x101f, 5", "down, 31, 31",
    "bfly, 31, 16", "bfly, 0x181f, 3", "bfly, 7, 9", "idx, 31, 5", "idx, 0x1c1f, 2", "idx, 3, 9"
  })
  void shuffles(String mode, String clampText, int amount) {
    int c = Integer.decode(clampText);
    long[] a = random(1, 32);
    String instruction = "shfl.sync." + mode + ".b32 %d, %a, " + amount + ", " + c + ", -1;";
    long[] d = run(instruction, "b32", "b32", a);
    long[] p =
        run(
            "{ .reg .b32 x; shfl.sync." + mode + ".b32 x|%d, %a, " + amount + ", " + c + ", -1; }",
            "pred",
            "b32",
            a);
    int clamp = c & 31;
    int segment = c >> 8 & 31;
    for (int lane = 0; lane < 32; lane++) {
      int max = lane & segment | clamp & ~segment;
      int min = lane & segment;
      int j =
          switch (mode) {
            case "up" -> lane - amount;
            case "down" -> lane + amount;
            case "bfly" -> lane ^ amount;
            default -> min | amount & ~segment;
          };
      boolean valid = mode.equals("up") ? j >= max : j <= max;
      assertEquals(valid ? 1 : 0, p[lane], "predicate of lane " + lane);
      assertEquals(a[valid ? j : lane], d[lane], "lane " + lane);
    }
  }

  @Test
  void votes() {
    long[] p = random(2, 1);
    int ballot = 0;
    for (int l = 0; l < 32; l++) {
      ballot |= (int) p[l] << l;
    }
    assertEquals(
        ballot & 0xffffffffL, run("vote.sync.ballot.b32 %d, %a, -1;", "b32", "pred", p)[3]);
    assertEquals(0, run("vote.sync.all.pred %d, %a, -1;", "pred", "pred", p)[0]);
    assertEquals(1, run("vote.sync.any.pred %d, %a, -1;", "pred", "pred", p)[0]);
    assertEquals(0, run("vote.sync.uni.pred %d, %a, -1;", "pred", "pred", p)[0]);
    long[] none = new long[32];
    assertEquals(1, run("vote.sync.uni.pred %d, %a, -1;", "pred", "pred", none)[0]);
    assertEquals(1, run("vote.sync.all.pred %d, !%a, -1;", "pred", "pred", none)[0]);
  }

  @Test
  void matches() {
    long[] a = random(3, 3);
    long[] d = run("match.any.sync.b64 %d, %a, -1;", "b32", "b64", a);
    for (int l = 0; l < 32; l++) {
      int expected = 0;
      for (int o = 0; o < 32; o++) {
        expected |= a[o] == a[l] ? 1 << o : 0;
      }
      assertEquals(expected, (int) d[l]);
    }
    assertEquals(0, run("match.all.sync.b32 %d|_, %a, -1;", "b32", "b32", a)[0]);
    long[] same = new long[32];
    assertEquals(-1, (int) run("match.all.sync.b32 %d|_, %a, -1;", "b32", "b32", same)[0]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"add.s32", "min.s32", "max.u32", "min.u32", "and.b32", "or.b32", "xor.b32"})
  void reductions(String operation) {
    long[] a = random(4, 32);
    long expected = a[0];
    for (int l = 1; l < 32; l++) {
      expected =
          switch (operation) {
            case "add.s32" -> expected + a[l];
            case "min.s32" -> Math.min((int) expected, (int) a[l]);
            case "max.u32" -> Math.max(expected, a[l]);
            case "min.u32" -> Math.min(expected, a[l]);
            case "and.b32" -> expected & a[l];
            case "or.b32" -> expected | a[l];
            default -> expected ^ a[l];
          };
    }
    for (long d : run("redux.sync." + operation + " %d, %a, -1;", "b32", "b32", a)) {
      assertEquals((int) expected, (int) d);
    }
  }

  @Test
  void membersMayArriveOnDifferentPaths() {
    // Each half computes its value on its own path, then all lanes exchange.
    String body =
        """
        { .reg .pred p; .reg .b32 x;
          setp.lt.u32 p, %thread, 16;
          @p bra LOW;
          add.u32 x, %a, 1000;
          bra.uni JOIN;
        LOW:
          add.u32 x, %a, 2000;
        JOIN:
          shfl.sync.bfly.b32 %d, x, 16, 31, -1;
        }
        """;
    long[] a = random(5, 8);
    long[] d = run(body, "b32", "b32", a);
    for (int l = 0; l < 32; l++) {
      int other = l ^ 16;
      assertEquals(a[other] + (other < 16 ? 2000 : 1000), d[l]);
    }
  }

  @Test
  void halvesWithTheirOwnMaskNeedNotMeet() {
    String body =
        """
        { .reg .pred p; .reg .b32 m;
          setp.lt.u32 p, %thread, 16;
          selp.b32 m, 0xffff, 0xffff0000, p;
          redux.sync.add.u32 %d, %a, m; }
        """;
    long[] a = random(6, 8);
    long[] d = run(body, "b32", "b32", a);
    for (int l = 0; l < 32; l++) {
      long sum = 0;
      for (int o = l & 16; o < (l & 16) + 16; o++) {
        sum += a[o];
      }
      assertEquals(sum, d[l]);
    }
  }

  @Test
  void electChoosesOneLane() {
    long[] d = run("elect.sync _|%d, -1;", "pred", "b32", new long[32]);
    long chosen = 0;
    for (long x : d) {
      chosen += x;
    }
    assertEquals(1, chosen);
  }

  @Test
  void matrixTransposeMovesElements() {
    long[] a = random(7, 32);
    long[] d = run("movmatrix.sync.aligned.m8n8.trans.b16 %d, %a;", "b32", "b32", a);
    for (int row = 0; row < 8; row++) {
      for (int column = 0; column < 8; column++) {
        assertEquals(element(a, column, row), element(d, row, column));
      }
    }
  }

  private static long element(long[] fragment, int row, int column) {
    return fragment[4 * row + column / 2] >>> 16 * (column % 2) & 0xffff;
  }

  @Test
  void missingMembersAreNamed() {
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry k()
        {
          .reg .pred p;
          .reg .b32 t;
          mov.u32 t, %tid.x;
          setp.lt.u32 p, t, 16;
          @!p bra END;
          bar.warp.sync 0xffffffff;
          bra.uni END2;
        END:
          bar.warp.sync 0xffff0000;
          bar.sync 1, 64;
        END2:
          ret;
        }
        """;
    Kernels.Result result = Kernels.run(ptx, "k", Kernels.Config.of(1, 32));
    assertEquals(1, result.codes().size(), result.report()::toString);
    String message = result.report().findings().getFirst().message();
    assertTrue(message.contains("line 11") || message.contains("line 15"), message);
    assertTrue(
        List.of("EMU-DEADLOCK", "EMU-BARRIER-DIVERGENT").contains(result.codes().getFirst()));
  }
}
