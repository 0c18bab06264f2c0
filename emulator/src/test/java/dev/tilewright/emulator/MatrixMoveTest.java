package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code ldmatrix} and {@code stmatrix}: where elements go, and what it costs. */
class MatrixMoveTest {

  /**
   * Each lane holds four registers. Rows lie {@code stride} bytes apart, their 16-byte chunks
   * exclusive-or'ed with the row when swizzled; the block's 4096 bytes go out.
   */
  private static String ptx(String instruction, int stride, boolean swizzled) {
    return """
    .version 8.4
    .target sm_90
    .address_size 64
    .visible .entry k(.param .u64 in, .param .u64 out)
    {
      .reg .pred %%p;
      .reg .b32 %%r<16>;
      .reg .b64 %%d<8>;
      .shared .align 128 .b8 s[4096];
      mov.u32 %%r0, %%tid.x;
      mov.u32 %%r1, s;
      ld.param.u64 %%d0, [in];
      ld.param.u64 %%d1, [out];
      mul.wide.u32 %%d2, %%r0, 16;
      add.u64 %%d3, %%d0, %%d2;
      ld.global.v4.b32 {%%r4, %%r5, %%r6, %%r7}, [%%d3];
      and.b32 %%r2, %%r0, 7;
      mul.lo.u32 %%r8, %%r0, %d;
      shl.b32 %%r3, %%r2, 4;
      %s
      add.u32 %%r8, %%r8, %%r1;
      %s
      bar.warp.sync -1;
      st.global.v4.b32 [%%d3], {%%r4, %%r5, %%r6, %%r7};
      mov.u32 %%r10, 0;
      add.u64 %%d4, %%d1, %%d2;
    OUT:
      shl.b32 %%r11, %%r0, 4;
      add.u32 %%r11, %%r11, %%r10;
      add.u32 %%r11, %%r11, %%r1;
      ld.shared.v4.b32 {%%r12, %%r13, %%r14, %%r15}, [%%r11];
      st.global.v4.b32 [%%d4], {%%r12, %%r13, %%r14, %%r15};
      add.u64 %%d4, %%d4, 512;
      add.u32 %%r10, %%r10, 512;
      setp.lt.u32 %%p, %%r10, 4096;
      @%%p bra OUT;
      ret;
    }
    """
        .formatted(stride, swizzled ? "xor.b32 %r8, %r8, %r3;" : "", instruction);
  }

  static Stream<Arguments> stores() {
    return Stream.of(1, 2, 4)
        .flatMap(count -> Stream.of(false, true).map(trans -> Arguments.of(count, trans)));
  }

  private static String registers(int count) {
    return "{" + String.join(", ", List.of("%r4", "%r5", "%r6", "%r7").subList(0, count)) + "}";
  }

  private static Kernels.Result run(String ptx, int[] in) {
    return Kernels.run(
        ptx,
        "k",
        Kernels.Config.of(1, 32)
            .target("sm_90")
            .options(EmulatorOptions.DEFAULT.withSanitize(false)),
        in,
        new byte[4096]);
  }

  @ParameterizedTest
  @MethodSource("stores")
  void stmatrixPutsEachElementInItsRow(int count, boolean trans) {
    String store =
        "stmatrix.sync.aligned.m8n8.x%d%s.shared.b16 [%%r8], %s;"
            .formatted(count, trans ? ".trans" : "", registers(count));
    int[] in = new Random(count).ints(128).toArray();
    String ptx = ptx(store, 48, false);
    byte[] shared = run(ptx, in).buffers().get(1);
    for (int matrix = 0; matrix < count; matrix++) {
      for (int row = 0; row < 8; row++) {
        for (int column = 0; column < 8; column++) {
          int r = trans ? column : row;
          int c = trans ? row : column;
          int held = in[4 * (4 * r + c / 2) + matrix] >>> 16 * (c % 2) & 0xffff;
          int at = 48 * (8 * matrix + row) + 2 * column;
          int stored = shared[at] & 0xff | (shared[at + 1] & 0xff) << 8;
          assertEquals(held, stored, "matrix " + matrix + " row " + row + " column " + column);
        }
      }
    }
    Ptxas.accepts(ptx);
  }

  @ParameterizedTest
  @MethodSource("stores")
  void ldmatrixUndoesStmatrix(int count, boolean trans) {
    String suffix = ".sync.aligned.m8n8.x" + count + (trans ? ".trans" : "") + ".shared.b16 ";
    String both =
        "stmatrix"
            + suffix
            + "[%r8], "
            + registers(count)
            + ";\n  mov.b32 %r4, 0;\n  bar.warp.sync -1;\n  ldmatrix"
            + suffix
            + registers(count)
            + ", [%r8];";
    int[] in = new Random(7).ints(128).toArray();
    String ptx = ptx(both, 16, false);
    int[] back = run(ptx, in).ints(0);
    for (int lane = 0; lane < 32; lane++) {
      for (int j = 0; j < count; j++) {
        assertEquals(in[4 * lane + j], back[4 * lane + j]);
      }
    }
    Ptxas.accepts(ptx);
  }

  /** Eight rows of 16 bytes are one wavefront if they lie in different banks. */
  @Test
  void rowsInTheSameBanksConflict() {
    String store = "stmatrix.sync.aligned.m8n8.x2.shared.b16 [%r8], {%r4, %r5};";
    int[] in = new int[128];
    // All reads of the copy out are free of conflicts: 8 x 4 wavefronts.
    assertCost(run(ptx(store, 16, false), in), 2, 0);
    assertCost(run(ptx(store, 48, false), in), 2, 0);
    assertCost(run(ptx(store, 32, false), in), 4, 2);
    assertCost(run(ptx(store, 128, false), in), 16, 14);
    assertCost(run(ptx(store, 128, true), in), 2, 0);
  }

  private static void assertCost(Kernels.Result result, long wavefronts, long conflicts) {
    assertEquals(wavefronts, result.counter("wavefronts.shared.store"));
    assertEquals(conflicts, result.counter("conflicts.shared"));
    assertEquals(256, result.counter("bytes.shared.store"));
    assertEquals(1, result.counter("inst.memory.shared.matrix"));
  }
}
