package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Producers and consumers that meet at mbarriers. */
class MbarrierTest {

  /**
   * Warp 0 copies 16 tiles of 32 words through one slot, warp 1 writes them out, each plus one. The
   * copy's completion arrives at {@code full}, the consumer at {@code empty}.
   */
  private static final String RING =
      """
      .version 8.0
      .target sm_80
      .address_size 64
      .visible .entry ring(.param .u64 in, .param .u64 out)
      {
        .reg .pred %p<4>;
        .reg .b32 %r<12>;
        .reg .b64 %d<8>;
        .shared .align 8 .b8 full[8];
        .shared .align 8 .b8 empty[8];
        .shared .align 16 .b8 slot[128];
        mov.u32 %r0, %tid.x;
        and.b32 %r1, %r0, 31;
        setp.eq.u32 %p0, %r0, 0;
        @%p0 mbarrier.init.shared.b64 [full], 32;
        @%p0 mbarrier.init.shared.b64 [empty], 32;
        bar.sync 0;
        ld.param.u64 %d0, [in];
        ld.param.u64 %d1, [out];
        mul.wide.u32 %d2, %r1, 4;
        add.u64 %d0, %d0, %d2;
        add.u64 %d1, %d1, %d2;
        mov.u32 %r2, slot;
        shl.b32 %r3, %r1, 2;
        add.u32 %r3, %r3, %r2;
        xor.b32 %r4, %r3, 4;
        mov.u32 %r5, 0;
        setp.ge.u32 %p1, %r0, 32;
        @%p1 bra CONSUMER;
      PRODUCER:
        and.b32 %r6, %r5, 1;
        xor.b32 %r6, %r6, 1;
      FREE:
        mbarrier.test_wait.parity.shared.b64 %p2, [empty], %r6;
        @!%p2 bra FREE;
        cp.async.ca.shared.global [%r3], [%d0], 4;
        cp.async.mbarrier.arrive.noinc.shared.b64 [full];
        add.u64 %d0, %d0, 128;
        add.u32 %r5, %r5, 1;
        setp.lt.u32 %p3, %r5, 16;
        @%p3 bra PRODUCER;
        bra.uni END;
      CONSUMER:
        and.b32 %r6, %r5, 1;
      READY:
        mbarrier.test_wait.parity.shared.b64 %p2, [full], %r6;
        @!%p2 bra READY;
        ld.shared.u32 %r7, [%r4];
        add.u32 %r7, %r7, 1;
        st.global.u32 [%d1], %r7;
        mbarrier.arrive.shared.b64 _, [empty];
        add.u64 %d1, %d1, 128;
        add.u32 %r5, %r5, 1;
        setp.lt.u32 %p3, %r5, 16;
        @%p3 bra CONSUMER;
      END:
        ret;
      }
      """;

  private static Kernels.Result run(String ptx, EmulatorOptions options, int[] in) {
    return Kernels.run(
        ptx, "ring", Kernels.Config.of(1, 64).options(options), in, new Kernels.Fresh(2048));
  }

  @ParameterizedTest
  @EnumSource(CompletionPolicy.class)
  void aRingDeliversInOrder(CompletionPolicy policy) {
    int[] in = new Random(1).ints(512).toArray();
    for (int seed = 0; seed < 5; seed++) {
      Kernels.Result result =
          run(RING, EmulatorOptions.DEFAULT.withCompletion(policy).withSeed(seed), in);
      assertEquals(List.of(), result.report().findings());
      int[] expected = IntStream.range(0, 512).map(i -> in[i ^ 1] + 1).toArray();
      assertArrayEquals(expected, result.ints(1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "  @!%p2 bra FREE;\n",
        "  @!%p2 bra READY;\n",
        "  mbarrier.arrive.shared.b64 _, [empty];\n",
        "  cp.async.mbarrier.arrive.noinc.shared.b64 [full];\n",
        "  bar.sync 0;\n"
      })
  void everythingItNeedsIsMissedWhenDeleted(String deleted) {
    assertTrue(RING.contains(deleted));
    int[] in = new Random(2).ints(512).toArray();
    Kernels.Result result = run(RING.replace(deleted, ""), EmulatorOptions.DEFAULT, in);
    assertTrue(!result.codes().isEmpty(), "nothing reported without " + deleted);
  }

  @Test
  void aDeadlockNamesTheBarriersState() {
    String broken = RING.replace("  mbarrier.arrive.shared.b64 _, [empty];\n", "");
    var finding = run(broken, EmulatorOptions.DEFAULT, new int[512]).report().findings().getLast();
    assertEquals("EMU-DEADLOCK", finding.code());
    assertTrue(finding.message().contains("32 of 32 arrivals pending"), finding.message());
  }

  @Test
  void anOverwrittenBarrierIsRefused() {
    String broken =
        RING.replace("  bar.sync 0;\n", "  @%p0 st.shared.u32 [full], 1;\n  bar.sync 0;\n");
    var codes = run(broken, EmulatorOptions.DEFAULT, new int[512]).codes();
    assertTrue(codes.contains("EMU-MBARRIER"), codes::toString);
  }
}
