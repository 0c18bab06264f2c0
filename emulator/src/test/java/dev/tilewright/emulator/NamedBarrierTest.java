package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.spi.Finding;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Barriers with a number and a thread count (PTX ISA, {@code barrier{.cta}}). */
class NamedBarrierTest {
  private static final String HEAD =
      """
      .version 8.4
      .target sm_90a
      .address_size 64
      .visible .entry k(.param .u64 out)
      {
        .reg .pred %p<8>;
        .reg .b32 %r<8>;
        .reg .b64 %d<4>;
        .shared .align 4 .b8 s[1024];
        mov.u32 %r0, %tid.x;
        ld.param.u64 %d0, [out];
        mul.wide.u32 %d1, %r0, 4;
        add.u64 %d0, %d0, %d1;
        shr.u32 %r1, %r0, 5;
        and.b32 %r2, %r0, 3;
        setp.eq.u32 %p0, %r2, 0;
        setp.lt.u32 %p1, %r1, 2;
        mov.u32 %r3, s;
        shl.b32 %r4, %r0, 2;
        add.u32 %r4, %r4, %r3;
      """;

  private static String ptx(String body) {
    return HEAD + body + "  ret;\n}\n";
  }

  private static Kernels.Result run(String body, int threads, long seed) {
    return Kernels.run(
        ptx(body),
        "k",
        Kernels.Config.of(1, threads)
            .target("sm_90a")
            .options(EmulatorOptions.DEFAULT.withSeed(seed)),
        new int[threads]);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "barrier.cta.red.popc.aligned.u32 %r5, 3, 64, %p0; | 16",
        "barrier.cta.red.popc.u32 %r5, 3, 64, !%p0;        | 48",
        "bar.red.popc.u32 %r5, 3, 64, %p0;                 | 16",
        "barrier.red.and.pred %p2, 3, 64, %p0;             | 0",
        "barrier.red.or.pred %p2, 3, 64, %p0;              | 1",
        "bar.cta.red.and.pred %p2, 3, 64, %p1;             | WARPS",
        "bar.cta.red.or.pred %p2, 3, 64, !%p1;             | OTHERS",
      })
  void reductionsCoverTheThreadsOfTheBarrier(String instruction, String value) {
    // Warps 0 and 1 meet at barrier 3, and so do warps 2 and 3 at barrier 4.
    String selp = instruction.contains("pred") ? "  selp.u32 %r5, 1, 0, %p2;\n" : "";
    String body =
        "  @%p1 bra LOW;\n"
            + "  "
            + instruction.replace(" 3,", " 4,")
            + "\n  bra.uni JOIN;\nLOW:\n  "
            + instruction
            + "\nJOIN:\n"
            + selp
            + "  st.global.u32 [%d0], %r5;\n";
    int[] expected =
        IntStream.range(0, 128)
            .map(
                t ->
                    switch (value) {
                      case "WARPS" -> t < 64 ? 1 : 0;
                      case "OTHERS" -> t < 64 ? 0 : 1;
                      default -> Integer.parseInt(value);
                    })
            .toArray();
    for (int seed = 0; seed < 5; seed++) {
      Kernels.Result result = run(body, 128, seed);
      assertArrayEquals(expected, result.ints(0));
      assertEquals(2, result.counter("barriers"));
      assertEquals(2, result.counter("barriers.partial"));
    }
    Ptxas.accepts(ptx(body));
  }

  /** Warps 0 and 1 fill what warps 2 and 3 read; 2 and 3 say when it may be filled again. */
  private static final String PING_PONG =
      """
        mov.u32 %r5, 0;
        @!%p1 bra READER;
      WRITER:
        st.shared.u32 [%r4], %r5;
        barrier.cta.arrive.aligned 1, 128;
        barrier.cta.sync.aligned 2, 128;
        add.u32 %r5, %r5, 1;
        setp.lt.u32 %p3, %r5, 10;
        @%p3 bra WRITER;
        bra.uni END;
      READER:
        barrier.cta.sync.aligned 1, 128;
        ld.shared.u32 %r6, [%r4+-256];
        barrier.cta.arrive.aligned 2, 128;
        add.u32 %r5, %r5, 1;
        setp.lt.u32 %p3, %r5, 10;
        @%p3 bra READER;
        st.global.u32 [%d0], %r6;
      END:
      """;

  @Test
  void producersAndConsumersMeet() {
    int[] expected = IntStream.range(0, 128).map(t -> t < 64 ? 0 : 9).toArray();
    for (int seed = 0; seed < 10; seed++) {
      Kernels.Result result = run(PING_PONG, 128, seed);
      assertEquals(List.of(), result.report().findings());
      assertArrayEquals(expected, result.ints(0));
      assertEquals(20, result.counter("barriers.partial"));
    }
    Ptxas.accepts(ptx(PING_PONG));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "  barrier.cta.arrive.aligned 1, 128;\n",
        "  barrier.cta.sync.aligned 2, 128;\n",
        "  barrier.cta.sync.aligned 1, 128;\n",
        "  barrier.cta.arrive.aligned 2, 128;\n"
      })
  void everyBarrierIsMissedWhenDeleted(String deleted) {
    for (int seed = 0; seed < 10; seed++) {
      assertTrue(!run(PING_PONG.replace(deleted, ""), 128, seed).codes().isEmpty());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bar.sync 1, 64;                       | bar.sync 1, 96;   | others already there expect",
        "bar.red.popc.u32 %r5, 1, 64, %p0;     | bar.sync 1, 64;   | a reduction by POPC",
        "bar.red.and.pred %p2, 1, 64, %p0; | bar.red.or.pred %p2, 1, 64, %p0; | a reduction by",
      })
  void mismatchesAreTold(String low, String high, String said) {
    String body =
        "  setp.lt.u32 %p1, %r1, 1;\n  @%p1 bra LOW;\n  "
            + high
            + "\n  ret;\nLOW:\n  "
            + low
            + "\n";
    int told = 0;
    for (int seed = 0; seed < 10; seed++) {
      for (Finding f : run(body, 64, seed).report().findings()) {
        assertEquals("EMU-BARRIER-COUNT", f.code());
        assertTrue(f.message().contains(said), f.message());
        told++;
      }
    }
    assertEquals(10, told);
  }

  @Test
  void aBarrierNobodyCompletesNamesItsThreads() {
    String body = "  @%p1 bar.sync 5, 96;\n";
    Finding finding = run(body, 128, 0).report().findings().getLast();
    assertEquals("EMU-DEADLOCK", finding.code());
    assertTrue(finding.message().contains("barrier 5 (64 of 96 threads have arrived)"));
  }
}
