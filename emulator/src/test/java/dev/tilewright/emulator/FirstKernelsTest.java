package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The two kernels everybody writes first, in PTX as a person would write it. */
class FirstKernelsTest {
  private static final String VECTOR_ADD =
      """
      .version 8.0
      .target sm_80
      .address_size 64
      .visible .entry add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n)
      {
        .reg .pred %p;
        .reg .b32 %r<5>;
        .reg .f32 %f<4>;
        .reg .b64 %rd<8>;
        mov.u32 %r1, %ctaid.x;
        mov.u32 %r2, %ntid.x;
        mov.u32 %r3, %tid.x;
        mad.lo.s32 %r1, %r1, %r2, %r3;
        ld.param.u32 %r4, [n];
        setp.ge.s32 %p, %r1, %r4;
        @%p bra DONE;
        ld.param.u64 %rd1, [a];
        ld.param.u64 %rd2, [b];
        ld.param.u64 %rd3, [c];
        mul.wide.s32 %rd4, %r1, 4;
        add.s64 %rd5, %rd1, %rd4;
        add.s64 %rd6, %rd2, %rd4;
        add.s64 %rd7, %rd3, %rd4;
        ld.global.f32 %f1, [%rd5];
        ld.global.f32 %f2, [%rd6];
        add.rn.f32 %f3, %f1, %f2;
        st.global.f32 [%rd7], %f3;
      DONE:
        ret;
      }
      """;

  @Test
  void vectorAddIsExactAndCounted() {
    int n = 1000;
    Random random = new Random(1);
    float[] a = new float[n];
    float[] b = new float[n];
    for (int i = 0; i < n; i++) {
      a[i] = random.nextFloat();
      b[i] = random.nextFloat();
    }
    Kernels.Result result =
        Kernels.run(
            VECTOR_ADD, "add", Kernels.Config.of(8, 128), a, b, new Kernels.Fresh(4 * n), n);
    float[] expected = new float[n];
    for (int i = 0; i < n; i++) {
      expected[i] = a[i] + b[i];
    }
    assertArrayEquals(expected, result.floats(2));
    assertEquals(List.of(), result.codes());
    assertEquals(2 * 4 * n, result.counter("bytes.global.load"));
    assertEquals(2 * n / 8, result.counter("sectors.global.load"));
    assertEquals(2 * Math.ceilDiv(n, 32), result.counter("requests.global.load"));
    assertEquals(n / 8, result.counter("sectors.global.store"));
  }

  private static final String REDUCE =
      """
      .version 8.0
      .target sm_80
      .address_size 64
      .visible .entry reduce(.param .u64 in, .param .u64 out)
      {
        .reg .pred %p<3>;
        .reg .b32 %r<10>;
        .reg .b64 %rd<6>;
        .shared .align 4 .b8 tile[1024];
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, %ctaid.x;
        mad.lo.s32 %r3, %r2, 256, %r1;
        ld.param.u64 %rd1, [in];
        mul.wide.u32 %rd2, %r3, 4;
        add.s64 %rd3, %rd1, %rd2;
        ld.global.u32 %r4, [%rd3];
        mov.u32 %r5, tile;
        shl.b32 %r6, %r1, 2;
        add.s32 %r6, %r5, %r6;
        st.shared.u32 [%r6], %r4;
        mov.u32 %r7, 128;
      LOOP:
        bar.sync 0;
        setp.ge.u32 %p1, %r1, %r7;
        @%p1 bra SKIP;
        shl.b32 %r8, %r7, 2;
        add.s32 %r8, %r6, %r8;
        ld.shared.u32 %r9, [%r8];
        add.s32 %r4, %r4, %r9;
        st.shared.u32 [%r6], %r4;
      SKIP:
        shr.u32 %r7, %r7, 1;
        setp.ne.u32 %p2, %r7, 0;
        @%p2 bra LOOP;
        setp.ne.u32 %p1, %r1, 0;
        @%p1 bra DONE;
        ld.param.u64 %rd4, [out];
        mul.wide.u32 %rd5, %r2, 4;
        add.s64 %rd4, %rd4, %rd5;
        st.global.u32 [%rd4], %r4;
      DONE:
        ret;
      }
      """;

  @Test
  void sharedMemoryReductionIsExactAndClean() {
    int[] in = new Random(2).ints(4 * 256, -1000, 1000).toArray();
    Kernels.Result result =
        Kernels.run(REDUCE, "reduce", Kernels.Config.of(4, 256), in, new Kernels.Fresh(16));
    int[] expected =
        IntStream.range(0, 4)
            .map(b -> IntStream.range(b * 256, b * 256 + 256).map(i -> in[i]).sum())
            .toArray();
    assertArrayEquals(expected, result.ints(1));
    assertEquals(List.of(), result.codes());
    assertEquals(4 * 8, result.counter("barriers"));
    assertEquals(0, result.counter("conflicts.shared"));
  }

  @Test
  void aMissingBarrierIsADataRaceOnTheLineOfTheSecondAccess() {
    String broken = REDUCE.replace("bar.sync 0;", "");
    Kernels.Result result =
        Kernels.run(
            broken,
            "reduce",
            Kernels.Config.of(1, 256),
            new Random(3).ints(256).toArray(),
            new Kernels.Fresh(4));
    assertEquals(true, result.codes().contains("EMU-DATA-RACE"), result.report()::toString);
  }

  @Test
  void countersDoNotDependOnScheduleOrWorkers() {
    int[] in = new Random(4).ints(16 * 256).toArray();
    Kernels.Config config = Kernels.Config.of(16, 256);
    var first = Kernels.run(REDUCE, "reduce", config, in, new Kernels.Fresh(64));
    for (int seed = 1; seed < 5; seed++) {
      EmulatorOptions options = EmulatorOptions.DEFAULT.withSeed(seed).withWorkers(1 + seed % 3);
      var other = Kernels.run(REDUCE, "reduce", config.options(options), in, new Kernels.Fresh(64));
      assertEquals(first.report().counters(), other.report().counters());
      assertArrayEquals(first.ints(1), other.ints(1));
    }
  }
}
