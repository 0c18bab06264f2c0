package dev.tilewright.samples.mutation;

import dev.tilewright.Compilation;
import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.emulator.CompletionPolicy;
import dev.tilewright.emulator.EmulatorOptions;
import dev.tilewright.emulator.EmulatorProvider;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.LoadedImage;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.samples.MutatedImage;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.Matmul;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A small matrix product whose code is mutated, with the product that the unchanged code gives. */
record MutationCase(String name, GemmProblem problem, KernelImage image, double[] product) {

  /** Far above what the unchanged code executes, far below what an endless loop would take. */
  private static final long INSTRUCTION_BUDGET = 400_000;

  /** In the order in which they are tried, until one reports. */
  private static final List<EmulatorOptions> RUNS = runs();

  private static List<EmulatorOptions> runs() {
    EmulatorOptions base =
        EmulatorOptions.DEFAULT.withWorkers(1).withInstructionBudget(INSTRUCTION_BUDGET);
    List<EmulatorOptions> runs = new ArrayList<>();
    runs.add(base);
    runs.add(base.withCompletion(CompletionPolicy.EARLY));
    for (int seed = 1; seed <= 2; seed++) {
      runs.add(base.withSeed(seed).withCompletion(CompletionPolicy.RANDOM));
      runs.add(base.withSeed(seed + 10).withCompletion(CompletionPolicy.LATE));
    }
    return List.copyOf(runs);
  }

  static MutationCase of(
      String name, DType in, int bm, int bn, Schedule schedule, int m, int n, int k) {
    GemmProblem problem = GemmProblem.random(m, n, k, in, GemmProblem.defaultOut(in), 1);
    Matmul kernel = new Matmul(in, problem.out(), bm, bn, 512 / in.bits());
    try (Device device = Device.open("emulator:sm_90a");
        KernelLauncher launcher = new KernelLauncher(device, schedule);
        Tensor a = problem.a().upload(device);
        Tensor b = problem.b().upload(device);
        Tensor c = Tensor.of(device, problem.out(), m, n)) {
      Arguments arguments = Arguments.of("a", a).with("b", b.transpose()).with("c", c);
      Compilation compilation = launcher.compilation(kernel, arguments);
      launcher.launch(kernel, arguments);
      double[] product = c.toDoubles();
      GemmVerdict verdict = GemmVerdict.of(product, problem.reference(), problem.bound());
      if (!verdict.correct()) {
        throw new AssertionError(name + ": " + verdict);
      }
      return new MutationCase(name, problem, compilation.image(), product);
    }
  }

  List<Mutant> mutants() {
    return Mutations.of(name, MutatedImage.text(image));
  }

  /** What first reports the mutant; {@link Verdict.Unreported} if nothing does. */
  Verdict judge(Mutant mutant) {
    for (EmulatorOptions options : RUNS) {
      Verdict verdict = judge(mutant.text(), options);
      if (!(verdict instanceof Verdict.Unreported)) {
        return verdict;
      }
    }
    return new Verdict.Unreported();
  }

  private Verdict judge(String code, EmulatorOptions options) {
    try (Device device = Device.on(new EmulatorProvider().open("sm_90a", options));
        Tensor a = problem.a().upload(device);
        Tensor b = problem.b().upload(device);
        Tensor c = Tensor.of(device, problem.out(), problem.m(), problem.n());
        LoadedImage loaded = device.load(MutatedImage.of(image, code))) {
      Arguments arguments = Arguments.of("a", a).with("b", b.transpose()).with("c", c);
      LaunchReport report = loaded.bind(arguments).observe(device.stream());
      if (!report.findings().isEmpty()) {
        return new Verdict.Finding(report.findings().getFirst().code());
      }
      return Arrays.equals(product, c.toDoubles())
          ? new Verdict.Unreported()
          : new Verdict.WrongResult();
    } catch (DeviceException refused) {
      return new Verdict.Refused(String.valueOf(refused.getMessage()));
    }
  }
}
