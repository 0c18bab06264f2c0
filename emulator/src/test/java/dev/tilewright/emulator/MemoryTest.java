package dev.tilewright.emulator;

import static dev.tilewright.emulator.Snippet.check;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loads, stores, address spaces, variables and atomics. */
class MemoryTest {

  @TestFactory
  Stream<DynamicTest> widthsAndExtension() {
    String store = "{ .local .align 16 .b8 l[16]; st.local.b64 [l], %a; ";
    return Stream.of(
        check(store + "ld.local.u8 %d, [l+1]; }", "b32", "b64", s -> s[0] >>> 8 & 0xff),
        check(store + "ld.local.s8 %d, [l+1]; }", "b32", "b64", s -> (long) (byte) (s[0] >>> 8)),
        check(store + "ld.local.s16 %d, [l+2]; }", "b32", "b64", s -> (long) (short) (s[0] >>> 16)),
        check(
            store + ".reg .b16 x; ld.local.s8 x, [l+2]; cvt.u32.u16 %d, x; }",
            "b32",
            "b64",
            s -> (byte) (s[0] >>> 16) & 0xffffL),
        check(store + "ld.local.s32 %d, [l+4]; }", "b64", "b64", s -> s[0] >> 32),
        check(store + "ld.local.u32 %d, [l+4]; }", "b64", "b64", s -> s[0] >>> 32),
        check(store + "ld.local.b64 %d, [l]; }", "b64", "b64", s -> s[0]),
        check(
            store + ".reg .b32 x, y; ld.local.v2.b32 {x, y}, [l]; mov.b64 %d, {y, x}; }",
            "b64",
            "b64",
            s -> s[0] << 32 | s[0] >>> 32),
        check(
            "{ .local .align 16 .b8 l[16]; .reg .b16 x, y, z, w;"
                + " st.local.v2.b64 [l], {%a, %b}; ld.local.v4.b16 {x, y, z, w}, [l+8];"
                + " mov.b64 %d, {x, y, z, w}; }",
            "b64", "b64 b64", s -> s[1]));
  }

  @TestFactory
  Stream<DynamicTest> genericAddresses() {
    return Stream.of(
        check(
            "{ .local .align 8 .b8 l[8]; .reg .b64 p; .reg .pred q; st.local.b64 [l], %a;"
                + " cvta.local.u64 p, l; ld.b64 %d, [p]; isspacep.local q, p; @!q trap;"
                + " isspacep.global q, p; @q trap; }",
            "b64", "b64", s -> s[0]),
        check(
            "{ .shared .align 8 .b8 sh[4096]; .reg .b64 p; .reg .b32 o; mov.u32 o, sh;"
                + " mad.lo.u32 o, %thread, 8, o; cvt.u64.u32 p, o; cvta.shared.u64 p, p;"
                + " st.b64 [p], %a; cvta.to.shared.u64 p, p; ld.shared.b64 %d, [p]; }",
            "b64", "b64", s -> s[0]));
  }

  @Test
  void variablesStartWithTheirValues() {
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .global .align 4 .u32 numbers[4] = {1, 0x10, 3};
        .global .align 8 .u64 pointer = generic(numbers) ;
        .global .align 8 .u64 third = numbers+8;
        .const .align 4 .f32 half[2] = {0f3F000000, 2.5};
        .extern .shared .align 16 .b8 dynamic[];
        .visible .entry k(.param .u64 out)
        {
          .reg .b32 %r<8>;
          .reg .b64 %d<4>;
          .shared .align 4 .b8 fixed[20];
          ld.param.u64 %d0, [out];
          ld.global.u64 %d1, [pointer];
          ld.global.u32 %r0, [%d1+4];
          ld.global.u64 %d2, [third];
          ld.global.u32 %r1, [%d2];
          ld.global.u32 %r2, [numbers+12];
          ld.const.u32 %r3, [half];
          ld.const.u32 %r4, [half+4];
          mov.u32 %r5, dynamic;
          mov.u32 %r6, fixed;
          sub.u32 %r5, %r5, %r6;
          mov.u32 %r7, %dynamic_smem_size;
          st.global.v4.u32 [%d0], {%r0, %r1, %r2, %r3};
          st.global.v4.u32 [%d0+16], {%r4, %r5, %r7, %r7};
          ret;
        }
        """;
    Kernels.Result result =
        Kernels.run(ptx, "k", Kernels.Config.of(1, 1).shared(48), new Kernels.Fresh(32));
    assertEquals(List.of(), result.report().findings());
    int[] expected = {16, 3, 0, Float.floatToIntBits(0.5f), Float.floatToIntBits(2.5f), 32, 48, 48};
    assertArrayEquals(expected, result.ints(0));
  }

  @ParameterizedTest
  @CsvSource({
    "add.u32, -4, -28", "min.s32, -7, -7", "max.s32, 5, 100", "max.u32, 5, 100", "and.b32, 6, 4",
    "or.b32, 3, 103", "xor.b32, 1, 100", "inc.u32, 101, 30", "dec.u32, 3, 0", "exch.b32, 9, 9"
  })
  void atomics(String operation, int operand, int last) {
    // 32 lanes, in lane order, update one word that starts as 100.
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry k(.param .u64 a, .param .u64 old)
        {
          .reg .b32 %r<4>;
          .reg .b64 %d<4>;
          ld.param.u64 %d0, [a];
          ld.param.u64 %d1, [old];
          mov.u32 %r0, %tid.x;
          mul.wide.u32 %d2, %r0, 4;
          add.u64 %d1, %d1, %d2;
          atom.global.OP %r1, [%d0], VALUE;
          st.global.u32 [%d1], %r1;
          ret;
        }
        """
            .replace("OP", operation)
            .replace("VALUE", Integer.toString(operand));
    Kernels.Result result =
        Kernels.run(ptx, "k", Kernels.Config.of(1, 32), new int[] {100}, new Kernels.Fresh(128));
    assertEquals(List.of(), result.report().findings());
    int current = 100;
    for (int lane = 0; lane < 32; lane++) {
      assertEquals(current, result.ints(1)[lane]);
      current =
          switch (operation.substring(0, 3)) {
            case "add" -> current + operand;
            case "min" -> Math.min(current, operand);
            case "max" -> Math.max(current, operand);
            case "and" -> current & operand;
            case "or." -> current | operand;
            case "xor" -> current ^ operand;
            case "inc" -> Integer.compareUnsigned(current, operand) >= 0 ? 0 : current + 1;
            case "dec" ->
                current == 0 || Integer.compareUnsigned(current, operand) > 0
                    ? operand
                    : current - 1;
            default -> operand;
          };
    }
    assertEquals(current, result.ints(0)[0]);
    assertEquals(last, current);
  }

  @Test
  void compareAndSwapAndFloatSums() {
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry k(.param .u64 a)
        {
          .reg .b32 %r<4>;
          .reg .b64 %d<4>;
          .reg .f32 %f;
          .reg .f64 %g;
          ld.param.u64 %d0, [a];
          mov.u32 %r0, %tid.x;
          atom.global.cas.b32 %r1, [%d0], %r0, 1000;
          red.global.add.f32 [%d0+4], 0f3F000000;
          red.global.add.f64 [%d0+8], 0d3FD0000000000000;
          red.global.add.noftz.f16x2 [%d0+16], 0x3C004000;
          atom.global.add.u64 %d1, [%d0+24], 0x100000000;
          ret;
        }
        """;
    long[] memory = {7, 0, 0, 1};
    Kernels.Result result = Kernels.run(ptx, "k", Kernels.Config.of(3, 32), memory);
    assertEquals(List.of(), result.report().findings());
    assertEquals(1000, result.ints(0)[0]);
    assertEquals(48f, result.floats(0)[1]);
    assertEquals(24.0, result.doubles(0)[1]);
    assertEquals(192f, Float.float16ToFloat(result.shorts(0)[8]));
    assertEquals(96f, Float.float16ToFloat(result.shorts(0)[9]));
    assertEquals(1 + (96L << 32), result.longs(0)[3]);
  }

  @Test
  void bankConflictsFollowTheModel() {
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry k()
        {
          .reg .b32 %r<8>;
          .reg .b64 %d;
          .shared .align 16 .b8 s[16384];
          mov.u32 %r0, %tid.x;
          mov.u32 %r1, s;
          mad.lo.u32 %r2, %r0, STRIDE, %r1;
          STORE
          ret;
        }
        """;
    record Access(String store, int stride, int wavefronts, int conflicts) {}
    List<Access> accesses =
        List.of(
            new Access("st.shared.u32 [%r2], 0;", 4, 1, 0),
            new Access("st.shared.u32 [%r2], 0;", 8, 2, 1),
            new Access("st.shared.u32 [%r2], 0;", 128, 32, 31),
            new Access("st.shared.u32 [%r2], 0;", 132, 1, 0),
            new Access("st.shared.u32 [%r2], 0;", 0, 1, 0),
            new Access("st.shared.u8 [%r2], 0;", 1, 1, 0),
            new Access("st.shared.v2.u32 [%r2], {0, 0};", 8, 2, 0),
            new Access("st.shared.v4.u32 [%r2], {0, 0, 0, 0};", 16, 4, 0),
            new Access("st.shared.v4.u32 [%r2], {0, 0, 0, 0};", 128, 32, 28),
            new Access("st.shared.v4.u32 [%r2], {0, 0, 0, 0};", 144, 4, 0));
    for (Access a : accesses) {
      String text = ptx.replace("STRIDE", "" + a.stride).replace("STORE", a.store);
      Kernels.Result result = Kernels.run(text, "k", Kernels.Config.of(1, 32));
      assertEquals(a.wavefronts, result.counter("wavefronts.shared.store"), a::toString);
      assertEquals(a.conflicts, result.counter("conflicts.shared"), a::toString);
    }
  }
}
