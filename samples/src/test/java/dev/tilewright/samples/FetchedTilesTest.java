package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.Kernel;
import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.Matmul;
import dev.tilewright.samples.kernels.VectorAdd;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Persistent blocks that fetch the numbers of their tiles from a counter, on the emulator. */
class FetchedTilesTest {
  private static final List<DType> TYPES = List.of(DType.F16, DType.BF16, DType.I8);

  /** One product. */
  record Case(DType in, Schedule schedule, int m, int n, int k, long seed) {
    GemmProblem problem() {
      return GemmProblem.random(m, n, k, in, GemmProblem.defaultOut(in), seed);
    }

    Matmul kernel() {
      return new Matmul(in, GemmProblem.defaultOut(in), 64, 64, 64);
    }

    long tiles() {
      return Math.ceilDiv(m, 64L) * Math.ceilDiv(n, 64L);
    }
  }

  @Provide
  Arbitrary<Case> cases() {
    Arbitrary<Schedule> schedules =
        Combinators.combine(
                Arbitraries.integers().between(1, 9), Arbitraries.integers().between(0, 4))
            .as(
                (blocks, stages) -> {
                  Schedule base = Schedule.AUTOMATIC.withDynamic(true).withBlocks(blocks);
                  return stages == 0 ? base : base.withStages(stages).withRasterGroup(2);
                });
    return Combinators.combine(
            Arbitraries.of(TYPES),
            schedules,
            Arbitraries.integers().between(1, 200),
            Arbitraries.integers().between(1, 13).map(n -> 16 * n),
            Arbitraries.integers().between(1, 12).map(k -> 16 * k),
            Arbitraries.longs())
        .as(Case::new);
  }

  @Property(tries = 6, edgeCases = EdgeCasesMode.NONE)
  void productsAreThoseOfCountedTilesOnAmpere(@ForAll("cases") Case each) {
    check(each, "emulator:sm_80");
  }

  @Property(tries = 6, edgeCases = EdgeCasesMode.NONE)
  void productsAreThoseOfCountedTilesOnHopper(@ForAll("cases") Case each) {
    check(each, "emulator:sm_90a");
  }

  /**
   * Bit for bit what blocks that count for themselves compute, whatever the interleaving; twice on
   * one stream: the second launch finds the counter as the first did.
   */
  private static void check(Case each, String target) {
    String name = target + "?seed=" + Math.floorMod(each.seed(), 1000);
    GemmProblem problem = each.problem();
    double[] counted;
    try (Device device = Device.open(target);
        KernelLauncher launcher =
            new KernelLauncher(device, each.schedule().withDynamic(false).withPersistent(true))) {
      counted = GemmRun.of(device, launcher, each.kernel(), problem).product();
    }
    try (Device device = Device.open(name);
        KernelLauncher launcher = new KernelLauncher(device, each.schedule())) {
      for (int launch = 0; launch < 2; launch++) {
        GemmRun run = GemmRun.of(device, launcher, each.kernel(), problem);
        assertArrayEquals(counted, run.product(), each::toString);
        assertEquals(each.tiles(), run.report().counters().get("atomics.global"), each::toString);
        assertEquals(0, run.report().counters().get("conflicts.shared"), each::toString);
        GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
        assertTrue(verdict.correct(), () -> each + ": " + verdict);
      }
    }
  }

  // ---------------------------------------------------------------- faults

  private static final Case ODD =
      new Case(
          DType.F16,
          Schedule.AUTOMATIC.withDynamic(true).withBlocks(2).withStages(2),
          200,
          144,
          80,
          5);

  /** A launch takes at most 30,000 warp instructions. */
  private static final int STEPS = 400_000;

  /** The counter must come back to zero: the second launch would find no tile left. */
  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_90a"})
  void aCounterThatIsNotResetIsSeen(String target) {
    assertSeen(
        target,
        PRODUCT,
        code -> code.replaceAll("(atom\\S*inc\\.u32\\s+%\\w+, \\[[^]]*\\]), %\\w+;", "$1, -1;"));
  }

  /** Other blocks' numbers come from the same counter: without one, blocks take tiles twice. */
  @ParameterizedTest
  @ValueSource(strings = {"sm_80", "sm_90a"})
  void aNumberThatIsNotFetchedIsSeen(String target) {
    assertSeen(
        target,
        PRODUCT,
        code -> code.replaceAll("(@%p\\d+ )?atom\\S*inc\\.u32\\s+(%\\w+), .*;", "mov.u32 $2, 0;"));
  }

  /**
   * The number must have been written before all threads read it, and read before the next is
   * written. (Kernels with shared memory of their own have other barriers in between, too.)
   */
  @Test
  void barriersAroundTheNumberAreNeeded() {
    List<String> lines = code("sm_80", SUM).lines().toList();
    int mutants = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("bar.sync")) {
        int at = i;
        assertSeen("sm_80", SUM, code -> without(code, at, ""));
        mutants++;
      }
    }
    assertEquals(2, mutants);
  }

  private static String without(String code, int at, String instead) {
    List<String> lines = new ArrayList<>(code.lines().toList());
    lines.set(at, instead);
    return String.join("\n", lines);
  }

  /**
   * The producer must not overwrite a number before it has been read, and both must say when they
   * have done. That the consumers wait for the number, too, is for tiles without iterations: the
   * producer writes the number before it fills a slot with this tile, and they have waited for
   * that.
   */
  @Test
  void theNumbersBarriersAreNeeded() {
    List<String> lines = code("sm_90a", PRODUCT).lines().toList();
    List<Integer> waits = ofNumbers(lines, "mbarrier\\.try_wait");
    List<Integer> arrivals = ofNumbers(lines, "mbarrier\\.arrive");
    assertEquals(2, waits.size(), "one of the producer, one of the consumers");
    assertEquals(2, arrivals.size(), "one of the producer, one of the consumers");
    for (int i : List.of(waits.getFirst(), arrivals.getFirst(), arrivals.getLast())) {
      assertSeen("sm_90a", PRODUCT, code -> without(code, i, released(lines.get(i))));
    }
  }

  /** The line without its wait or arrival. */
  private static String released(String line) {
    return line.contains("try_wait")
        ? line.replaceAll("mbarrier\\.try_wait\\S*\\s+(%\\w+), .*;", "setp.eq.u32 $1, 0, 0;")
        : "";
  }

  /** The barriers next to accesses of the numbers: each number is written and read in one place. */
  private static List<Integer> ofNumbers(List<String> lines, String kind) {
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("ld.shared.b32")) {
        int step = kind.contains("wait") ? -1 : 1;
        for (int j = i; ; j += step) {
          if (lines.get(j).matches(".*" + kind + ".*")) {
            found.add(j);
            break;
          }
        }
      }
    }
    return found;
  }

  // ---------------------------------------------------------------- mutants

  /** A kernel and data for it. */
  private interface Subject {
    Kernel kernel();

    /** Tensors of the device, the one that is written last. */
    SequencedMap<String, Tensor> tensors(Device device);
  }

  private static final Subject PRODUCT =
      new Subject() {
        @Override
        public Kernel kernel() {
          return ODD.kernel();
        }

        @Override
        public SequencedMap<String, Tensor> tensors(Device device) {
          GemmProblem problem = ODD.problem();
          SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
          tensors.put("a", problem.a().upload(device));
          tensors.put("b", problem.b().upload(device).transpose());
          tensors.put("c", Tensor.zeros(device, problem.out(), problem.m(), problem.n()));
          return tensors;
        }
      };

  private static final Subject SUM =
      new Subject() {
        private static final int SIZE = 1000;

        @Override
        public Kernel kernel() {
          return new VectorAdd(DType.F32, 128);
        }

        @Override
        public SequencedMap<String, Tensor> tensors(Device device) {
          double[] counting = IntStream.range(0, SIZE).asDoubleStream().toArray();
          SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
          tensors.put("x", Tensor.of(device, DType.F32, counting, SIZE));
          tensors.put("y", Tensor.of(device, DType.F32, counting, SIZE));
          tensors.put("z", Tensor.zeros(device, DType.F32, SIZE));
          return tensors;
        }
      };

  private static String code(String target, Subject subject) {
    try (Device device = Device.open("emulator:" + target);
        KernelLauncher launcher = new KernelLauncher(device, ODD.schedule())) {
      Arguments arguments = arguments(subject.tensors(device));
      KernelImage image = launcher.compilation(subject.kernel(), arguments).image();
      return MutatedImage.text(image);
    }
  }

  private static Arguments arguments(SequencedMap<String, Tensor> tensors) {
    Arguments arguments = Arguments.none();
    for (var tensor : tensors.entrySet()) {
      arguments = arguments.with(tensor.getKey(), tensor.getValue());
    }
    return arguments;
  }

  /** In two launches the sanitizer finds something, or results are not those of the code itself. */
  private static void assertSeen(String target, Subject subject, UnaryOperator<String> mutation) {
    boolean seen = false;
    int changed = -1;
    try (Device device = Device.open("emulator:" + target + "?steps=" + STEPS);
        KernelLauncher launcher = new KernelLauncher(device, ODD.schedule())) {
      SequencedMap<String, Tensor> tensors = subject.tensors(device);
      Tensor written = tensors.lastEntry().getValue();
      Arguments arguments = arguments(tensors);
      launcher.launch(subject.kernel(), arguments);
      double[] expected = written.toDoubles();
      KernelImage image = launcher.compilation(subject.kernel(), arguments).image();
      String code = MutatedImage.text(image);
      String mutated = mutation.apply(code);
      changed = Arrays.mismatch(code.toCharArray(), mutated.toCharArray());
      assertTrue(changed >= 0, "nothing to take out");
      KernelImage mutant = MutatedImage.of(image, mutated);
      try (LoadedImage loaded = device.load(mutant)) {
        for (int i = 0; i < 2; i++) {
          written.upload(new double[expected.length]);
          seen |= !loaded.bind(arguments).observe(device.stream()).findings().isEmpty();
          seen |= !Arrays.equals(expected, written.toDoubles());
        }
      }
    }
    assertTrue(seen, "nobody sees the mutant that differs from character " + changed + " on");
  }
}
