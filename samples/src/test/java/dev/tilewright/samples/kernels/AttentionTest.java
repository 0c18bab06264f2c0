package dev.tilewright.samples.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.hip.Clang;
import dev.tilewright.samples.attention.AttentionReference;
import dev.tilewright.samples.gemm.HostMatrix;
import dev.tilewright.samples.kernels.KernelRun.Input;
import dev.tilewright.samples.kernels.KernelRun.Output;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Attention of any lengths, causal or not: every element within its derived bound of a {@code
 * double} reference, whatever the order in which warps run and asynchronous operations end.
 */
class AttentionTest {

  /** A head, its blocks, and the lengths of q and k. */
  private record Problem(Attention kernel, int m, int n, int heads, long seed) {

    static Problem of(long seed, int d, int blocks) {
      SplittableRandom random = new SplittableRandom(seed);
      DType in = random.nextBoolean() ? DType.F16 : DType.BF16;
      DType out = random.nextBoolean() ? in : DType.F32;
      int bn = random.nextBoolean() ? 64 : 32;
      Attention kernel = new Attention(in, out, 64, bn, d, random.nextBoolean());
      return new Problem(
          kernel,
          random.nextInt(1, 2 * 64 + 1),
          random.nextInt(1, blocks * bn + 1),
          random.nextInt(1, 3),
          seed);
    }

    KernelRun run(String device) {
      SplittableRandom random = new SplittableRandom(seed + 1);
      int width = heads * kernel.d();
      double scale = random.nextBoolean() ? 1 : 4;
      double[] q = values(random, kernel.in(), m * width, scale);
      double[] k = values(random, kernel.in(), n * width, scale);
      double[] v = values(random, kernel.in(), n * width, 1);
      KernelRun run =
          KernelRun.of(
              kernel,
              Map.of(
                  "q", new Input(kernel.in(), q, m, width),
                  "k", new Input(kernel.in(), k, n, width),
                  "v", new Input(kernel.in(), v, n, width)),
              Map.of("o", new Output(kernel.out(), m, width)),
              device);
      check(run.output("o"), new AttentionReference(kernel, n, width, q, k, v));
      return run;
    }

    private void check(double[] o, AttentionReference reference) {
      int width = heads * kernel.d();
      for (int i = 0; i < m; i++) {
        for (int head = 0; head < heads; head++) {
          AttentionReference.Row row = reference.row(i, head);
          for (int c = 0; c < row.exact().length; c++) {
            double actual = o[i * width + head * kernel.d() + c];
            double exact = row.exact()[c];
            double bound = row.bound()[c];
            String where = this + " row " + i + " head " + head + " column " + c;
            assertTrue(
                Math.abs(actual - exact) <= bound,
                () -> "%s: %s instead of %s ± %s".formatted(where, actual, exact, bound));
          }
        }
      }
    }

    private static double[] values(SplittableRandom random, DType dtype, int count, double scale) {
      double[] values = HostMatrix.random(1, count, dtype, false, random).values();
      for (int i = 0; i < count; i++) {
        values[i] *= scale; // exact
      }
      return values;
    }
  }

  @Property(tries = 6, edgeCases = EdgeCasesMode.NONE)
  void warpsWithOneRole(@ForAll long seed) {
    Problem.of(seed, 32, 4).run("emulator:sm_80?seed=" + Math.floorMod(seed, 1000));
  }

  @Property(tries = 16, edgeCases = EdgeCasesMode.NONE)
  void warpsWithRoles(@ForAll long seed) {
    KernelRun run =
        Problem.of(seed, 64, 6).run("emulator:sm_90a?seed=" + Math.floorMod(seed, 1000));
    assertTrue(run.counter("inst.wgmma") > 0);
    assertEquals(0, run.counter("conflicts.shared"));
  }

  /** As HIP, on waves of 64 lanes. */
  @Property(tries = 6, edgeCases = EdgeCasesMode.NONE)
  void wavesOnTheCpu(@ForAll long seed) {
    assumeTrue(Clang.find().isPresent(), "no clang");
    Problem.of(seed, 32, 4).run(seed % 2 == 0 ? "hiphost:gfx942" : "hiphost:gfx950");
  }

  /** The bound means something: a result that ignores the last key is beyond it. */
  @Property(tries = 5, edgeCases = EdgeCasesMode.NONE)
  void theBoundTellsWhatIsMissing(@ForAll long seed) {
    Attention kernel = new Attention(DType.F16, DType.F32, 64, 32, 32, false);
    SplittableRandom random = new SplittableRandom(seed);
    int n = 100;
    double[] q = Problem.values(random, DType.F16, 32, 1);
    double[] k = Problem.values(random, DType.F16, n * 32, 1);
    double[] v = Problem.values(random, DType.F16, n * 32, 1);
    AttentionReference.Row all = new AttentionReference(kernel, n, 32, q, k, v).row(0, 0);
    AttentionReference.Row fewer = new AttentionReference(kernel, n - 1, 32, q, k, v).row(0, 0);
    int beyond = 0;
    for (int c = 0; c < 32; c++) {
      beyond += Math.abs(all.exact()[c] - fewer.exact()[c]) > all.bound()[c] ? 1 : 0;
    }
    assertTrue(beyond >= 16, beyond + " of 32 columns tell");
  }
}
