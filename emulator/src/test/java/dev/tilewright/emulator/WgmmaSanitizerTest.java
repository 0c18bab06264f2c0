package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.runtime.spi.Finding;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to misuse {@code wgmma} that the sanitizer knows, and its repaired sibling. */
class WgmmaSanitizerTest {

  /** Zeroes 4096 bytes: A, 64 x 16 f16, lies at 0, B, 8 x 16 (n x k), at 2048; none swizzled. */
  private static final String HEAD =
      """
      .version 8.4
      .target sm_90a
      .address_size 64
      .visible .entry k(.param .u64 out)
      {
        .reg .pred %p<8>;
        .reg .b32 %r<16>;
        .reg .b32 %a<4>;
        .reg .f32 %f<8>;
        .reg .f32 %g<4>;
        .reg .b64 %d<8>;
        .reg .b64 %A;
        .reg .b64 %B;
        .shared .align 1024 .b8 s[4096];
        mov.u32 %r0, %tid.x;
        mov.u32 %r1, s;
        ld.param.u64 %d0, [out];
        shl.b32 %r2, %r0, 4;
        add.u32 %r2, %r2, %r1;
        mov.b32 %r3, 0;
        setp.lt.u32 %p7, %r0, 128;
        @%p7 st.shared.v4.b32 [%r2], {%r3, %r3, %r3, %r3};
        @%p7 st.shared.v4.b32 [%r2+2048], {%r3, %r3, %r3, %r3};
        fence.proxy.async.shared::cta;
        bar.sync 0;
        shr.u32 %r4, %r1, 4;
        cvt.u64.u32 %d1, %r4;
        add.u64 %A, %d1, 0x800400000;
        add.u64 %B, %d1, 0x800080080;
        mov.f32 %f0, 0f00000000;
        mov.f32 %f1, 0f00000000;
        mov.f32 %f2, 0f00000000;
        mov.f32 %f3, 0f00000000;
        mov.b32 %a0, 0;
        mov.b32 %a1, 0;
        mov.b32 %a2, 0;
        mov.b32 %a3, 0;
        shr.u32 %r5, %r0, 5;
        setp.eq.u32 %p1, %r5, 1;
        setp.ne.u32 %p2, %r5, 3;
        setp.lt.u32 %p3, %r0, 16;
      """;

  private static final String TYPES = "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 ";
  private static final String MMA = "  " + TYPES + "{%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1, 0, 0;\n";
  private static final String OTHER_MMA = MMA.replace("%f", "%g");
  private static final String FP8_MMA =
      "  wgmma.mma_async.sync.aligned.m64n8k32.f32.e4m3.e4m3 {%f0, %f1, %f2, %f3}, %A, %B, 1, 1,"
          + " 1;\n";
  private static final String RS_MMA =
      "  " + TYPES + "{%f0, %f1, %f2, %f3}, {%a0, %a1, %a2, %a3}, %B, 1, 1, 1, 0;\n";
  private static final String FENCE = "  wgmma.fence.sync.aligned;\n";
  private static final String COMMIT = "  wgmma.commit_group.sync.aligned;\n";
  private static final String WAIT = "  wgmma.wait_group.sync.aligned 0;\n";
  private static final String WAIT_1 = "  wgmma.wait_group.sync.aligned 1;\n";
  private static final String STORE = "  st.global.f32 [%d0], %f0;\n";
  private static final String CLEAR_G =
      "  mov.f32 %g0, %f0;\n  mov.f32 %g1, %f0;\n  mov.f32 %g2, %f0;\n  mov.f32 %g3, %f0;\n";
  private static final String BARRIER = "  bar.sync 0;\n";
  private static final String OVERWRITE = "  @%p1 st.shared.v4.b32 [%r2], {%r0, %r0, %r0, %r0};\n";

  private static String ptx(String body) {
    return HEAD + body + "  ret;\n}\n";
  }

  private static List<Finding> run(String body, int threads, EmulatorOptions options) {
    return Kernels.run(
            ptx(body),
            "k",
            Kernels.Config.of(1, threads).target("sm_90a").options(options),
            new Kernels.Fresh(4))
        .report()
        .findings();
  }

  private static Stream<EmulatorOptions> everyPolicy() {
    return Stream.of(CompletionPolicy.values())
        .flatMap(
            policy ->
                Stream.of(1L, 2L, 3L)
                    .map(s -> EmulatorOptions.DEFAULT.withCompletion(policy).withSeed(s)));
  }

  private static void clean(String body) {
    everyPolicy().forEach(o -> assertEquals(List.of(), run(body, 128, o), o::toString));
    Ptxas.accepts(ptx(body));
  }

  /** Whatever the schedule: finds it, once, at the line of {@code where} in the body. */
  private static void finds(String code, String where, String body) {
    int line = (int) (HEAD + body.substring(0, body.indexOf(where))).lines().count() + 1;
    everyPolicy()
        .forEach(
            options -> {
              List<Finding> findings = run(body, 128, options);
              assertTrue(
                  findings.stream().anyMatch(f -> f.code().equals(code) && f.codeLine() == line),
                  () -> code + " at line " + line + " in " + findings + " with " + options);
            });
  }

  // ---- registers

  @Test
  void anAccumulatorMustNotBeTouchedBeforeTheWait() {
    clean(FENCE + MMA + COMMIT + WAIT + STORE);
    finds("EMU-WGMMA-REGISTER", STORE, FENCE + MMA + COMMIT + STORE + WAIT);
    finds("EMU-WGMMA-REGISTER", STORE, FENCE + MMA + WAIT + STORE);
    String write = "  mov.f32 %f3, 0f3f800000;\n";
    finds("EMU-WGMMA-REGISTER", write, FENCE + MMA + COMMIT + write + WAIT);
    String partial = "  @%p3 mov.f32 %f3, 0f3f800000;\n";
    finds("EMU-WGMMA-REGISTER", partial, FENCE + MMA + COMMIT + partial + WAIT);
  }

  @Test
  void aFragmentOfAMustNotBeTouchedBeforeTheWait() {
    String write = "  mov.b32 %a2, 1;\n";
    clean(FENCE + RS_MMA + COMMIT + WAIT + write + STORE);
    finds("EMU-WGMMA-REGISTER", write, FENCE + RS_MMA + COMMIT + write + WAIT);
    String read = "  add.u32 %r6, %a0, 1;\n";
    finds("EMU-WGMMA-REGISTER", read, FENCE + RS_MMA + COMMIT + read + WAIT);
    // Reading the same fragment twice is no access by a thread.
    clean(FENCE + RS_MMA + RS_MMA + COMMIT + WAIT + STORE);
  }

  @Test
  void waitingForAllButTheLatestGroupLeavesItInFlight() {
    String two = CLEAR_G + FENCE + MMA + COMMIT + OTHER_MMA + COMMIT + WAIT_1;
    String read = "  st.global.f32 [%d0], %g0;\n";
    clean(two + STORE + WAIT);
    clean(two + WAIT + read);
    finds("EMU-WGMMA-REGISTER", read, two + read + WAIT);
  }

  @Test
  void emptyGroupsCount() {
    clean(FENCE + MMA + COMMIT + COMMIT + WAIT_1 + STORE + WAIT);
  }

  @Test
  void theFirstNeedsAFence() {
    finds("EMU-WGMMA-FENCE", MMA, MMA + COMMIT + WAIT + STORE);
  }

  @Test
  void aRegisterUsedSinceTheFenceNeedsAnother() {
    String write = "  mov.f32 %f2, 0f3f800000;\n";
    finds("EMU-WGMMA-FENCE", MMA, FENCE + write + MMA + COMMIT + WAIT + STORE);
    clean(write + FENCE + MMA + COMMIT + WAIT + STORE);
    String again = FENCE + MMA + COMMIT + WAIT + STORE;
    finds("EMU-WGMMA-FENCE", MMA + COMMIT + WAIT + "\n", again + MMA + COMMIT + WAIT + "\n");
    clean(again + FENCE + MMA + COMMIT + WAIT + STORE);
    String fragment = "  mov.b32 %a1, 2;\n";
    finds("EMU-WGMMA-FENCE", RS_MMA, FENCE + fragment + RS_MMA + COMMIT + WAIT);
  }

  @Test
  void accumulationContinuesInTheSameShapeOnly() {
    clean(FENCE + MMA + MMA + COMMIT + MMA + COMMIT + WAIT + STORE);
    finds("EMU-WGMMA-REGISTER", FP8_MMA, FENCE + MMA + FP8_MMA + COMMIT + WAIT);
    finds("EMU-WGMMA-REGISTER", FP8_MMA, FENCE + MMA + FENCE + FP8_MMA + COMMIT + WAIT);
    finds("EMU-WGMMA-FENCE", FP8_MMA, FENCE + MMA + COMMIT + WAIT + FP8_MMA + COMMIT + WAIT);
    String waited = FENCE + MMA + COMMIT + WAIT + FENCE + FP8_MMA + COMMIT + WAIT + STORE;
    clean(waited);
    // The same registers, one further.
    String shifted = MMA.replace("{%f0, %f1, %f2, %f3}", "{%f1, %f2, %f3, %f4}");
    String four = "  mov.f32 %f4, %f0;\n";
    finds("EMU-WGMMA-REGISTER", shifted, four + FENCE + MMA + shifted + COMMIT + WAIT);
  }

  @Test
  void anAccumulatorMustHaveAValueIfItIsAddedTo() {
    finds("EMU-UNINITIALIZED-REGISTER", OTHER_MMA, FENCE + OTHER_MMA + COMMIT + WAIT);
    clean(FENCE + OTHER_MMA.replace("%B, 1,", "%B, 0,") + COMMIT + WAIT);
  }

  @Test
  void whatIsInFlightMustBeWaitedForBeforeTheEnd() {
    finds("EMU-WGMMA-NOT-WAITED", "  ret;\n", FENCE + MMA + COMMIT + "  ret;\n");
    finds("EMU-WGMMA-NOT-WAITED", "  ret;\n", FENCE + MMA + WAIT + "  ret;\n");
  }

  // ---- the warpgroup

  @Test
  void allFourWarpsMustIssueTheSame() {
    String skip = "  @!%p2 bra SKIP;\n" + FENCE + MMA + COMMIT + WAIT + "SKIP:\n";
    List<Finding> findings = run(skip, 128, EmulatorOptions.DEFAULT);
    assertEquals("EMU-WARPGROUP-DIVERGENT", findings.getLast().code(), findings::toString);
    assertTrue(findings.getLast().message().contains("for warp 3 to issue the wgmma of line "));
    String otherLine =
        FENCE
            + "  @%p2 bra LOW;\n"
            + MMA
            + "  bra.uni JOIN;\nLOW:\n"
            + MMA
            + "JOIN:\n"
            + COMMIT
            + WAIT;
    assertEquals(
        "EMU-WARPGROUP-DIVERGENT", run(otherLine, 128, EmulatorOptions.DEFAULT).getLast().code());
  }

  @Test
  void allLanesMustTakePart() {
    String half = FENCE + "  @%p3 bra SKIP;\n" + MMA + COMMIT + WAIT + "  ret;\nSKIP:\n";
    assertEquals("EMU-WARP-DIVERGENT", run(half, 128, EmulatorOptions.DEFAULT).getLast().code());
  }

  @Test
  void aWarpgroupHasFourWarps() {
    assertEquals(
        "EMU-WARPGROUP-DIVERGENT",
        run(FENCE + MMA + COMMIT + WAIT, 224, EmulatorOptions.DEFAULT).getLast().code());
  }

  @Test
  void groupsMustEndAtTheSamePlaceInAllWarps() {
    String body = FENCE + MMA + "  @%p2 bra LOW;\n" + COMMIT + "LOW:\n" + MMA + COMMIT + WAIT;
    List<Finding> findings = run(body, 128, EmulatorOptions.DEFAULT);
    assertTrue(
        findings.stream().anyMatch(f -> f.code().equals("EMU-WARPGROUP-DIVERGENT")),
        findings::toString);
  }

  @Test
  void scaleDAndDescriptorsMustBeUniform() {
    finds(
        "EMU-WARPGROUP-DIVERGENT",
        MMA.replace("%B, 1,", "%B, %p3,"),
        FENCE + MMA.replace("%B, 1,", "%B, %p3,") + COMMIT + WAIT);
    String perLane = "  cvt.u64.u32 %d2, %r0;\n  and.b64 %d2, %d2, 1;\n  add.u64 %A, %A, %d2;\n";
    finds("EMU-WGMMA-DESCRIPTOR", MMA, perLane + FENCE + MMA + COMMIT + WAIT);
    String perWarp = "  @%p1 add.u64 %A, %A, 1;\n";
    finds("EMU-WARPGROUP-DIVERGENT", MMA, perWarp + FENCE + MMA + COMMIT + WAIT);
  }

  // ---- shared memory

  @Test
  void operandsMustBeLeftAloneUntilTheWait() {
    String start = FENCE + MMA + COMMIT;
    finds("EMU-WGMMA-OPERAND-OVERWRITTEN", OVERWRITE, start + OVERWRITE + WAIT);
    finds("EMU-WGMMA-OPERAND-OVERWRITTEN", OVERWRITE, start + BARRIER + OVERWRITE + WAIT);
    clean(start + WAIT + BARRIER + OVERWRITE);
    String copy = "  cp.async.ca.shared.global [%r1], [%d0], 4;\n  cp.async.wait_all;\n";
    String first = "  setp.eq.u32 %p4, %r0, 0;\n";
    String store = "  st.global.u32 [%d0], 0;\n";
    String guarded = first + "  @%p4" + store + "  @%p4" + copy.replace("\n  cp", "\n  @%p4 cp");
    finds("EMU-WGMMA-OPERAND-OVERWRITTEN", "  @%p4  cp.async", start + guarded + WAIT);
    clean(start + WAIT + guarded);
  }

  @Test
  void anotherWarpgroupMustLearnOfTheWait() {
    // Warps 4 to 7 overwrite what warps 0 to 3 multiply, after meeting them at a barrier or not.
    String body =
        "  setp.ge.u32 %p5, %r5, 4;\n  @%p5 bra WRITER;\n"
            + FENCE
            + MMA
            + COMMIT
            + "BEFORE"
            + WAIT
            + "AFTER"
            + "  ret;\nWRITER:\n  bar.sync 1, 256;\n"
            + "  setp.ge.u32 %p6, %r5, 5;\n"
            + "  @%p6 st.shared.v4.b32 [%r1], {%r3, %r3, %r3, %r3};\n"
            + "  @%p6 st.shared.b32 [%r1], %r0;\n";
    String meet = "  bar.sync 1, 256;\n";
    String late = body.replace("BEFORE", "").replace("AFTER", meet);
    String early = body.replace("BEFORE", meet).replace("AFTER", "");
    everyPolicy()
        .forEach(
            o -> {
              List<String> ofLate = run(late, 256, o).stream().map(Finding::code).toList();
              assertTrue(!ofLate.contains("EMU-WGMMA-OPERAND-OVERWRITTEN"), ofLate::toString);
              List<String> ofEarly = run(early, 256, o).stream().map(Finding::code).toList();
              assertTrue(ofEarly.contains("EMU-WGMMA-OPERAND-OVERWRITTEN"), ofEarly::toString);
            });
  }

  private static final String PROXY_FENCE = "  fence.proxy.async.shared::cta;\n";

  private static void findsInHead(String code, String head) {
    String text = head + FENCE + MMA + COMMIT + WAIT + STORE + "  ret;\n}\n";
    int line = (int) (head + FENCE).lines().count() + 1;
    everyPolicy()
        .forEach(
            options -> {
              List<Finding> findings =
                  Kernels.run(
                          text,
                          "k",
                          Kernels.Config.of(1, 128).target("sm_90a").options(options),
                          new Kernels.Fresh(4))
                      .report()
                      .findings();
              assertTrue(
                  findings.stream().anyMatch(f -> f.code().equals(code) && f.codeLine() == line),
                  () -> code + " at line " + line + " in " + findings);
            });
  }

  @Test
  void whatTheGenericProxyWroteMustBeFencedByTheWriter() {
    findsInHead("EMU-MISSING-PROXY-FENCE", HEAD.replace(PROXY_FENCE, ""));
    // By the reader, after the barrier, it comes too late.
    findsInHead(
        "EMU-MISSING-PROXY-FENCE",
        HEAD.replace(PROXY_FENCE, "").replace(BARRIER, BARRIER + PROXY_FENCE));
    // A fence that comes before the write does not cover it.
    String again = "  st.shared.b32 [%r2], %r3;\n";
    findsInHead("EMU-MISSING-PROXY-FENCE", HEAD.replace(PROXY_FENCE, PROXY_FENCE + again));
    // Nor does one by half of the writers.
    findsInHead(
        "EMU-MISSING-PROXY-FENCE",
        HEAD.replace(
            PROXY_FENCE, "  setp.lt.u32 %p6, %r0, 64;\n  @%p6" + PROXY_FENCE.substring(1)));
  }

  @Test
  void operandsMustBeWrittenBefore() {
    findsInHead("EMU-DATA-RACE", HEAD.replace(BARRIER, ""));
    String unwritten = "  @%p7 st.shared.v4.b32 [%r2+2048], {%r3, %r3, %r3, %r3};\n";
    findsInHead("EMU-UNINITIALIZED-SHARED", HEAD.replace(unwritten, ""));
  }

  @Test
  void operandsCopiedAsynchronouslyAreWaitedForAndFenced() {
    String copy =
        "  mul.wide.u32 %d2, %r0, 4;\n  shl.b32 %r7, %r0, 2;\n  add.u32 %r7, %r7, %r1;\n"
            + "  setp.eq.u32 %p6, %r0, 0;\n  @%p6 st.global.u32 [%d0], %r3;\n"
            + "  @%p6 cp.async.ca.shared.global [%r7+2048], [%d0], 4;\n";
    String wait = "  cp.async.wait_all;\n";
    findsInHead("EMU-ASYNC-READ-BEFORE-WAIT", HEAD.replace(BARRIER, BARRIER + copy + BARRIER));
    findsInHead("EMU-MISSING-PROXY-FENCE", HEAD.replace(BARRIER, BARRIER + copy + wait + BARRIER));
    String fenced = copy + wait + PROXY_FENCE + BARRIER;
    String text = HEAD.replace(BARRIER, BARRIER + fenced);
    List<Finding> findings =
        Kernels.run(
                text + FENCE + MMA + COMMIT + WAIT + STORE + "  ret;\n}\n",
                "k",
                Kernels.Config.of(1, 128).target("sm_90a"),
                new Kernels.Fresh(4))
            .report()
            .findings();
    assertEquals(List.of(), findings);
  }

  @Test
  void otherTargetsHaveNone() {
    for (String instruction : List.of(FENCE, "  setmaxnreg.dec.sync.aligned.u32 24;\n")) {
      String text = ptx(instruction).replace("sm_90a", "sm_90");
      PtxException e =
          assertThrows(
              PtxException.class,
              () ->
                  Kernels.run(
                      text, "k", Kernels.Config.of(1, 128).target("sm_90"), new Kernels.Fresh(4)));
      assertTrue(e.toString().contains("needs .target sm_90a"), e::toString);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Bits of A's descriptor (added to s >> 4) | what is said
        "0x4000004000000008 | starts at 0x480, 128 bytes past a multiple of the 1024-byte",
        "0x8000002000000004 | starts at 0x440, 64 bytes past a multiple of the 512-byte",
        "0xc000001000000002 | starts at 0x420, 32 bytes past a multiple of the 256-byte",
        "0x4004004000000000 | with base offset 2",
        "0x4000004000000007 | its 32 bytes of k leave the 128-byte row",
        "0x0002000800400000 | has base offset 1 but no swizzle",
        "0x0000400800400000 | has bits 0x400000000000 set",
      })
  void wrongDescriptors(String bits, String said) {
    String a = "  add.u64 %A, %d1, " + bits + ";\n  wgmma.fence.sync.aligned;\n";
    List<Finding> findings = run(a + MMA + COMMIT + WAIT, 128, EmulatorOptions.DEFAULT);
    assertTrue(
        findings.stream()
            .anyMatch(f -> f.code().equals("EMU-WGMMA-DESCRIPTOR") && f.message().contains(said)),
        findings::toString);
  }

  @Test
  void aTileMustBeInsideTheBlocksMemory() {
    String a = "  add.u64 %A, %d1, 0x800400100;\n" + FENCE;
    List<Finding> findings = run(a + MMA + COMMIT + WAIT, 128, EmulatorOptions.DEFAULT);
    assertEquals("EMU-OUT-OF-BOUNDS", findings.getFirst().code());
    assertTrue(findings.getFirst().message().contains("reads A at shared address 0x1400"));
  }

  // ---- what is no instruction

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wgmma.commit_group.sync.aligned 1;",
        "wgmma.wait_group.sync.aligned %r0;",
        "wgmma.wait_group.sync.aligned -1;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, %A, %B, 2, 1, 1, 0, 0;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, %A, %B, 1, 0, 1, 0, 0;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1, 2, 0;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2, _}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, {%a0, %a1, %a2, %a3}, %B, 1, 1, 1, 0, 0;",
        "m64n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, {%g0, %g1, %g2, %g3}, %B, 1, 1, 1, 0;",
        "m64n8k16.f32.f16.bf16 {%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n8k16.f16.bf16.bf16 {%a0, %a1}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n8k32.f32.f16.f16 {%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n12k16.f32.f16.f16 {%f0, %f1, %f2, %f3, %f4, %f5}, %A, %B, 1, 1, 1, 0, 0;",
        "m16n8k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n8k16.f32.f16.f16.satfinite {%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n8k8.f32.tf32.tf32 {%f0, %f1, %f2, %f3}, %A, %B, 1, 1, 1, 0, 0;",
        "m64n8k32.s32.s8.s8 {%a0, %a1, %a2, %a3}, %A, %B, 1, 1, 1;",
        "m64n8k32.s32.s8.s8 {%f0, %f1, %f2, %f3}, %A, %B, 1;",
        "m64n8k64.s32.s4.s4 {%a0, %a1, %a2, %a3}, %A, %B, 1;",
        "m64n8k256.s32.b1.b1.xor.popc {%a0, %a1, %a2, %a3}, %A, %B, 1;",
        "m64n40k32.s32.s8.s8 {%r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7, %r8, %r9, %r10, %r11, %r12,"
            + " %r13, %r14, %r15, %a0, %a1, %a2, %a3}, %A, %B, 1;",
      })
  void whatTheAssemblerRefusesIsRefused(String text) {
    String instruction =
        "  " + (text.startsWith("wgmma") ? "" : "wgmma.mma_async.sync.aligned.") + text + "\n";
    PtxException e =
        assertThrows(PtxException.class, () -> run(instruction, 128, EmulatorOptions.DEFAULT));
    assertTrue(e.toString().contains("wgmma."), e::toString);
    assertTrue(Ptxas.refuses(ptx(instruction)), "ptxas takes it");
  }
}
