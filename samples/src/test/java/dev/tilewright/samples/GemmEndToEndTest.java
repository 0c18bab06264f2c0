package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.interpret.Arguments;
import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.gemm.GemmCase;
import dev.tilewright.samples.gemm.GemmErrorBound;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmReference;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * From the Java kernel to the numbers: each configuration is compiled, its PTX is executed by the
 * emulator, and every element is held against the float64 product and against the interpreter.
 */
class GemmEndToEndTest {
  @Property(tries = 80, edgeCases = EdgeCasesMode.NONE)
  void corpusIsCorrect(@ForAll("corpus") GemmCase each) {
    check(each);
  }

  @Property(tries = 40, edgeCases = EdgeCasesMode.NONE)
  void randomConfigurationsAreCorrect(@ForAll("random") GemmCase each) {
    check(each);
  }

  @Provide
  Arbitrary<GemmCase> corpus() {
    return Arbitraries.of(GemmCase.corpus());
  }

  @Provide
  Arbitrary<GemmCase> random() {
    Arbitrary<DType> types = Arbitraries.of(DType.F16, DType.BF16, DType.TF32, DType.I8);
    return types.flatMap(
        in -> Arbitraries.longs().map(seed -> GemmCase.random(in, seed)).dontShrink());
  }

  /** The launch throws if the sanitizer finds anything. */
  private static void check(GemmCase each) {
    GemmProblem problem = each.problem();
    GemmReference reference = problem.reference();
    GemmErrorBound bound = problem.bound();
    try (Device device = Device.open("emulator:sm_80");
        KernelLauncher launcher = new KernelLauncher(device, each.schedule())) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), problem);
      GemmVerdict verdict = GemmVerdict.of(run.product(), reference, bound);
      assertTrue(verdict.correct(), () -> each + ": " + verdict);
      if (each.vectorised()) {
        assertEquals(0, run.report().counters().get("conflicts.shared"), each::toString);
      }
      checkInterpreter(each, problem, reference, bound, run);
    }
  }

  /** Both are within the bound of the same product, and so within twice the bound of each other. */
  private static void checkInterpreter(
      GemmCase each,
      GemmProblem problem,
      GemmReference reference,
      GemmErrorBound bound,
      GemmRun run) {
    HostTensor a =
        HostTensor.of(problem.a().dtype(), problem.a().values(), problem.m(), problem.k());
    HostTensor b =
        HostTensor.strided(
            problem.b().dtype(),
            new long[] {problem.n(), problem.k()},
            new long[] {1, problem.n()});
    double[] values = problem.b().values();
    for (int row = 0; row < problem.k(); row++) {
      for (int column = 0; column < problem.n(); column++) {
        b.set(values[row * problem.n() + column], column, row);
      }
    }
    HostTensor c = HostTensor.zeros(problem.out(), problem.m(), problem.n());
    Interpreter.run(
        run.compilation().staged(),
        new Arguments(
            Map.of("m", (long) problem.m(), "n", (long) problem.n(), "k", (long) problem.k()),
            Map.of("a", a, "b", b, "c", c)));
    double[] interpreted = new double[run.product().length];
    for (int i = 0; i < interpreted.length; i++) {
      interpreted[i] = c.get(i / problem.n(), i % problem.n());
    }
    GemmVerdict verdict = GemmVerdict.of(interpreted, reference, bound);
    assertTrue(verdict.correct(), () -> each + " interpreted: " + verdict);
  }
}
