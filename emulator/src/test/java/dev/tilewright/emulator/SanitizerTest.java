package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.spi.Finding;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One small broken kernel for each thing the sanitizer objects to, and its repaired sibling. */
class SanitizerTest {
  private static final String HEAD =
      """
      .version 8.0
      .target sm_80
      .address_size 64
      .visible .entry k(.param .u64 a, .param .u64 b)
      {
        .reg .pred %p<4>;
        .reg .b16 %h<4>;
        .reg .b32 %r<16>;
        .reg .b64 %d<16>;
        .shared .align 16 .b8 s[1024];
        .local .align 16 .b8 l[64];
        mov.u32 %r0, %tid.x;
        ld.param.u64 %d0, [a];
        ld.param.u64 %d1, [b];
        mov.u32 %r1, s;
        shl.b32 %r2, %r0, 2;
        add.u32 %r2, %r2, %r1;
        mul.wide.u32 %d2, %r0, 4;
        add.u64 %d2, %d2, %d0;
      """;

  /** The line of the first statement of a body, from 1. */
  private static final int FIRST = (int) HEAD.lines().count() + 1;

  private static Kernels.Result run(String body, int blocks, int threads) {
    return Kernels.run(
        HEAD + body + "ret;\n}\n",
        "k",
        Kernels.Config.of(blocks, threads),
        new int[256],
        new Kernels.Fresh(1024));
  }

  private static void finds(String code, String body, int threads) {
    List<Finding> findings = run(body, 1, threads).report().findings();
    assertTrue(
        findings.stream().anyMatch(f -> f.code().equals(code)),
        () -> "expected " + code + " in " + findings);
  }

  private static void clean(String body, int blocks, int threads) {
    assertEquals(List.of(), run(body, blocks, threads).report().findings());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EMU-OUT-OF-BOUNDS | ld.global.u32 %r3, [%d0+1024];",
        "EMU-OUT-OF-BOUNDS | ld.global.u32 %r3, [%d0+-4];",
        "EMU-OUT-OF-BOUNDS | st.global.u32 [%d0+4096], %r0;",
        "EMU-OUT-OF-BOUNDS | st.shared.u32 [s+1024], %r0;",
        "EMU-OUT-OF-BOUNDS | ld.shared.u32 %r3, [0];",
        "EMU-OUT-OF-BOUNDS | st.local.u32 [l+64], %r0;",
        "EMU-MISALIGNED    | ld.global.u32 %r3, [%d0+2];",
        "EMU-MISALIGNED    | st.shared.v4.u32 [s+8], {%r0, %r0, %r0, %r0};",
        "EMU-MISALIGNED    | cp.async.ca.shared.global [s+8], [%d0], 16;",
        "EMU-MISALIGNED    | cp.async.ca.shared.global [s], [%d0+8], 16;",
        "EMU-UNINITIALIZED-REGISTER | add.u32 %r3, %r4, 1;",
        "EMU-UNINITIALIZED-REGISTER | @%p1 add.u32 %r3, %r0, 1;",
        "EMU-UNINITIALIZED-SHARED   | ld.shared.u32 %r3, [s];",
        "EMU-UNINITIALIZED-GLOBAL   | ld.global.u32 %r3, [%d1];",
        "EMU-UNINITIALIZED-LOCAL    | ld.local.u32 %r3, [l];",
        "EMU-TRAP | trap;",
        "EMU-BARRIER-COUNT | bar.sync 16;",
        "EMU-BARRIER-COUNT | bar.sync 0, 33;",
        "EMU-MEMBER-MASK | bar.warp.sync 2;"
      })
  void singleThreadErrors(String code, String body) {
    List<Finding> findings = run(body + "\n", 1, 1).report().findings();
    assertEquals(code, findings.getFirst().code(), findings::toString);
    assertEquals(FIRST, findings.getFirst().codeLine());
    assertEquals("0,0,0", findings.getFirst().block());
    assertEquals(0, findings.getFirst().thread());
  }

  @Test
  void theSourceLineComesFromLoc() {
    String body = "  .loc 1 42 7\n  trap;\n";
    String text = HEAD + body + "ret;\n}\n.file 1 \"/home/me/Matmul.java\"\n";
    Finding finding =
        Kernels.run(text, "k", Kernels.Config.of(1, 1), new int[1], new int[1])
            .report()
            .findings()
            .getFirst();
    assertEquals(Optional.of("Matmul.java:42"), finding.source());
  }

  @Test
  void aReadOfAnotherThreadsWordNeedsABarrier() {
    String write = "  st.shared.u32 [%r2], %r0;\n";
    String read = "  xor.b32 %r3, %r2, 128;\n  ld.shared.u32 %r4, [%r3];\n";
    finds("EMU-DATA-RACE", write + read, 64);
    clean(write + "  bar.sync 0;\n" + read, 1, 64);
  }

  @Test
  void lanesOfAWarpNeedAWarpBarrier() {
    String write = "  st.shared.u32 [%r2], %r0;\n";
    String read = "  xor.b32 %r3, %r2, 4;\n  ld.shared.u32 %r4, [%r3];\n";
    finds("EMU-DATA-RACE", write + read, 32);
    clean(write + "  bar.warp.sync -1;\n" + read, 1, 32);
  }

  @Test
  void ldmatrixReadsForTheWholeWarp() {
    // Lane l writes row l, whose address it also gives to ldmatrix; the data goes to other lanes.
    String write =
        "  shl.b32 %r3, %r0, 4;\n  add.u32 %r3, %r3, %r1;\n"
            + "  st.shared.v4.u32 [%r3], {%r0, %r0, %r0, %r0};\n";
    String read = "  ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r4, %r5, %r6, %r7}, [%r3];\n";
    finds("EMU-DATA-RACE", write + read, 32);
    clean(write + "  bar.warp.sync -1;\n" + read, 1, 32);
  }

  @Test
  void aWriteAfterAnotherThreadsReadNeedsABarrier() {
    String start = "  st.shared.u32 [%r2], %r0;\n  bar.sync 0;\n";
    String body =
        start
            + "  xor.b32 %r3, %r2, 128;\n  ld.shared.u32 %r4, [%r3];\n"
            + "%s  st.shared.u32 [%r2], %r4;\n";
    finds("EMU-DATA-RACE", body.replace("%s", ""), 64);
    clean(body.replace("%s", "  bar.sync 0;\n"), 1, 64);
  }

  @Test
  void namedBarriersOrderOnlyTheirThreads() {
    // Warps 0 and 1 exchange through barrier 1; warp 2 reads without taking part.
    String body =
        """
          shr.u32 %r5, %r0, 5;
          setp.eq.u32 %p0, %r5, 0;
          setp.eq.u32 %p1, %r5, READER;
          @%p0 st.shared.u32 [%r2], %r0;
          @%p0 bar.arrive 1, 64;
          setp.eq.u32 %p2, %r5, 1;
          @%p2 bar.sync 1, 64;
          and.b32 %r6, %r2, 0xffffff7f;
          and.b32 %r6, %r6, 0xfffffeff;
          @%p1 ld.shared.u32 %r4, [%r6];
        """;
    clean(body.replace("READER", "1"), 1, 96);
    List<String> codes = run(body.replace("READER", "2"), 1, 96).codes();
    boolean objected =
        codes.contains("EMU-DATA-RACE") || codes.contains("EMU-UNINITIALIZED-SHARED");
    assertTrue(objected, codes::toString);
  }

  @Test
  void settingAFlagToTheSameValueIsNoRace() {
    clean("  st.shared.u32 [s], 7;\n", 1, 64);
    finds("EMU-DATA-RACE", "  st.shared.u32 [s], %r0;\n", 64);
  }

  @Test
  void atomicsDoNotRaceWithEachOtherButWithPlainAccesses() {
    String zero = "  st.shared.u32 [s], 0;\n  bar.sync 0;\n";
    clean(zero + "  red.shared.add.u32 [s], 1;\n", 1, 96);
    finds("EMU-DATA-RACE", zero + "  red.shared.add.u32 [s], 1;\n  ld.shared.u32 %r3, [s];\n", 96);
  }

  @Test
  void neighbouringBytesAreNoRace() {
    clean("  add.u32 %r3, %r1, %r0;\n  st.shared.u8 [%r3], %r0;\n", 1, 128);
  }

  @Test
  void blocksRaceThroughGlobalMemory() {
    String body = "  mov.u32 %r3, %ctaid.x;\n  st.global.u32 [%d0], %r3;\n";
    assertEquals(List.of("EMU-DATA-RACE"), run(body, 4, 1).codes());
    clean("  st.global.u32 [%d2], %r0;\n", 1, 64);
    clean("  atom.global.add.u32 %r3, [%d0], 1;\n", 4, 64);
  }

  @Test
  void theLastBlockMayReadWhatOthersReleased() {
    // Each block writes, fences and draws a ticket; the one with the last ticket sums.
    String body =
        """
          mov.u32 %r3, %ctaid.x;
          mul.wide.u32 %d3, %r3, 4;
          add.u64 %d3, %d3, %d1;
          st.global.u32 [%d3], 5;
          FENCE
          atom.global.add.u32 %r4, [%d0], 1;
          setp.ne.u32 %p0, %r4, 3;
          @%p0 bra END;
          FENCE
          ld.global.u32 %r5, [%d1];
          ld.global.u32 %r6, [%d1+4];
          ld.global.u32 %r7, [%d1+8];
          st.global.u32 [%d0+8], %r7;
        END:
        """;
    clean(body.replace("FENCE", "membar.gl;"), 4, 1);
    assertTrue(run(body.replace("FENCE", ""), 4, 1).codes().contains("EMU-DATA-RACE"));
  }

  // ---- asynchronous copies

  private static final String COPY =
      """
        shl.b32 %r3, %r0, 4;
        add.u32 %r3, %r3, %r1;
        mul.wide.u32 %d3, %r0, 16;
        add.u64 %d3, %d3, %d0;
        cp.async.ca.shared.global [%r3], [%d3], 16;
      """;

  @Test
  void aCopyMustBeWaitedForBeforeItIsRead() {
    finds("EMU-ASYNC-READ-BEFORE-WAIT", COPY + "  ld.shared.u32 %r4, [%r3];\n", 32);
    clean(COPY + "  cp.async.wait_all;\n  ld.shared.u32 %r4, [%r3];\n", 1, 32);
    clean(
        COPY + "  cp.async.commit_group;\n  cp.async.wait_group 0;\n  ld.shared.u32 %r4, [%r3];\n",
        1,
        32);
    finds(
        "EMU-ASYNC-READ-BEFORE-WAIT",
        COPY + "  cp.async.commit_group;\n  cp.async.wait_group 1;\n  ld.shared.u32 %r4, [%r3];\n",
        32);
  }

  @Test
  void waitingMakesACopyVisibleToItsThreadOnly() {
    String read = "  xor.b32 %r4, %r3, 512;\n  ld.shared.u32 %r5, [%r4];\n";
    finds("EMU-ASYNC-NOT-VISIBLE", COPY + "  cp.async.wait_all;\n" + read, 64);
    clean(COPY + "  cp.async.wait_all;\n  bar.sync 0;\n" + read, 1, 64);
    finds("EMU-ASYNC-READ-BEFORE-WAIT", COPY + "  bar.sync 0;\n" + read, 64);
  }

  @Test
  void theTargetAndTheSourceOfACopyMustBeLeftAlone() {
    finds("EMU-ASYNC-OVERWRITE", COPY + "  st.shared.u32 [%r3], 1;\n", 32);
    finds("EMU-ASYNC-OVERWRITE", COPY + "  cp.async.ca.shared.global [%r3], [%d3], 16;\n", 32);
    finds(
        "EMU-ASYNC-SOURCE-OVERWRITTEN",
        COPY + "  st.global.u32 [%d3], 99;\n  cp.async.wait_all;\n",
        32);
  }

  @Test
  void aCopyMayNotStartWhileOthersStillRead() {
    String start = "  st.shared.v4.u32 [%r4], {%r0, %r0, %r0, %r0};\n  bar.sync 0;\n";
    String address = "  shl.b32 %r4, %r0, 4;\n  add.u32 %r4, %r4, %r1;\n";
    String read = "  xor.b32 %r5, %r4, 512;\n  ld.shared.u32 %r6, [%r5];\n";
    String end = "  cp.async.wait_all;\n";
    finds("EMU-DATA-RACE", address + start + read + COPY + end, 64);
    clean(address + start + read + "  bar.sync 0;\n" + COPY + end, 1, 64);
  }

  @Test
  void zeroFillReadsOnlyTheGivenBytes() {
    String body =
        """
          cp.async.ca.shared.global [%r2], [%d2], 4, 0;
          cp.async.wait_all;
          ld.shared.u32 %r3, [%r2];
          st.global.u32 [%d2], %r3;
        """;
    clean(body, 1, 64);
  }

  // ---- barriers

  @Test
  void divergentBarriersAreNamed() {
    String body =
        """
          setp.lt.u32 %p0, %r0, 16;
          @%p0 bra LOW;
          bar.sync 0;
          bra.uni END;
        LOW:
          bar.sync 0;
        END:
        """;
    finds("EMU-BARRIER-DIVERGENT", body, 32);
    clean(body.replace("16", "32"), 1, 64);
  }

  @Test
  void mismatchedCountsAreRefused() {
    String body =
        """
          setp.lt.u32 %p0, %r0, 32;
          @%p0 bar.sync 1, 64;
          @!%p0 bar.sync 1, 96;
        """;
    finds("EMU-BARRIER-COUNT", body, 64);
  }

  @Test
  void exitedThreadsAtABarrierAreReported() {
    String body =
        """
          setp.ge.u32 %p0, %r0, 32;
          @%p0 exit;
          bar.sync 0;
        """;
    finds("EMU-BARRIER-EXITED-THREADS", body, 64);
  }

  @Test
  void deadlockNamesWhoWaitsForWhat() {
    String body =
        """
          setp.lt.u32 %p0, %r0, 32;
          @%p0 bar.sync 1, 64;
          @!%p0 bar.sync 2, 64;
        """;
    Finding finding = run(body, 1, 64).report().findings().getFirst();
    assertEquals("EMU-DEADLOCK", finding.code());
    assertTrue(finding.message().contains("barrier 1 (32 of 64"), finding.message());
    assertTrue(finding.message().contains("barrier 2 (32 of 64"), finding.message());
    assertTrue(finding.message().contains("line " + (FIRST + 1)), finding.message());
    assertTrue(finding.message().contains("line " + (FIRST + 2)), finding.message());
  }

  @Test
  void endlessLoopsRunOutOfBudget() {
    String body = "LOOP:\n  bra.uni LOOP;\n";
    Kernels.Result result =
        Kernels.run(
            HEAD + body + "ret;\n}\n",
            "k",
            Kernels.Config.of(1, 32).options(EmulatorOptions.DEFAULT.withInstructionBudget(10_000)),
            new int[1],
            new int[1]);
    assertEquals(List.of("EMU-INSTRUCTION-BUDGET"), result.codes());
  }

  @Test
  void useAfterFreeIsTold() {
    try (var device = new EmulatorProvider().open("sm_80");
        var stream = device.openStream()) {
      long address = device.allocate(64);
      device.free(address);
      String text =
          HEAD.replace("ld.param.u64 %d1, [b];", "ld.param.u64 %d1, [b]; ld.global.u32 %r9, [%d1];")
              + "ret;\n}\n";
      var kernel = device.load(Kernels.image(text, "k", Kernels.Config.of(1, 1)));
      var report =
          stream.launch(
              kernel,
              new dev.tilewright.runtime.spi.LaunchShape(1, 1, 1),
              java.lang.foreign.MemorySegment.ofArray(new long[] {address, address}));
      assertEquals("EMU-USE-AFTER-FREE", report.findings().getFirst().code());
    }
  }

  @Test
  void findingsAreOnePerLineAndLimited() {
    String body = "  add.u32 %r3, %r4, 1;\n  add.u32 %r3, %r5, 1;\n";
    assertEquals(2, run(body, 8, 128).codes().size());
  }
}
