package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.spi.Finding;
import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What goes wrong between the generic and the asynchronous proxy: for each rule a kernel that
 * breaks it and its repaired sibling, under every completion policy.
 */
class TmaSanitizerTest {
  /** Two warps; thread 0 is {@code %p0}; a tile is 1024 bytes of {@code in}, 16 by 32 f16. */
  private static final String HEAD =
      """
      .version 8.6
      .target sm_90a
      .address_size 64
      .visible .entry k(.param .u64 in, .param .u64 out, .param .align 64 .b8 map[128],
          .param .align 64 .b8 to[128])
      {
        .reg .pred %p<6>;
        .reg .b32 %r<16>;
        .reg .b64 %d<8>;
        .shared .align 1024 .b8 s[2048];
        .shared .align 8 .b8 bar[8];
        .shared .align 8 .b8 other[8];
        mov.u32 %r0, %tid.x;
        setp.eq.u32 %p0, %r0, 0;
        ld.param.u64 %d0, [in];
        ld.param.u64 %d1, [out];
        mov.b64 %d2, map;
        cvta.param.u64 %d2, %d2;
        mov.b64 %d3, to;
        cvta.param.u64 %d3, %d3;
        mov.u32 %r1, s;
        shl.b32 %r2, %r0, 2;
        add.u32 %r3, %r1, %r2;
        mul.wide.u32 %d4, %r0, 4;
        add.u64 %d4, %d4, %d1;
      """;

  private static final String INIT =
      """
        @%p0 mbarrier.init.shared::cta.b64 [bar], 1;
        @%p0 mbarrier.init.shared::cta.b64 [other], 64;
        @%p0 fence.mbarrier_init.release.cluster;
        bar.sync 0;
      """;

  private static String load(int bytes) {
    return """
      @%p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], BYTES;
      @%p0 cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [s], [%d2, {0, 0}], [bar];
    """
        .replace("BYTES", "" + bytes);
  }

  private static final String LOAD = load(1024);

  private static String await(int label, String barrier, int parity) {
    return """
    WAIT#:
      mbarrier.try_wait.parity.shared::cta.b64 %p1, [BAR], PARITY;
      @!%p1 bra WAIT#;
    """
        .replace("#", "" + label)
        .replace("BAR", barrier)
        .replace("PARITY", "" + parity);
  }

  private static final String AWAIT = await(1, "bar", 0);
  private static final String READ = "  ld.shared.u32 %r5, [%r3];\n";
  private static final String USE = "  st.global.u32 [%d4], %r5;\n";
  private static final String WRITE = "  st.shared.u32 [%r3], %r0;\n";
  private static final String REST =
      "  st.shared.u32 [%r3+256], %r0;\n"
          + "  st.shared.u32 [%r3+512], %r0;\n  st.shared.u32 [%r3+768], %r0;\n";
  private static final String FENCE = "  fence.proxy.async.shared::cta;\n";
  private static final String STORE =
      "  @%p0 cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%d3, {0, 0}], [s];\n"
          + "  @%p0 cp.async.bulk.commit_group;\n";
  private static final String NOT_WAITED = "EMU-ASYNC-READ-BEFORE-WAIT|EMU-ASYNC-NOT-VISIBLE";
  private static final String BARRIER = "  bar.sync 0;\n";
  private static final String STORED = "  @%p0 cp.async.bulk.wait_group.read 0;\n";

  private static TiledTensorMap map(long address) {
    return new TiledTensorMap(
        address,
        ElementType.FLOAT16,
        List.of(32L, 16L),
        List.of(64L),
        List.of(32, 16),
        List.of(1, 1),
        Swizzle.B64,
        Promotion.NONE,
        Fill.ZEROS);
  }

  private static List<Finding> run(String body, CompletionPolicy policy, int seed) {
    String text = HEAD + body + "  ret;\n}\n";
    return Kernels.run(
            text,
            "k",
            Kernels.Config.of(1, 64)
                .target("sm_90a")
                .options(EmulatorOptions.DEFAULT.withCompletion(policy).withSeed(seed)),
            new int[256],
            new Kernels.Fresh(1024),
            new Kernels.Map(0, TmaSanitizerTest::map),
            new Kernels.Map(1, TmaSanitizerTest::map))
        .report()
        .findings();
  }

  /**
   * @param codes the codes of which one must be found, separated by bars: which one depends on
   *     whether the copy is complete
   */
  private static void finds(String codes, String body) {
    Ptxas.accepts(HEAD + body + "  ret;\n}\n");
    for (CompletionPolicy policy : CompletionPolicy.values()) {
      for (int seed = 0; seed < 3; seed++) {
        List<Finding> findings = run(body, policy, seed);
        assertTrue(
            findings.stream().anyMatch(f -> List.of(codes.split("\\|")).contains(f.code())),
            () -> "expected " + codes + " under " + policy + " in " + findings);
      }
    }
  }

  private static void clean(String body) {
    Ptxas.accepts(HEAD + body + "  ret;\n}\n");
    for (CompletionPolicy policy : CompletionPolicy.values()) {
      for (int seed = 0; seed < 3; seed++) {
        assertEquals(List.of(), run(body, policy, seed), policy + "");
      }
    }
  }

  private static String without(String body, String part) {
    assertTrue(body.contains(part), part);
    return body.replace(part, "");
  }

  // ---- loads

  private static final String LOADED = INIT + LOAD + AWAIT + READ + USE;

  @Test
  void copiedBytesAreReadAfterTheirPhase() {
    clean(LOADED);
    // Nobody waits: also the block ends too early.
    finds(NOT_WAITED, INIT + load(1024) + READ + USE + await(2, "bar", 0));
    // Warp 0 waits, warp 1 does not, though the bytes are there by then.
    String one = "  setp.ge.u32 %p2, %r0, 32;\n  @%p2 bra PAST;\n" + AWAIT + "PAST:\n";
    String late = INIT + LOAD + one + "  bar.arrive 1, 64;\n" + READ + USE;
    finds(NOT_WAITED, late);
    clean(INIT + LOAD + one + BARRIER + READ + USE);
  }

  @Test
  void theWrongParityIsNoWait() {
    String wrong = INIT + LOAD + await(1, "bar", 1) + READ + USE + await(2, "bar", 0);
    // Once the copy is complete the phase that is asked for never comes.
    finds(NOT_WAITED + "|EMU-DEADLOCK", wrong);
  }

  @Test
  void anMbarrierMustBeVisibleToTheCopy() {
    finds(
        "EMU-MBARRIER-NOT-VISIBLE",
        without(LOADED, "  @%p0 fence.mbarrier_init.release.cluster;\n"));
    clean(LOADED.replace("fence.mbarrier_init.release.cluster", "fence.proxy.async"));
    finds("EMU-DATA-RACE|EMU-MBARRIER", without(LOADED, BARRIER));
    finds("EMU-MBARRIER", without(LOADED, "  @%p0 mbarrier.init.shared::cta.b64 [bar], 1;\n"));
    finds("EMU-MBARRIER", LOADED.replace("@%p0 mbarrier.init.", "mbarrier.init."));
  }

  @Test
  void genericAccessesMustBeFencedBeforeACopyOverwrites() {
    String before = INIT + WRITE;
    finds("EMU-MISSING-PROXY-FENCE", before + BARRIER + LOAD + AWAIT + READ + USE);
    clean(before + FENCE + BARRIER + LOAD + AWAIT + READ + USE);
    // The fence belongs to the thread that wrote, after what it wrote.
    finds("EMU-MISSING-PROXY-FENCE", before + BARRIER + FENCE + LOAD + AWAIT + READ + USE);
    finds(
        "EMU-MISSING-PROXY-FENCE",
        before + "  @%p0 fence.proxy.async;\n" + BARRIER + LOAD + AWAIT + READ + USE);
    finds("EMU-MISSING-PROXY-FENCE", INIT + FENCE + WRITE + BARRIER + LOAD + AWAIT + READ + USE);
    finds(
        "EMU-DATA-RACE|EMU-ASYNC-OVERWRITE|EMU-ASYNC-NOT-VISIBLE",
        before + FENCE + LOAD + AWAIT + READ + USE);
    // The same for what was read, in the second round of a ring.
    String second =
        "  @%p0 mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], 1024;\n"
            + LOAD.lines().skip(1).findFirst().orElseThrow()
            + "\n"
            + await(2, "bar", 1)
            + READ
            + USE;
    clean(LOADED + FENCE + BARRIER + second);
    finds("EMU-MISSING-PROXY-FENCE", LOADED + BARRIER + second);
    finds("EMU-DATA-RACE|EMU-DEADLOCK|" + NOT_WAITED, LOADED + FENCE + second);
  }

  @Test
  void globalMemoryNeedsTheFenceToo() {
    String write = INIT + "  add.u64 %d5, %d0, 4;\n  @%p0 st.global.u32 [%d5], 7;\n";
    String rest = BARRIER + LOAD + AWAIT + READ + USE;
    finds("EMU-MISSING-PROXY-FENCE", write + rest);
    finds("EMU-MISSING-PROXY-FENCE", write + FENCE + rest);
    finds("EMU-MISSING-PROXY-FENCE", write + "  @!%p0 fence.proxy.async.global;\n" + rest);
    clean(write + "  fence.proxy.async.global;\n" + rest);
    clean(write + "  fence.proxy.async;\n" + rest);
    String out = INIT + "  st.global.u32 [%d4], 1;\n";
    finds("EMU-MISSING-PROXY-FENCE", out + STAGED.substring(INIT.length()));
    clean(out + "  fence.proxy.async.global;\n" + STAGED.substring(INIT.length()));
  }

  @Test
  void aCopyMustNotMeetAnother() {
    String twice = INIT + load(2048) + LOAD.lines().skip(1).findFirst().orElseThrow() + "\n";
    finds("EMU-ASYNC-OVERWRITE|EMU-ASYNC-NOT-VISIBLE", twice + AWAIT + READ + USE);
    finds("EMU-ASYNC-OVERWRITE|EMU-ASYNC-NOT-VISIBLE", INIT + LOAD + WRITE + AWAIT + READ + USE);
  }

  @Test
  void bytesAreCountedExactly() {
    // Too few: the phase completes early. Too many: never.
    finds("EMU-MBARRIER-BYTES", INIT + load(512) + AWAIT + READ + USE);
    finds("EMU-DEADLOCK", INIT + load(1040) + AWAIT + READ + USE);
    Finding stuck = run(INIT + load(1040) + AWAIT + READ + USE, CompletionPolicy.LATE, 0).getLast();
    assertTrue(
        stuck.message().contains("phase 0, 0 of 1 arrivals pending, 16 bytes pending"),
        stuck.message());
    assertTrue(stuck.message().contains("a phase of parity 0 of mbarrier"), stuck.message());
    finds(
        "EMU-DEADLOCK",
        INIT
            + LOAD.replace(".expect_tx", "")
                .replace(", 1024;", ";")
                .replaceFirst("(?s)@%p0 mbarrier.*?\n", "")
            + AWAIT
            + READ
            + USE);
    finds(
        "EMU-MBARRIER-BYTES",
        INIT
            + "  @%p0 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [bar], 1048575;\n"
            + "  @%p0 mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [bar], 1;\n");
  }

  @Test
  void arrivalsAreCountedExactly() {
    finds(
        "EMU-MBARRIER-COUNT",
        INIT + "  mbarrier.arrive.shared::cta.b64 _, [other], 3;\n" + await(1, "other", 0));
    clean(INIT + "  mbarrier.arrive.shared::cta.b64 _, [other];\n" + await(1, "other", 0));
    clean(
        INIT
            + "  mbarrier.arrive_drop.shared::cta.b64 %d5, [other];\n"
            + await(1, "other", 0)
            + "  mbarrier.pending_count.b64 %r6, %d5;\n");
    finds(
        "EMU-DEADLOCK",
        INIT + "  @!%p0 mbarrier.arrive.shared::cta.b64 _, [other];\n" + await(1, "other", 0));
    finds(
        "EMU-MBARRIER",
        INIT
            + "  @%p0 mbarrier.arrive.noComplete.shared::cta.b64 %d5, [bar], 1;\n"
            + await(1, "bar", 0));
  }

  // ---- stores

  private static final String STAGED = INIT + WRITE + REST + FENCE + BARRIER + STORE + STORED;

  @Test
  void storesReadWhatTheirWritersFenced() {
    clean(STAGED);
    finds("EMU-MISSING-PROXY-FENCE", without(STAGED, FENCE));
    finds("EMU-MISSING-PROXY-FENCE", STAGED.replace(FENCE + BARRIER, BARRIER + FENCE));
    finds("EMU-DATA-RACE", STAGED.replace(FENCE + BARRIER, FENCE));
    finds("EMU-UNINITIALIZED-SHARED", without(STAGED, REST));
  }

  @Test
  void memoryIsReusedAfterTheStoreHasReadIt() {
    String again = BARRIER + "  st.shared.u32 [%r3], 77;\n";
    clean(STAGED + again);
    finds("EMU-ASYNC-SOURCE-OVERWRITTEN", without(STAGED, STORED) + again + STORED);
    // Another thread's wait is no wait, and a wait orders its own thread only.
    finds(
        "EMU-ASYNC-SOURCE-OVERWRITTEN",
        STAGED.replace("@%p0 cp.async.bulk.wait", "@!%p0 cp.async.bulk.wait") + again + STORED);
    finds("EMU-DATA-RACE|EMU-ASYNC-SOURCE-OVERWRITTEN", STAGED + "  st.shared.u32 [%r3], 77;\n");
    finds("EMU-ASYNC-SOURCE-OVERWRITTEN", STAGED.replace("read 0", "read 1") + again + STORED);
    finds("EMU-ASYNC-AT-EXIT", without(STAGED, STORED));
    finds("EMU-ASYNC-AT-EXIT", without(STAGED, "  @%p0 cp.async.bulk.commit_group;\n"));
  }

  @Test
  void storedBytesAreReadAfterAWaitForTheWrite() {
    String back = BARRIER + "  ld.global.u32 %r7, [%d4];\n";
    clean(STAGED.replace("wait_group.read", "wait_group") + back);
    finds("EMU-DATA-RACE", STAGED + back);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aBlockMayNotEndUnderACopy(int policy) {
    List<Finding> findings = run(INIT + LOAD, CompletionPolicy.values()[policy], 1);
    // Under EARLY the copy is complete before the block ends.
    boolean early = policy == CompletionPolicy.EARLY.ordinal();
    assertEquals(
        early ? List.of() : List.of("EMU-ASYNC-AT-EXIT"),
        early ? findings : Arrays.asList(findings.getFirst().code()));
  }

  // ---- operands

  @Test
  void operandsAreChecked() {
    finds("EMU-TENSOR-MAP", LOADED.replace("[%d2, {0, 0}]", "[%d0, {0, 0}]"));
    finds("EMU-TENSOR-MAP", LOADED.replace("tensor.2d", "tensor.1d").replace("{0, 0}", "{0}"));
    finds("EMU-MISALIGNED", LOADED.replace("complete_tx::bytes [s]", "complete_tx::bytes [s+64]"));
    finds(
        "EMU-OUT-OF-BOUNDS",
        LOADED.replace("complete_tx::bytes [s]", "complete_tx::bytes [s+1536]"));
    finds("EMU-MBARRIER", LOADED.replace(", [bar];\n", ", [s+1024];\n"));
  }
}
