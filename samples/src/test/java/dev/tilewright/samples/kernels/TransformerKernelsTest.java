package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.BF16;
import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.I32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.hip.Clang;
import dev.tilewright.samples.gemm.GemmErrorBound;
import dev.tilewright.samples.gemm.HostMatrix;
import dev.tilewright.samples.kernels.KernelRun.Input;
import dev.tilewright.samples.kernels.KernelRun.Output;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * What stands around the matrix products of a transformer, on ragged sizes, as PTX and as HIP:
 * every element within a derived bound of a {@code double} reference, no bank conflicts.
 */
class TransformerKernelsTest {
  private static final double EPSILON = 1e-5;

  private static final List<String> DEVICES =
      Clang.find().isPresent()
          ? List.of("emulator:sm_80", "emulator:sm_90a", "hiphost:gfx942", "hiphost:gfx950")
          : List.of("emulator:sm_80", "emulator:sm_90a");

  /** What a try chooses. */
  private record Choice(SplittableRandom random) {
    Choice(long seed) {
      this(new SplittableRandom(seed));
    }

    <T> T pick(List<T> of) {
      return of.get(random.nextInt(of.size()));
    }

    FloatType dtype() {
      return pick(List.of(F16, BF16, F32));
    }

    String device() {
      return pick(DEVICES);
    }

    int upTo(int most) {
      return random.nextInt(1, most + 1);
    }

    double[] values(DType dtype, int count) {
      return HostMatrix.random(1, count, dtype, false, random).values();
    }
  }

  private static void assertWithin(double bound, double exact, double actual, String where) {
    assertTrue(
        Math.abs(actual - exact) <= bound,
        () -> "%s: %s instead of %s ± %s".formatted(where, actual, exact, bound));
  }

  /** Where the device counts. */
  private static void assertNoConflicts(KernelRun run) {
    if (!run.report().counters().isEmpty()) {
      assertEquals(0, run.counter("conflicts.shared"), () -> run.kernel() + " " + run.sizes());
    }
  }

  // ---------------------------------------------------------------- rows

  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void rmsNorm(@ForAll long seed) {
    Choice choice = new Choice(seed);
    FloatType dtype = choice.dtype();
    RmsNorm kernel =
        new RmsNorm(
            dtype, EPSILON, choice.pick(List.of(1, 4, 16)), choice.pick(List.of(64, 256, 1024)));
    int m = choice.upTo(2 * kernel.bm() + 1);
    int n = choice.upTo(kernel.bn());
    double[] x = choice.values(dtype, m * n);
    double[] weight = choice.values(dtype, n);
    KernelRun run =
        KernelRun.of(
            kernel,
            Map.of("x", new Input(dtype, x, m, n), "weight", new Input(dtype, weight, n)),
            Map.of("y", new Output(dtype, m, n)),
            choice.device());
    double[] y = run.output("y");
    for (int row = 0; row < m; row++) {
      double square = 0;
      for (int i = 0; i < n; i++) {
        square += x[row * n + i] * x[row * n + i];
      }
      double scale = 1 / Math.sqrt(square / n + (float) EPSILON);
      for (int i = 0; i < n; i++) {
        double exact = x[row * n + i] * scale * weight[i];
        assertWithin(ErrorBounds.rmsNorm(dtype, exact, n), exact, y[row * n + i], "row " + row);
      }
    }
    assertNoConflicts(run);
  }

  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void layerNorm(@ForAll long seed) {
    Choice choice = new Choice(seed);
    FloatType dtype = choice.dtype();
    LayerNorm kernel =
        new LayerNorm(
            dtype, EPSILON, choice.pick(List.of(1, 4, 16)), choice.pick(List.of(64, 256, 512)));
    int m = choice.upTo(2 * kernel.bm() + 1);
    int n = choice.upTo(kernel.bn());
    double[] x = choice.values(dtype, m * n);
    double[] residual = choice.values(dtype, m * n);
    double[] weight = choice.values(dtype, n);
    double[] bias = choice.values(dtype, n);
    KernelRun run =
        KernelRun.of(
            kernel,
            Map.of(
                "x", new Input(dtype, x, m, n),
                "residual", new Input(dtype, residual, m, n),
                "weight", new Input(dtype, weight, n),
                "bias", new Input(dtype, bias, n)),
            Map.of("h", new Output(dtype, m, n), "y", new Output(dtype, m, n)),
            choice.device());
    for (int row = 0; row < m; row++) {
      int first = row * n;
      double[] sums =
          IntStream.range(first, first + n).mapToDouble(i -> x[i] + residual[i]).toArray();
      checkNormal(run, dtype, first, sums, weight, bias);
      double[] stored =
          Arrays.stream(sums).map(s -> dtype.decode(dtype.encode((float) s))).toArray();
      assertArrayEquals(stored, Arrays.copyOfRange(run.output("h"), first, first + n));
    }
    assertNoConflicts(run);
  }

  private static void checkNormal(
      KernelRun run, FloatType dtype, int first, double[] sums, double[] weight, double[] bias) {
    int n = sums.length;
    double mean = Arrays.stream(sums).average().orElseThrow();
    double[] centred = Arrays.stream(sums).map(s -> s - mean).toArray();
    double variance =
        Arrays.stream(centred).map(c -> c * c).average().orElseThrow() + (float) EPSILON;
    double scale = 1 / Math.sqrt(variance);
    double centring =
        ErrorBounds.centring(
            Arrays.stream(sums).map(Math::abs).average().orElseThrow(),
            Arrays.stream(sums).map(Math::abs).max().orElseThrow(),
            n);
    double magnitude = Arrays.stream(centred).map(Math::abs).average().orElseThrow();
    double[] y = run.output("y");
    for (int i = 0; i < n; i++) {
      double product = centred[i] * scale * weight[i];
      double bound =
          ErrorBounds.layerNorm(
              dtype, product, scale * weight[i], bias[i], centring, magnitude, variance, n);
      assertWithin(bound, product + bias[i], y[first + i], "element " + (first + i));
    }
  }

  /** What is taken are elements of the row, as a stable sort takes them. */
  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void topK(@ForAll long seed) {
    Choice choice = new Choice(seed);
    FloatType dtype = choice.dtype();
    int bn = choice.pick(List.of(32, 128, 512));
    int n = choice.upTo(bn);
    TopK kernel = new TopK(dtype, choice.upTo(Math.min(n, 9)), choice.pick(List.of(1, 4, 8)), bn);
    int m = choice.upTo(2 * kernel.bm() + 1);
    double[] x = choice.values(dtype, m * n);
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.rint(x[i] * choice.pick(List.of(4, 64)));
    }
    KernelRun run =
        KernelRun.of(
            kernel,
            Map.of("x", new Input(dtype, x, m, n)),
            Map.of(
                "values", new Output(dtype, m, kernel.count()),
                "indices", new Output(I32, m, kernel.count())),
            choice.device());
    for (int row = 0; row < m; row++) {
      int first = row * n;
      int[] order =
          IntStream.range(0, n)
              .boxed()
              .sorted(Comparator.comparing((Integer i) -> x[first + i], Comparator.reverseOrder()))
              .mapToInt(Integer::intValue)
              .limit(kernel.count())
              .toArray();
      int start = row * kernel.count();
      for (int j = 0; j < kernel.count(); j++) {
        assertEquals(order[j], run.output("indices")[start + j], "place " + j + " of row " + row);
        assertEquals(x[first + order[j]], run.output("values")[start + j]);
      }
    }
    assertNoConflicts(run);
  }

  // ---------------------------------------------------------------- heads

  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void rotaryEmbedding(@ForAll long seed) {
    Choice choice = new Choice(seed);
    FloatType dtype = choice.dtype();
    FloatType angles = choice.pick(List.of(F16, F32));
    int dim = choice.pick(List.of(32, 64, 128));
    RotaryEmbedding kernel =
        new RotaryEmbedding(dtype, angles, choice.pick(List.of(1, 8, 16)), dim);
    int tokens = choice.upTo(2 * kernel.tokens() + 1);
    int heads = choice.upTo(5);
    int half = dim / 2;
    double[] x = choice.values(dtype, tokens * heads * dim);
    double[] cosine = choice.values(angles, tokens * half);
    double[] sine = choice.values(angles, tokens * half);
    KernelRun run =
        KernelRun.of(
            kernel,
            Map.of(
                "x", new Input(dtype, x, tokens, heads, dim),
                "cosine", new Input(angles, cosine, tokens, half),
                "sine", new Input(angles, sine, tokens, half)),
            Map.of("y", new Output(dtype, tokens, heads, dim)),
            choice.device());
    double[] y = run.output("y");
    for (int head = 0; head < tokens * heads; head++) {
      for (int i = 0; i < half; i++) {
        double cos = cosine[head / heads * half + i];
        double sin = sine[head / heads * half + i];
        int first = head * dim + i;
        int second = first + half;
        checkTurned(dtype, x[first] * cos, -x[second] * sin, y[first], first);
        checkTurned(dtype, x[second] * cos, x[first] * sin, y[second], second);
      }
    }
    assertNoConflicts(run);
  }

  private static void checkTurned(
      FloatType dtype, double first, double second, double actual, int place) {
    assertWithin(
        ErrorBounds.turned(dtype, first, second), first + second, actual, "element " + place);
  }

  // ---------------------------------------------------------------- products

  @Property(tries = 12, edgeCases = EdgeCasesMode.NONE)
  void swiGlu(@ForAll long seed) {
    Choice choice = new Choice(seed);
    FloatType in = choice.pick(List.of(F16, BF16));
    FloatType out = choice.pick(List.of(in, F32));
    SwiGlu kernel =
        new SwiGlu(in, out, choice.pick(List.of(64, 128)), choice.pick(List.of(32, 64)), 32);
    int m = choice.upTo(2 * kernel.bm());
    int n = choice.upTo(2 * kernel.bn());
    int k = choice.upTo(8 * kernel.bk()) / 8 * 8 + 8;
    double[] a = choice.values(in, m * k);
    double[] gate = choice.values(in, n * k);
    double[] up = choice.values(in, n * k);
    KernelRun run =
        KernelRun.of(
            kernel,
            Map.of(
                "a", new Input(in, a, m, k),
                "gate", new Input(in, gate, n, k),
                "up", new Input(in, up, n, k)),
            Map.of("c", new Output(out, m, n)),
            choice.device());
    double[] c = run.output("c");
    GemmErrorBound product = new GemmErrorBound(k, in, F32);
    for (int i = 0; i < m * n; i++) {
      Product g = Product.of(a, i / n * k, gate, i % n * k, k);
      Product v = Product.of(a, i / n * k, up, i % n * k, k);
      double exact = g.exact() / (1 + Math.exp(-g.exact())) * v.exact();
      double bound =
          ErrorBounds.swiGlu(out, g.exact(), g.error(product), v.exact(), v.error(product));
      assertWithin(bound, exact, c[i], "element " + i);
    }
    assertNoConflicts(run);
  }

  /** A dot product, and the sum of the magnitudes of its terms. */
  private record Product(double exact, double magnitude) {
    static Product of(double[] a, int fromA, double[] b, int fromB, int k) {
      double exact = 0;
      double magnitude = 0;
      for (int j = 0; j < k; j++) {
        double term = a[fromA + j] * b[fromB + j];
        exact += term;
        magnitude += Math.abs(term);
      }
      return new Product(exact, magnitude);
    }

    double error(GemmErrorBound bound) {
      return bound.of(exact, magnitude);
    }
  }
}
