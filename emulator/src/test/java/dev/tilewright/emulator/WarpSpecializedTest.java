package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.tilewright.runtime.spi.TiledTensorMap;
import dev.tilewright.runtime.spi.TiledTensorMap.ElementType;
import dev.tilewright.runtime.spi.TiledTensorMap.Fill;
import dev.tilewright.runtime.spi.TiledTensorMap.Promotion;
import dev.tilewright.runtime.spi.TiledTensorMap.Swizzle;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A warp-specialised product in clusters: its result, and that each of its synchronisations is
 * missed when it is deleted.
 */
class WarpSpecializedTest {
  private static final String TEXT =
      Kernels.resource("/async/warp_specialized.ptx")
          .replace("product(", "product(.param .u64 a, .param .u64 b, .param .u64 c,");
  private static final int M = 256;
  private static final int N = 64;

  private static TiledTensorMap map(long address, int columns, int rows, int boxRows) {
    return new TiledTensorMap(
        address,
        ElementType.BFLOAT16,
        List.of((long) columns, (long) rows),
        List.of(columns * 2L),
        List.of(64, boxRows),
        List.of(1, 1),
        Swizzle.B128,
        Promotion.L2_128B,
        Fill.ZEROS);
  }

  /** Small whole numbers, whose sums are exact. */
  private static short[] matrix(Random random, int elements) {
    short[] values = new short[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (short) (Float.floatToIntBits(random.nextInt(5) - 2) >>> 16);
    }
    return values;
  }

  private static float value(short bf16) {
    return Float.intBitsToFloat(bf16 << 16);
  }

  private static Kernels.Result run(
      String text, int steps, CompletionPolicy policy, int seed, short[] a, short[] b) {
    int k = 64 * steps;
    return Kernels.run(
        text,
        "product",
        Kernels.Config.of(2, 384)
            .target("sm_90a")
            .shared(114_752)
            .options(
                EmulatorOptions.DEFAULT
                    .withCompletion(policy)
                    .withSeed(seed)
                    .withInstructionBudget(2_000_000)),
        a,
        b,
        new Kernels.Fresh(2 * M * N),
        new Kernels.Map(0, x -> map(x, k, M, 128)),
        new Kernels.Map(1, x -> map(x, k, N, 32)),
        new Kernels.Map(2, x -> map(x, N, M, 64)),
        steps);
  }

  @ParameterizedTest
  @CsvSource({"LATE, 1", "LATE, 6", "EARLY, 5", "RANDOM, 9"})
  void multiplies(CompletionPolicy policy, int steps) {
    int k = 64 * steps;
    Random random = new Random(steps);
    short[] a = matrix(random, M * k);
    short[] b = matrix(random, N * k);
    Kernels.Result result = run(TEXT, steps, policy, steps, a, b);
    assertEquals(List.of(), result.report().findings());
    float[] expected = new float[M * N];
    float[] actual = new float[M * N];
    short[] c = result.shorts(2);
    for (int i = 0; i < M * N; i++) {
      for (int p = 0; p < k; p++) {
        expected[i] += value(a[i / N * k + p]) * value(b[i % N * k + p]);
      }
      actual[i] = value(c[i]);
      // To bf16, to the nearest with ties to even.
      int bits = Float.floatToIntBits(expected[i]);
      expected[i] = value((short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16));
    }
    assertArrayEquals(expected, actual);
    // Each block loads its own rows of A and half of those of B.
    assertEquals(2 * steps * (16384 + 4096), result.counter("bytes.bulk.load"));
    assertEquals(2 * M * N, result.counter("bytes.bulk.store"));
    assertEquals(0, result.counter("conflicts.shared"));
  }

  private static final Pattern SYNCHRONISES =
      Pattern.compile(
          "mbarrier|fence|bar\\.|barrier|wgmma.*(group|fence)|bulk.(commit|wait)|bra \\$L(6|9);");

  /**
   * Lines that may be missing: the cluster's barrier orders the block too; lanes meet again where
   * paths join; and a wait for a group of wgmmas is the whole warp's.
   */
  private static final Set<String> HARMLESS = Set.of("bar.warp.sync 0xFFFFFFFF;", "bar.sync 0;");

  @TestFactory
  Stream<DynamicTest> everySynchronisationIsMissed() {
    List<String> lines = TEXT.lines().toList();
    Random random = new Random(1);
    short[] a = matrix(random, M * 320);
    short[] b = matrix(random, N * 320);
    return IntStream.range(0, lines.size())
        .filter(i -> SYNCHRONISES.matcher(lines.get(i)).find())
        .filter(i -> !HARMLESS.contains(lines.get(i).strip()))
        .mapToObj(
            i ->
                DynamicTest.dynamicTest(
                    "without line " + (i + 1) + ": " + lines.get(i).strip(),
                    () -> {
                      String text =
                          String.join("\n", lines.subList(0, i))
                              + "\n\n"
                              + String.join("\n", lines.subList(i + 1, lines.size()));
                      for (CompletionPolicy policy : CompletionPolicy.values()) {
                        assertNotEquals(List.of(), run(text, 5, policy, i, a, b).codes());
                      }
                    }));
  }
}
