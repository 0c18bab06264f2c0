package dev.tilewright.samples.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.samples.gemm.HostMatrix;
import dev.tilewright.samples.kernels.KernelRun.Input;
import dev.tilewright.samples.kernels.KernelRun.Output;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * A transposed tile goes through shared memory without a bank conflict, by the emulator's counters,
 * or with fewer wavefronts and instructions than any placement without: for elements of one, two
 * and four bytes, tiles from narrow to wide, powers of two and others, and rows of any alignment,
 * which make accesses of any width.
 */
class TransposeConflictsTest {
  private static final List<DType> DTYPES =
      List.of(DType.I8, DType.U8, DType.F16, DType.BF16, DType.F32, DType.I32);
  private static final List<Integer> EXTENTS = List.of(8, 16, 24, 32, 48, 64, 96, 128);

  private static final Pattern COMPARED =
      Pattern.compile("(\\d+) issue slots where no bank conflict would cost (\\d+) or more");

  private static <T> T pick(SplittableRandom random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** Up to two tiles and a bit, a multiple of a power of two that may be 1. */
  private static int size(SplittableRandom random, int tile) {
    int grain = 1 << random.nextInt(6);
    return grain * random.nextInt(1, Math.max(2, 2 * tile / grain + 1));
  }

  @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
  void thereAreNone(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    DType dtype = pick(random, DTYPES);
    int bm = pick(random, EXTENTS);
    int bn = pick(random, EXTENTS);
    int m = size(random, bm);
    int n = size(random, bn);
    double[] x = HostMatrix.random(1, m * n, dtype, false, random).values();
    KernelRun run =
        KernelRun.of(
            new Transpose(dtype, bm, bn),
            Map.of("x", new Input(dtype, x, m, n)),
            Map.of("y", new Output(dtype, n, m)));
    double[] expected = new double[m * n];
    for (int i = 0; i < m * n; i++) {
      expected[i % n * m + i / n] = x[i];
    }
    assertArrayEquals(expected, run.output("y"));
    if (run.counter("conflicts.shared") != 0) {
      checkWorth(run);
    }
  }

  /** The report says that no placement without conflicts is cheaper. */
  private static void checkWorth(KernelRun run) {
    String what = run.kernel() + " " + run.sizes() + run.compilation().report().notes();
    Matcher compared = COMPARED.matcher(what);
    assertTrue(compared.find(), what);
    assertTrue(Long.parseLong(compared.group(1)) <= Long.parseLong(compared.group(2)), what);
  }
}
