package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A producer and a consumer warpgroup with a ring of two stages: D (64 x 16) is the sum over eight
 * steps of A (64 x 16) times B (16 x 16), one product in flight while the next stage is filled.
 */
class WgmmaPipelineTest {
  private static final int STEPS = 8;
  private static final SharedOperand A = new SharedOperand(16, true, 16, 64, 16);
  private static final SharedOperand B = new SharedOperand(16, true, 16, 16, 16);
  private static final int STAGE = A.bytes() + B.bytes();

  private static final String RING =
      """
      .version 8.4
      .target sm_90a
      .address_size 64
      .visible .entry ring(.param .u64 tiles, .param .u64 out) .maxntid 256 .minnctapersm 2
      {
        .reg .pred %p<8>;
        .reg .b32 %r<16>;
        .reg .b32 %x<4>;
        .reg .f32 %f<8>;
        .reg .b64 %d<8>;
        .shared .align 128 .b8 stages[5120];
        .shared .align 8 .b8 full[16];
        .shared .align 8 .b8 empty[16];
        mov.u32 %r0, %tid.x;
        mov.u32 %r1, stages;
        mov.u32 %r2, full;
        mov.u32 %r3, empty;
        ld.param.u64 %d0, [tiles];
        ld.param.u64 %d1, [out];
        setp.eq.u32 %p0, %r0, 0;
        @%p0 mbarrier.init.shared.b64 [%r2], 128;
        @%p0 mbarrier.init.shared.b64 [%r2+8], 128;
        @%p0 mbarrier.init.shared.b64 [%r3], 1;
        @%p0 mbarrier.init.shared.b64 [%r3+8], 1;
        bar.sync 0;
        mov.u32 %r4, 0;
        setp.ge.u32 %p1, %r0, 128;
        @%p1 bra PRODUCER;
        setmaxnreg.inc.sync.aligned.u32 232;
        setp.ne.u32 %p2, %r0, %r0;
      CONSUMER:
        and.b32 %r5, %r4, 1;
        shl.b32 %r6, %r5, 3;
        add.u32 %r7, %r2, %r6;
        add.u32 %r8, %r3, %r6;
        shr.u32 %r9, %r4, 1;
        and.b32 %r9, %r9, 1;
        mul.lo.u32 %r10, %r5, 2560;
        add.u32 %r10, %r10, %r1;
        shr.u32 %r10, %r10, 4;
        cvt.u64.u32 %d2, %r10;
        add.u64 %d3, %d2, 0x800400000;
        add.u64 %d4, %d2, 0x800100080;
      READY:
        mbarrier.try_wait.parity.shared.b64 %p3, [%r7], %r9;
        @!%p3 bra READY;
        wgmma.fence.sync.aligned;
        wgmma.mma_async.sync.aligned.m64n16k16.f32.f16.f16 {%f0, %f1, %f2, %f3, %f4, %f5, %f6, %f7}, %d3, %d4, %p2, 1, 1, 0, 0;
        wgmma.commit_group.sync.aligned;
        setp.eq.u32 %p2, %r0, %r0;
        wgmma.wait_group.sync.aligned 1;
        setp.ne.u32 %p4, %r4, 0;
        and.pred %p4, %p4, %p0;
        xor.b32 %r11, %r6, 8;
        add.u32 %r11, %r11, %r3;
        @%p4 mbarrier.arrive.shared.b64 _, [%r11];
        add.u32 %r4, %r4, 1;
        setp.lt.u32 %p5, %r4, 8;
        @%p5 bra CONSUMER;
        wgmma.wait_group.sync.aligned 0;
        mul.wide.u32 %d5, %r0, 32;
        add.u64 %d5, %d5, %d1;
        st.global.v4.f32 [%d5], {%f0, %f1, %f2, %f3};
        st.global.v4.f32 [%d5+16], {%f4, %f5, %f6, %f7};
        ret;
      PRODUCER:
        setmaxnreg.dec.sync.aligned.u32 24;
        sub.u32 %r12, %r0, 128;
        shl.b32 %r12, %r12, 4;
        setp.lt.u32 %p6, %r12, 512;
        cvt.u64.u32 %d6, %r12;
        add.u64 %d0, %d0, %d6;
      FILL:
        and.b32 %r5, %r4, 1;
        shl.b32 %r6, %r5, 3;
        add.u32 %r7, %r2, %r6;
        add.u32 %r8, %r3, %r6;
        shr.u32 %r9, %r4, 1;
        and.b32 %r9, %r9, 1;
        xor.b32 %r9, %r9, 1;
        mul.lo.u32 %r10, %r5, 2560;
        add.u32 %r10, %r10, %r1;
        add.u32 %r10, %r10, %r12;
      FREE:
        mbarrier.try_wait.parity.shared.b64 %p3, [%r8], %r9;
        @!%p3 bra FREE;
        ld.global.v4.b32 {%x0, %x1, %x2, %x3}, [%d0];
        st.shared.v4.b32 [%r10], {%x0, %x1, %x2, %x3};
        @%p6 ld.global.v4.b32 {%x0, %x1, %x2, %x3}, [%d0+2048];
        @%p6 st.shared.v4.b32 [%r10+2048], {%x0, %x1, %x2, %x3};
        fence.proxy.async.shared::cta;
        mbarrier.arrive.shared.b64 _, [%r7];
        add.u64 %d0, %d0, 2560;
        add.u32 %r4, %r4, 1;
        setp.lt.u32 %p5, %r4, 8;
        @%p5 bra FILL;
        ret;
      }
      """;

  private record Problem(byte[] tiles, double[][] d) {
    static Problem random(long seed) {
      Random random = new Random(seed);
      byte[] tiles = new byte[STEPS * STAGE];
      double[][] d = new double[64][16];
      for (int step = 0; step < STEPS; step++) {
        int[][] a = matrix(random, 64);
        int[][] b = matrix(random, 16);
        for (int k = 0; k < 16; k++) {
          for (int i = 0; i < 64; i++) {
            A.put(tiles, step * STAGE, i, k, MmaTest.encode(a[i][k], "f16"));
            for (int j = 0; j < 16; j++) {
              d[i][j] += a[i][k] * b[j][k];
            }
          }
          for (int j = 0; j < 16; j++) {
            B.put(tiles, step * STAGE + A.bytes(), j, k, MmaTest.encode(b[j][k], "f16"));
          }
        }
      }
      return new Problem(tiles, d);
    }

    private static int[][] matrix(Random random, int rows) {
      return IntStream.range(0, rows)
          .mapToObj(i -> random.ints(16, -8, 8).toArray())
          .toArray(int[][]::new);
    }

    boolean isRight(float[] out) {
      return IntStream.range(0, 128 * 8)
          .allMatch(
              e -> {
                int t = e / 8;
                int i = e % 8;
                int row = 16 * (t / 32) + t % 32 / 4 + 8 * (i / 2 % 2);
                int column = 8 * (i / 4) + 2 * (t % 4) + i % 2;
                return out[e] == d[row][column];
              });
    }
  }

  private static Kernels.Result run(String ptx, Problem problem, EmulatorOptions options) {
    return Kernels.run(
        ptx,
        "ring",
        Kernels.Config.of(1, 256).target("sm_90a").options(options),
        problem.tiles,
        new Kernels.Fresh(128 * 8 * 4));
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
  void theRingIsRightAndClean(EmulatorOptions options) {
    Problem problem = Problem.random(options.seed());
    Kernels.Result result = run(RING, problem, options);
    assertEquals(List.of(), result.report().findings());
    assertTrue(problem.isRight(result.floats(1)));
    assertEquals(STEPS, result.counter("wgmma.m64n16k16.f32.f16.f16"));
    assertEquals((long) STEPS * STAGE, result.counter("bytes.shared.wgmma"));
    Ptxas.accepts(RING);
  }

  /** One synchronisation less, or one that comes too early. */
  record Mutation(String from, String to) {
    @Override
    public String toString() {
      return (to.isEmpty() ? "without" : "with " + to.strip() + " instead of")
          + from.stripTrailing();
    }
  }

  static Stream<Mutation> mutations() {
    String release = "  @%p4 mbarrier.arrive.shared.b64 _, [%r11];\n";
    return Stream.of(
        new Mutation("  bar.sync 0;\n", ""),
        new Mutation("  @!%p3 bra READY;\n", ""),
        new Mutation("  wgmma.fence.sync.aligned;\n", ""),
        new Mutation("  wgmma.commit_group.sync.aligned;\n", ""),
        new Mutation("  wgmma.wait_group.sync.aligned 1;\n", ""),
        new Mutation("  wgmma.wait_group.sync.aligned 0;\n", ""),
        new Mutation(release, ""),
        new Mutation("  @!%p3 bra FREE;\n", ""),
        new Mutation("  fence.proxy.async.shared::cta;\n", ""),
        new Mutation("  mbarrier.arrive.shared.b64 _, [%r7];\n", ""),
        new Mutation("  setmaxnreg.dec.sync.aligned.u32 24;\n", ""),
        new Mutation("dec.sync.aligned.u32 24;\n", "dec.sync.aligned.u32 256;\n"),
        new Mutation("wait_group.sync.aligned 1;", "wait_group.sync.aligned 2;"),
        new Mutation("wait_group.sync.aligned 0;", "wait_group.sync.aligned 1;"),
        // The stage just issued is given back, not the one before.
        new Mutation("  xor.b32 %r11, %r6, 8;\n", "  mov.b32 %r11, %r6;\n"),
        // Only one warp waits for the stage.
        new Mutation(
            "  @!%p3 bra READY;\n",
            "  not.pred %p3, %p3; and.pred %p3, %p3, %p0;\n" + "  @%p3 bra READY;\n"),
        // The fence comes before the writes.
        new Mutation(
            "  ld.global.v4.b32 {%x0, %x1, %x2, %x3}, [%d0];\n",
            "  fence.proxy.async.shared::cta;\n"
                + "  ld.global.v4.b32 {%x0, %x1, %x2, %x3}, [%d0];\n"
                + "  mov.b32 %r13, 0;\n"),
        // Writing the next stage's registers: an accumulator is scaled while it is in flight.
        new Mutation(
            "  wgmma.wait_group.sync.aligned 1;\n",
            "  add.f32 %f0, %f0, %f0;\n  wgmma.wait_group.sync.aligned 1;\n"));
  }

  @ParameterizedTest
  @MethodSource("mutations")
  void everySynchronisationIsMissed(Mutation mutation) {
    assertTrue(RING.contains(mutation.from));
    String broken = RING.replace(mutation.from, mutation.to);
    if (mutation.to.startsWith("  fence.proxy")) {
      broken =
          broken.replace(
              "+2048], {%x0, %x1, %x2, %x3};\n  fence.proxy.async.shared::cta;\n",
              "+2048], {%x0, %x1, %x2, %x3};\n");
    }
    String text = broken;
    options()
        .forEach(
            o -> {
              Kernels.Result result = run(text, Problem.random(1), o);
              assertFalse(
                  result.codes().isEmpty(), () -> "nothing reported " + mutation + ", " + o);
            });
  }
}
