package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.Finding;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.Matmul;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Products whose blocks share tiles (split-K, stream-K), from Java to the emulator's numbers. */
class SharedTilesTest {
  private static final List<DType> TYPES = List.of(DType.F16, DType.BF16, DType.I8);

  /** One product. */
  record Case(DType in, Schedule schedule, int m, int n, int k, long seed) {
    GemmProblem problem() {
      return GemmProblem.random(m, n, k, in, GemmProblem.defaultOut(in), seed);
    }

    Matmul kernel() {
      return new Matmul(in, GemmProblem.defaultOut(in), 64, 64, 64);
    }
  }

  @Provide
  Arbitrary<Case> cases() {
    Arbitrary<Schedule> schedules =
        Combinators.combine(
                Arbitraries.integers().between(1, 9),
                Arbitraries.of(true, false),
                Arbitraries.integers().between(0, 4))
            .as(
                (n, stream, stages) -> {
                  Schedule base =
                      stages == 0
                          ? Schedule.AUTOMATIC
                          : Schedule.AUTOMATIC.withStages(stages).withRasterGroup(2);
                  return stream ? base.withStreamK().withBlocks(n) : base.withSplitK(n);
                });
    return Combinators.combine(
            Arbitraries.of(TYPES),
            schedules,
            Arbitraries.integers().between(1, 150),
            Arbitraries.integers().between(1, 10).map(n -> 16 * n),
            Arbitraries.integers().between(1, 30).map(k -> 16 * k),
            Arbitraries.longs())
        .as(Case::new);
  }

  @Property(tries = 15, edgeCases = EdgeCasesMode.NONE)
  void productsAreCorrectOnAmpere(@ForAll("cases") Case each) {
    check(each, "emulator:sm_80");
  }

  @Property(tries = 8, edgeCases = EdgeCasesMode.NONE)
  void productsAreCorrectOnHopper(@ForAll("cases") Case each) {
    check(each, "emulator:sm_90a");
  }

  /** Twice: the second launch finds the flags as the first left them, and gives the same bits. */
  private static void check(Case each, String name) {
    GemmProblem problem = each.problem();
    try (Device device = Device.open(name);
        KernelLauncher launcher = new KernelLauncher(device, each.schedule())) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), problem);
      GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
      assertTrue(verdict.correct(), () -> each + ": " + verdict);
      assertEquals(0, run.report().counters().get("conflicts.shared"), each::toString);
      GemmRun again = GemmRun.of(device, launcher, each.kernel(), problem);
      assertArrayEquals(run.product(), again.product(), each::toString);
    }
  }

  // ---------------------------------------------------------------- the same in every run

  private static final Case ODD =
      new Case(DType.F16, Schedule.AUTOMATIC.withStreamK().withBlocks(7), 130, 112, 336, 5);

  @Test
  void resultsDoNotDependOnTheInterleaving() {
    for (String target : List.of("sm_80", "sm_90a")) {
      double[] first = product("emulator:" + target + "?seed=1");
      for (int seed = 2; seed < 6; seed++) {
        assertArrayEquals(first, product("emulator:" + target + "?seed=" + seed), target);
      }
    }
  }

  private static double[] product(String name) {
    try (Device device = Device.open(name);
        KernelLauncher launcher = new KernelLauncher(device, ODD.schedule())) {
      return GemmRun.of(device, launcher, ODD.kernel(), ODD.problem()).product();
    }
  }

  /** One tile for all blocks; more blocks than iterations. */
  @Test
  void blocksWithoutIterationsDoNothing() {
    for (int k : new int[] {16, 64, 80, 640}) {
      Schedule all = Schedule.AUTOMATIC.withStreamK().withBlocks(12);
      check(new Case(DType.F16, all, 50, 48, k, k), "emulator:sm_80");
      check(new Case(DType.I8, Schedule.AUTOMATIC.withSplitK(5), 50, 48, k, k), "emulator:sm_80");
    }
  }

  // ---------------------------------------------------------------- faults

  /** A launch of the whole code takes 36,000 warp instructions. */
  private static final int STEPS = 1_000_000;

  /**
   * Takes one part of the protocol out of the code. That flags are lowered again is not among them:
   * blocks of the emulator's next launch start in order, and so raise them before they are awaited.
   *
   * @param from a regular expression
   */
  private record Fault(String name, String from, String to) {}

  private static final List<Fault> FAULTS =
      List.of(
          new Fault("the release", "st\\.release\\.gpu", "st.relaxed.gpu"),
          new Fault("the signal", "(@%p\\d+ )?st\\.release\\.gpu.*;", ""),
          new Fault(
              "the wait", "ld\\.acquire\\.gpu\\.global\\.u32\\s+(%\\w+), .*;", "mov.u32 $1, 1;"));

  @TestFactory
  Stream<DynamicTest> faultsAreFound() {
    return FAULTS.stream()
        .map(
            fault -> DynamicTest.dynamicTest("without " + fault.name(), () -> requireFound(fault)));
  }

  /** The barriers that let all threads see what one has waited for, and one signal for all. */
  @Test
  void barriersAroundFlagsAreNeeded() {
    List<String> lines = code().lines().toList();
    int found = 0;
    for (int i = 0; i < lines.size(); i++) {
      boolean nearFlag =
          lines.subList(Math.max(0, i - 4), Math.min(lines.size(), i + 4)).stream()
              .anyMatch(line -> line.contains(".gpu.global.u32"));
      if (lines.get(i).contains("bar.sync") && nearFlag) {
        List<String> without = new ArrayList<>(lines);
        without.set(i, "");
        assertFalse(launchTwice(String.join("\n", without)).isEmpty(), lines.get(i) + " at " + i);
        found++;
      }
    }
    assertEquals(2, found);
  }

  private static void requireFound(Fault fault) {
    String code = code();
    String mutant = code.replaceAll(fault.from(), fault.to());
    assertFalse(mutant.equals(code), "nothing to take out");
    assertFalse(launchTwice(mutant).isEmpty());
  }

  private static String code() {
    String[] code = new String[1];
    use((image, _, _) -> code[0] = MutatedImage.text(image));
    return code[0];
  }

  /** What the sanitizer finds in two launches, and in results that are not those of the code. */
  private static List<String> launchTwice(String code) {
    List<String> found = new ArrayList<>();
    use(
        (image, device, arguments) -> {
          KernelImage mutant = MutatedImage.of(image, code);
          try (LoadedImage loaded = device.load(mutant)) {
            for (int i = 0; i < 2; i++) {
              loaded.bind(arguments).observe(device.stream()).findings().stream()
                  .map(Finding::toString)
                  .forEach(found::add);
            }
          }
        });
    return found;
  }

  private interface Use {
    void use(KernelImage image, Device device, Arguments arguments);
  }

  private static void use(Use use) {
    GemmProblem problem = ODD.problem();
    // A mutant that waits for a flag for ever is found out after a few times the launch's length.
    try (Device device = Device.open("emulator:sm_80?steps=" + STEPS);
        KernelLauncher launcher = new KernelLauncher(device, ODD.schedule());
        Tensor a = problem.a().upload(device);
        Tensor b = problem.b().upload(device);
        Tensor c = Tensor.of(device, problem.out(), problem.m(), problem.n())) {
      Arguments arguments = Arguments.of("a", a).with("b", b.transpose()).with("c", c);
      use.use(launcher.compilation(ODD.kernel(), arguments).image(), device, arguments);
    }
  }
}
