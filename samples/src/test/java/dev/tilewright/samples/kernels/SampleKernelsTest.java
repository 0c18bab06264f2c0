package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.I8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.samples.gemm.GemmErrorBound;
import dev.tilewright.samples.gemm.HostMatrix;
import dev.tilewright.samples.kernels.KernelRun.Input;
import dev.tilewright.samples.kernels.KernelRun.Output;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * The sample kernels on ragged sizes: every element within a derived bound of a {@code double}
 * reference, no bank conflicts, and as few memory transactions as the sizes permit.
 *
 * <p>Half of the sizes are multiples of a 32-byte sector. Rows are then aligned to sectors, every
 * access has 16 bytes, and the least number of sectors is the number of bytes over 32. Where whole
 * tiles cover the tensor, the least number of requests is that of bytes over 512 (32 lanes of 16
 * bytes).
 */
class SampleKernelsTest {
  private static final int SECTOR = 32;
  private static final int WARP_REQUEST = 32 * 16;

  /** What a try chooses. */
  private static final class Choice {
    final SplittableRandom random;
    final boolean aligned;
    final boolean whole;

    Choice(long seed) {
      random = new SplittableRandom(seed);
      aligned = random.nextBoolean();
      whole = aligned && random.nextBoolean();
    }

    <T> T pick(List<T> of) {
      return of.get(random.nextInt(of.size()));
    }

    /** Up to {@code tiles} tiles along a dimension in which rows run. */
    int contiguous(int tile, int tiles, DType dtype) {
      int grain = whole ? tile : aligned ? SECTOR * Byte.SIZE / dtype.bits() : 1;
      return grain * random.nextInt(1, tile * tiles / grain + 1);
    }

    /** Up to {@code tiles} tiles along another dimension. */
    int outer(int tile, int tiles) {
      return whole ? tile * random.nextInt(1, tiles + 1) : random.nextInt(1, tile * tiles + 1);
    }

    double[] values(DType dtype, int count) {
      return HostMatrix.random(1, count, dtype, false, random).values();
    }
  }

  private static void assertMinimal(
      Choice choice, KernelRun run, String direction, DType dtype, long elements) {
    assertMinimal(choice, run, direction, dtype, elements, WARP_REQUEST);
  }

  private static void assertMinimal(
      Choice choice,
      KernelRun run,
      String direction,
      DType dtype,
      long elements,
      int requestBytes) {
    long bytes = elements * dtype.bits() / Byte.SIZE;
    String what = direction + " of " + run.kernel() + " " + run.sizes();
    if (choice.aligned) {
      assertEquals(bytes / SECTOR, run.counter("sectors.global." + direction), what);
    }
    if (choice.whole) {
      assertEquals(bytes / requestBytes, run.counter("requests.global." + direction), what);
    }
    // Where rows are short, lanes may read the same; they never write the same.
    if (choice.aligned || direction.equals("store")) {
      assertEquals(bytes, run.counter("bytes.global." + direction), what);
    }
    assertEquals(0, run.counter("conflicts.shared"), what);
  }

  // ---------------------------------------------------------------- vectors

  /** The sum of two numbers is rounded once, from a {@code double} as from the exact number. */
  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void vectorAdd(@ForAll long seed) {
    Choice choice = new Choice(seed);
    DType dtype = choice.pick(List.of(F16, F32));
    int block = choice.pick(List.of(256, 512, 1024, 2048));
    int n = choice.contiguous(block, 4, dtype);
    double[] x = choice.values(dtype, n);
    double[] y = choice.values(dtype, n);
    KernelRun run =
        KernelRun.of(
            new VectorAdd(dtype, block),
            Map.of("x", new Input(dtype, x, n), "y", new Input(dtype, y, n)),
            Map.of("z", new Output(dtype, n)));
    double[] expected = new double[n];
    for (int i = 0; i < n; i++) {
      expected[i] = dtype.decode(dtype.encode(x[i] + y[i]));
    }
    assertArrayEquals(expected, run.output("z"));
    assertMinimal(choice, run, "load", dtype, 2L * n);
    assertMinimal(choice, run, "store", dtype, n);
  }

  // ---------------------------------------------------------------- rows

  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void softmax(@ForAll long seed) {
    Choice choice = new Choice(seed);
    FloatType dtype = choice.pick(List.of(F16, F32));
    int bm = choice.pick(List.of(8, 16, 32));
    int bn = choice.pick(List.of(64, 128, 256));
    int m = choice.outer(bm, 3);
    int n = choice.contiguous(bn, 1, dtype);
    double[] x = choice.values(dtype, m * n);
    for (int i = 0; i < x.length; i++) {
      x[i] *= 16; // exact, and far from underflow
    }
    KernelRun run =
        KernelRun.of(
            new Softmax(dtype, bm, bn),
            Map.of("x", new Input(dtype, x, m, n)),
            Map.of("y", new Output(dtype, m, n)));
    double[] y = run.output("y");
    for (int row = 0; row < m; row++) {
      checkRow(dtype, x, y, row, n);
    }
    assertMinimal(choice, run, "load", dtype, (long) m * n);
    assertMinimal(choice, run, "store", dtype, (long) m * n);
  }

  private static void checkRow(FloatType dtype, double[] x, double[] y, int row, int n) {
    double most = Double.NEGATIVE_INFINITY;
    double least = Double.POSITIVE_INFINITY;
    for (int i = row * n; i < (row + 1) * n; i++) {
      most = Math.max(most, x[i]);
      least = Math.min(least, x[i]);
    }
    double sum = 0;
    for (int i = row * n; i < (row + 1) * n; i++) {
      sum += Math.exp(x[i] - most);
    }
    for (int i = row * n; i < (row + 1) * n; i++) {
      double exact = Math.exp(x[i] - most) / sum;
      double bound = ErrorBounds.softmax(dtype, exact, most - x[i], most - least, n);
      assertWithin(bound, exact, y[i], "row " + row);
    }
  }

  private static void assertWithin(double bound, double exact, double actual, String where) {
    assertTrue(
        Math.abs(actual - exact) <= bound,
        () -> "%s: %s instead of %s ± %s".formatted(where, actual, exact, bound));
  }

  // ---------------------------------------------------------------- two layouts

  @Property(tries = 40, edgeCases = EdgeCasesMode.NONE)
  void transpose(@ForAll long seed) {
    Choice choice = new Choice(seed);
    DType dtype = choice.pick(List.of(F16, F32, I8));
    int bm = choice.pick(List.of(32, 64));
    int bn = choice.pick(List.of(32, 64));
    int m = choice.contiguous(bm, 3, dtype); // rows of y
    int n = choice.contiguous(bn, 3, dtype); // rows of x
    double[] x = choice.values(dtype, m * n);
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
    assertMinimal(choice, run, "load", dtype, (long) m * n);
    assertMinimal(choice, run, "store", dtype, (long) m * n);
  }

  /** Sums are within γ(n − 1) of the sum of the magnitudes. */
  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void rowAndColumnSums(@ForAll long seed) {
    Choice choice = new Choice(seed);
    DType dtype = choice.pick(List.of(F16, F32));
    int bm = choice.pick(List.of(16, 32, 64));
    int bn = choice.pick(List.of(32, 64, 128));
    int m = choice.outer(bm, 3);
    int n = choice.contiguous(bn, 3, dtype);
    double[] x = choice.values(dtype, m * n);
    int blocksDown = Math.ceilDiv(m, bm);
    int blocksAcross = Math.ceilDiv(n, bn);
    KernelRun run =
        KernelRun.of(
            new RowAndColumnSums(dtype, bm, bn),
            Map.of("x", new Input(dtype, x, m, n)),
            Map.of(
                "rows", new Output(F32, blocksAcross, m),
                "columns", new Output(F32, blocksDown, n)));
    double[] rows = new double[blocksAcross * m];
    double[] rowMagnitudes = new double[rows.length];
    double[] columns = new double[blocksDown * n];
    double[] columnMagnitudes = new double[columns.length];
    for (int i = 0; i < m * n; i++) {
      int row = i / n;
      int column = i % n;
      rows[column / bn * m + row] += x[i];
      rowMagnitudes[column / bn * m + row] += Math.abs(x[i]);
      columns[row / bm * n + column] += x[i];
      columnMagnitudes[row / bm * n + column] += Math.abs(x[i]);
    }
    checkSums("rows", bn, rows, rowMagnitudes, run);
    checkSums("columns", bm, columns, columnMagnitudes, run);
    assertMinimal(choice, run, "load", dtype, (long) m * n);
    assertEquals(
        (long) (rows.length + columns.length) * Float.BYTES, run.counter("bytes.global.store"));
  }

  private static void checkSums(
      String name, int terms, double[] sums, double[] magnitudes, KernelRun run) {
    double[] actual = run.output(name);
    for (int i = 0; i < sums.length; i++) {
      assertWithin(
          ErrorBounds.gamma(terms - 1) * magnitudes[i], sums[i], actual[i], name + " " + i);
    }
  }

  // ---------------------------------------------------------------- fusion

  @Property(tries = 15, edgeCases = EdgeCasesMode.NONE)
  void gemmBiasGelu(@ForAll long seed) {
    Choice choice = new Choice(seed);
    FloatType out = choice.pick(List.of(F16, F32));
    GemmBiasGelu kernel =
        new GemmBiasGelu(F16, out, choice.pick(List.of(32, 64)), choice.pick(List.of(32, 64)), 32);
    int m = choice.outer(kernel.bm(), 2);
    int n = choice.contiguous(kernel.bn(), 2, F16);
    int k = choice.contiguous(kernel.bk(), 3, F16);
    double[] a = choice.values(F16, m * k);
    double[] b = choice.values(F16, n * k);
    double[] bias = choice.values(out, n);
    KernelRun run =
        KernelRun.of(
            kernel,
            Map.of(
                "a", new Input(F16, a, m, k),
                "b", new Input(F16, b, n, k),
                "bias", new Input(out, bias, n)),
            Map.of("c", new Output(out, m, n)));
    double[] c = run.output("c");
    GemmErrorBound product = new GemmErrorBound(k, F16, F32);
    for (int i = 0; i < m * n; i++) {
      double exact = 0;
      double magnitude = 0;
      for (int j = 0; j < k; j++) {
        double term = a[i / n * k + j] * b[i % n * k + j];
        exact += term;
        magnitude += Math.abs(term);
      }
      double v = exact + bias[i % n];
      double gelu = gelu(v);
      double bound = ErrorBounds.gelu(out, gelu, v, product.of(exact, magnitude));
      assertWithin(bound, gelu, c[i], "element " + i);
    }
    // Pairs of f32 fill sectors as they are: another pass through shared memory gains nothing.
    int request = out.equals(F32) ? WARP_REQUEST / 2 : WARP_REQUEST;
    assertMinimal(choice, run, "store", out, (long) m * n, request);
  }

  private static double gelu(double v) {
    return 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v)));
  }
}
