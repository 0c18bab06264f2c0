package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A producer and a consumer that meet at mbarriers, in one block and across a cluster. */
class TmaPipelineTest {
  private static final String TEXT = Kernels.resource("/async/tma_pipeline.ptx");
  private static final String RELEASE =
      TEXT.substring(
          TEXT.indexOf("  fence.proxy.async.shared::cta; // read"),
          TEXT.indexOf("  @!%p4 cp.async.bulk.wait_group.read 0; // reuse"));
  private static final int TILES = 7;
  private static final int WORDS = 256;

  private static TiledTensorMap map(long address, int rows, int boxRows) {
    return new TiledTensorMap(
        address,
        ElementType.FLOAT16,
        List.of(32L, (long) rows),
        List.of(64L),
        List.of(32, boxRows),
        List.of(1, 1),
        Swizzle.B64,
        Promotion.L2_256B,
        Fill.ZEROS);
  }

  private static Kernels.Result run(
      String text, int blocks, CompletionPolicy policy, int seed, int[] in) {
    EmulatorOptions options =
        EmulatorOptions.DEFAULT
            .withCompletion(policy)
            .withSeed(seed)
            .withInstructionBudget(300_000);
    String clustered =
        text.replace("tiles)\n", "tiles)\n.reqnctapercluster " + blocks + ", 1, 1\n");
    return Kernels.run(
        clustered.replace(".entry pipeline(", ".entry pipeline(.param .u64 in, .param .u64 out,"),
        "pipeline",
        Kernels.Config.of(blocks, 64).target("sm_90a").options(options),
        in,
        new Kernels.Fresh(blocks * TILES * 1024),
        new Kernels.Map(0, a -> map(a, TILES * 16, 16 / blocks)),
        new Kernels.Map(1, a -> map(a, blocks * TILES * 16, 16)),
        TILES);
  }

  private static int[] input() {
    return new Random(5).ints(TILES * WORDS).toArray();
  }

  @Test
  void assembles() {
    Ptxas.accepts(TEXT);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void tilesArriveInEveryBlock(int blocks) {
    int[] in = input();
    int[] expected =
        IntStream.range(0, blocks * in.length).map(i -> in[i % in.length] + 1).toArray();
    for (CompletionPolicy policy : CompletionPolicy.values()) {
      for (int seed = 0; seed < 4; seed++) {
        Kernels.Result result = run(TEXT, blocks, policy, seed, in);
        assertEquals(List.of(), result.report().findings(), policy + " " + seed);
        assertArrayEquals(expected, result.ints(1));
        // A multicast reads global memory once.
        assertEquals(TILES * 1024, result.counter("bytes.bulk.load"));
        assertEquals(TILES * 32, result.counter("sectors.global.load"));
        assertEquals(blocks * TILES * 1024, result.counter("bytes.bulk.store"));
        assertEquals(0, result.counter("conflicts.shared"));
      }
    }
  }

  /** What the barrier must make visible, the fence before it has released. */
  @Test
  void theFirstBarrierMayBeRelaxed() {
    String relaxed = TEXT.replace("arrive.release.aligned", "arrive.relaxed.aligned");
    assertNotEquals(TEXT, relaxed);
    assertEquals(List.of(), run(relaxed, 2, CompletionPolicy.LATE, 1, input()).codes());
  }

  /** A change that breaks the kernel in clusters of {@code blocks}. */
  private record Mutant(String what, int blocks, String from, String to) {}

  private static List<Mutant> mutants() {
    List<Mutant> all = new ArrayList<>();
    for (int blocks : new int[] {1, 2}) {
      for (String deleted :
          List.of(
              "  fence.mbarrier_init.release.cluster;\n",
              "  barrier.cluster.arrive.release.aligned;\n"
                  + "  barrier.cluster.wait.acquire.aligned;\n",
              "  @!%p2 bra FREE;\n",
              "  @!%p2 bra FILLED;\n",
              "  mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r12], 1024;\n",
              "  fence.proxy.async.shared::cta; // read\n",
              "  mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%r33];\n",
              "  @!%p4 cp.async.bulk.wait_group.read 0; // reuse\n",
              "  bar.warp.sync -1; // reuse\n",
              "  fence.proxy.async.shared::cta; // written\n",
              "  bar.warp.sync -1; // written\n",
              "  @!%p4 cp.async.bulk.commit_group;\n",
              "  @!%p4 cp.async.bulk.wait_group.read 0; // end\n")) {
        all.add(new Mutant("without " + deleted.strip(), blocks, deleted, ""));
      }
      all.add(
          new Mutant(
              "arrival without bytes",
              blocks,
              "arrive.expect_tx.shared::cta.b64 _, [%r12], 1024",
              "arrive.shared::cta.b64 _, [%r12]"));
      all.add(new Mutant("too few bytes", blocks, "[%r12], 1024", "[%r12], 512"));
      all.add(new Mutant("too many bytes", blocks, "[%r12], 1024", "[%r12], 1040"));
      all.add(new Mutant("empty's parity", blocks, "  not.b32 %r13, %r13;\n", ""));
      all.add(
          new Mutant(
              "full's parity",
              blocks,
              "  and.b32 %r13, %r13, 1;\nFILLED",
              "  not.b32 %r13, %r13;\n  and.b32 %r13, %r13, 1;\nFILLED"));
      all.add(new Mutant("empty's count", blocks, "%r3, 32;", "%r3, 16;"));
      all.add(new Mutant("a larger count", blocks, "%r3, 32;", "%r3, 33;"));
      all.add(new Mutant("the other slot", blocks, "%r17, %r9, 1024,", "%r17, 0, 1024,"));
      all.add(
          new Mutant(
              "release before reading",
              blocks,
              "  ld.shared.u32 %r31, [%r23+896];\n" + RELEASE,
              RELEASE + "  ld.shared.u32 %r31, [%r23+896];\n"));
      all.add(
          new Mutant(
              "one fence for all",
              blocks,
              "  fence.proxy.async.shared::cta; // w",
              "  @!%p4 fence.proxy.async.shared::cta; // w"));
    }
    all.add(new Mutant("no multicast", 2, "%r18, %r18, 1;\n  cvt", "%r18, %r18, 2;\n  cvt"));
    all.add(new Mutant("own empty only", 2, "  @%p5 bra SIGNAL;\n", ""));
    all.add(
        new Mutant(
            "early end",
            2,
            "  barrier.cluster.arrive.aligned; // end\n  barrier.cluster.wait.aligned; // end\n",
            ""));
    return all;
  }

  @TestFactory
  Stream<DynamicTest> mutantsAreReported() {
    return mutants().stream()
        .map(m -> DynamicTest.dynamicTest(m.what + " in " + m.blocks, () -> assertReported(m)));
  }

  private static void assertReported(Mutant m) {
    assertTrue(TEXT.contains(m.from), m.from);
    String text = TEXT.replace(m.from, m.to);
    assertNotEquals(TEXT, text);
    for (CompletionPolicy policy : CompletionPolicy.values()) {
      for (int seed = 0; seed < 2; seed++) {
        assertNotEquals(
            List.of(), run(text, m.blocks, policy, seed, input()).codes(), policy + " " + seed);
      }
    }
  }
}
