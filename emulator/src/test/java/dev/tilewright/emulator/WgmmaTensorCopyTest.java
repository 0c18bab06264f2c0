package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.spi.Finding;
import dev.tilewright.runtime.spi.TiledTensorMap;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A product of 128 x k and k x 64 bf16 matrices as Hopper kernels do it: one elected thread brings
 * tiles with tensor copies, swizzled over 128 bytes, into a ring of two stages, and two warpgroups
 * multiply 64 rows each. k is no multiple of the tile's 64: the last box lies partly outside.
 */
class WgmmaTensorCopyTest {
  private static final int M = 128;
  private static final int N = 64;
  private static final int K = 296;
  private static final int STEPS = Math.ceilDiv(K, 64);
  private static final int STAGE = (M + N) * 128;

  private static final String KERNEL =
      """
      .version 8.6
      .target sm_90a
      .address_size 64
      .extern .shared .align 1024 .b8 s[];
      .visible .entry gemm(
        .param .u64 a,
        .param .u64 b,
        .param .u64 out,
        .param .align 64 .b8 a_map[128],
        .param .align 64 .b8 b_map[128]
      ) .maxntid 384 .minnctapersm 1
      {
        .reg .pred %p<8>;
        .reg .b32 %r<24>;
        .reg .f32 %f<32>;
        .reg .b64 %d<16>;
        mov.u32 %r0, %tid.x;
        mov.u32 %r1, s;
        add.u32 %r2, %r1, 49152;
        add.u32 %r3, %r1, 49168;
        setp.eq.u32 %p0, %r0, 0;
        @%p0 mbarrier.init.shared::cta.b64 [%r2], 1;
        @%p0 mbarrier.init.shared::cta.b64 [%r2+8], 1;
        @%p0 mbarrier.init.shared::cta.b64 [%r3], 2;
        @%p0 mbarrier.init.shared::cta.b64 [%r3+8], 2;
        @%p0 fence.mbarrier_init.release.cluster;
        bar.sync 0;
        mov.u32 %r4, 0;
        setp.lt.u32 %p1, %r0, 128;
        @%p1 bra PRODUCER;
        setmaxnreg.inc.sync.aligned.u32 240;
        sub.u32 %r5, %r0, 128;
        and.b32 %r6, %r5, 127;
        setp.eq.u32 %p2, %r6, 0;
        and.b32 %r7, %r5, 128;
        shl.b32 %r7, %r7, 6;
        add.u32 %r7, %r7, %r1;
        setp.ne.u32 %p3, %r0, %r0;
      CONSUMER:
        and.b32 %r8, %r4, 1;
        shl.b32 %r9, %r8, 3;
        add.u32 %r10, %r2, %r9;
        shr.u32 %r11, %r4, 1;
        and.b32 %r11, %r11, 1;
        mul.lo.u32 %r12, %r8, 24576;
        add.u32 %r13, %r12, %r7;
        shr.u32 %r13, %r13, 4;
        cvt.u64.u32 %d0, %r13;
        add.u64 %d0, %d0, 0x4000004000010000;
        add.u32 %r14, %r12, %r1;
        add.u32 %r14, %r14, 16384;
        shr.u32 %r14, %r14, 4;
        cvt.u64.u32 %d1, %r14;
        add.u64 %d1, %d1, 0x4000004000010000;
      READY:
        mbarrier.try_wait.parity.shared::cta.b64 %p4, [%r10], %r11;
        @!%p4 bra READY;
        wgmma.fence.sync.aligned;
      PRODUCTS
        wgmma.commit_group.sync.aligned;
        wgmma.wait_group.sync.aligned 1;
        setp.ne.u32 %p5, %r4, 0;
        and.pred %p5, %p5, %p2;
        xor.b32 %r15, %r9, 8;
        add.u32 %r15, %r15, %r3;
        @%p5 mbarrier.arrive.shared::cta.b64 _, [%r15];
        add.u32 %r4, %r4, 1;
        setp.lt.u32 %p6, %r4, STEPS;
        @%p6 bra CONSUMER;
        wgmma.wait_group.sync.aligned 0;
        ld.param.u64 %d2, [out];
        mul.wide.u32 %d3, %r5, 128;
        add.u64 %d2, %d2, %d3;
      STORES
        ret;
      PRODUCER:
        setmaxnreg.dec.sync.aligned.u32 24;
        setp.ge.u32 %p1, %r0, 32;
        @%p1 bra END;
        elect.sync _|%p2, 0xffffffff;
        @!%p2 bra END;
        mov.b64 %d4, a_map;
        cvta.param.u64 %d4, %d4;
        mov.b64 %d5, b_map;
        cvta.param.u64 %d5, %d5;
        mov.u32 %r16, 0;
      FILL:
        and.b32 %r8, %r4, 1;
        shl.b32 %r9, %r8, 3;
        add.u32 %r10, %r2, %r9;
        add.u32 %r15, %r3, %r9;
        shr.u32 %r11, %r4, 1;
        and.b32 %r11, %r11, 1;
        xor.b32 %r11, %r11, 1;
        mul.lo.u32 %r12, %r8, 24576;
        add.u32 %r12, %r12, %r1;
        add.u32 %r13, %r12, 16384;
      FREE:
        mbarrier.try_wait.parity.shared::cta.b64 %p4, [%r15], %r11;
        @!%p4 bra FREE;
        mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r10], 24576;
        cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r12], [%d4, {%r16, 0}], [%r10];
        cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%r13], [%d5, {%r16, 0}], [%r10];
        add.u32 %r16, %r16, 64;
        add.u32 %r4, %r4, 1;
        setp.lt.u32 %p6, %r4, STEPS;
        @%p6 bra FILL;
      END:
        ret;
      }
      """
          .replace("PRODUCTS\n", products())
          .replace("STORES\n", stores())
          .replace("STEPS", "" + STEPS);

  private static String products() {
    StringBuilder text = new StringBuilder();
    String d = String.join(", ", IntStream.range(0, 32).mapToObj(i -> "%f" + i).toList());
    for (int k = 0; k < 4; k++) {
      text.append("  add.u64 %%d6, %%d0, %d;%n  add.u64 %%d7, %%d1, %d;%n".formatted(2 * k, 2 * k));
      text.append("  wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {").append(d);
      text.append("}, %d6, %d7, ").append(k == 0 ? "%p3" : "1").append(", 1, 1, 0, 0;\n");
    }
    return text + "  setp.eq.u32 %p3, %r0, %r0;\n";
  }

  private static String stores() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 32; i += 4) {
      text.append(
          "  st.global.v4.f32 [%%d2+%d], {%%f%d, %%f%d, %%f%d, %%f%d};%n"
              .formatted(4 * i, i, i + 1, i + 2, i + 3));
    }
    return text.toString();
  }

  private static TiledTensorMap map(long address, int rows) {
    return new TiledTensorMap(
        address,
        TiledTensorMap.ElementType.BFLOAT16,
        List.of((long) K, (long) rows),
        List.of(2L * K),
        List.of(64, rows),
        List.of(1, 1),
        TiledTensorMap.Swizzle.B128,
        TiledTensorMap.Promotion.L2_256B,
        TiledTensorMap.Fill.ZEROS);
  }

  private static short[] matrix(Random random, int rows) {
    short[] values = new short[rows * K];
    for (int i = 0; i < values.length; i++) {
      values[i] = (short) MmaTest.encode(random.nextInt(-8, 8), "bf16");
    }
    return values;
  }

  private static float value(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  private static Kernels.Result run(String ptx, short[] a, short[] b, EmulatorOptions options) {
    return Kernels.run(
        ptx,
        "gemm",
        Kernels.Config.of(1, 384).target("sm_90a").shared(49152 + 32).options(options),
        a,
        b,
        new Kernels.Fresh(4 * M * N),
        new Kernels.Map(0, address -> map(address, M)),
        new Kernels.Map(1, address -> map(address, N)));
  }

  static Stream<EmulatorOptions> options() {
    return Stream.of(CompletionPolicy.values())
        .flatMap(
            policy ->
                IntStream.range(0, 2)
                    .mapToObj(s -> EmulatorOptions.DEFAULT.withCompletion(policy).withSeed(s)));
  }

  @ParameterizedTest
  @MethodSource("options")
  void theProductIsRightAndClean(EmulatorOptions options) {
    Random random = new Random(options.seed());
    short[] a = matrix(random, M);
    short[] b = matrix(random, N);
    Kernels.Result result = run(KERNEL, a, b, options);
    assertEquals(List.of(), result.report().findings());
    float[] d = result.floats(2);
    for (int t = 0; t < 256; t++) {
      for (int i = 0; i < 32; i++) {
        int row = 64 * (t / 128) + 16 * (t % 128 / 32) + t % 32 / 4 + 8 * (i / 2 % 2);
        int column = 8 * (i / 4) + 2 * (t % 4) + i % 2;
        double sum = 0;
        for (int k = 0; k < K; k++) {
          sum += value(a[row * K + k]) * value(b[column * K + k]);
        }
        assertEquals(sum, d[32 * t + i], "row " + row + " column " + column);
      }
    }
    assertEquals(2 * 4 * STEPS, result.counter("wgmma.m64n64k16.f32.bf16.bf16"));
    assertEquals(2L * M * N * 64 * STEPS, result.counter("flops.mma"));
    assertEquals(2L * (M + N) * K, result.counter("bytes.bulk.load"));
    assertEquals((long) STEPS * (M + 2 * N) * 128, result.counter("bytes.shared.wgmma"));
    assertEquals((long) STEPS * STAGE, result.counter("bytes.shared.store"));
    Ptxas.accepts(KERNEL);
  }

  @Test
  void theSwizzleOfTheDescriptorMustBeThatOfTheMap() {
    short[] a = matrix(new Random(2), M);
    short[] b = matrix(new Random(3), N);
    String broken = KERNEL.replace("0x4000004000010000", "0x8000002000010000");
    Finding finding = run(broken, a, b, EmulatorOptions.DEFAULT).report().findings().getFirst();
    assertEquals("EMU-WGMMA-DESCRIPTOR", finding.code());
    int copy = (int) KERNEL.substring(0, KERNEL.indexOf("cp.async.bulk")).lines().count();
    String said =
        "a 64-byte swizzle; the tensor copy of line " + copy + " wrote it with a 128-byte swizzle";
    assertTrue(finding.message().contains(said), finding.message());
  }

  /** A synchronisation that is missing or wrong. */
  record Mutation(String from, String to) {
    @Override
    public String toString() {
      return (to.isEmpty() ? "without " : "with " + to.strip() + " instead of ") + from.strip();
    }
  }

  static Stream<Mutation> mutations() {
    return Stream.of(
        new Mutation("  bar.sync 0;\n", ""),
        new Mutation("  @%p0 fence.mbarrier_init.release.cluster;\n", ""),
        new Mutation("  @!%p4 bra READY;\n", ""),
        new Mutation("  @!%p4 bra FREE;\n", ""),
        new Mutation("  wgmma.fence.sync.aligned;\n", ""),
        new Mutation("  wgmma.commit_group.sync.aligned;\n", ""),
        new Mutation("  wgmma.wait_group.sync.aligned 1;\n", ""),
        new Mutation("  wgmma.wait_group.sync.aligned 0;\n", ""),
        new Mutation("  @%p5 mbarrier.arrive.shared::cta.b64 _, [%r15];\n", ""),
        new Mutation("  setmaxnreg.dec.sync.aligned.u32 24;\n", ""),
        new Mutation("sync.aligned.u32 240", "sync.aligned.u32 248"),
        new Mutation("[%r10], 24576;\n", "[%r10], 16384;\n"),
        new Mutation("[%r10], 24576;\n", "[%r10], 24592;\n"),
        // One of the two warpgroups suffices to free a stage.
        new Mutation("[%r3], 2;\n", "[%r3], 1;\n"),
        // The stage just issued is given back.
        new Mutation("  xor.b32 %r15, %r9, 8;\n", "  mov.b32 %r15, %r9;\n"),
        // The stages are swapped.
        new Mutation("  xor.b32 %r11, %r11, 1;\n", ""),
        // The swizzle of the descriptor is not that of the tensor map.
        new Mutation("0x4000004000010000", "0x8000002000010000"),
        new Mutation("0x4000004000010000", "0x0000004000080000"),
        // The descriptor leaves the tile.
        new Mutation("add.u64 %d6, %d0, 6;", "add.u64 %d6, %d0, 7;"),
        new Mutation("add.u64 %d6, %d0, 6;", "add.u64 %d6, %d0, 8;"));
  }

  @ParameterizedTest
  @MethodSource("mutations")
  void everyMistakeIsReported(Mutation mutation) {
    assertTrue(KERNEL.contains(mutation.from));
    String broken = KERNEL.replace(mutation.from, mutation.to);
    Random random = new Random(1);
    short[] a = matrix(random, M);
    short[] b = matrix(random, N);
    options()
        .forEach(
            o -> {
              Kernels.Result result = run(broken, a, b, o);
              assertFalse(result.codes().isEmpty(), () -> mutation + " is not reported with " + o);
            });
  }
}
