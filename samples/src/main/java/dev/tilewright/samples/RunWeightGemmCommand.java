package dev.tilewright.samples;

import dev.tilewright.KernelLauncher;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.NpyArray;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.WeightGemm;
import dev.tilewright.samples.weights.WeightErrorBound;
import dev.tilewright.samples.weights.WeightProblem;
import dev.tilewright.samples.weights.WeightRun;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "wgemm",
    description = {
      "Multiply activations by quantised weights, Y = X · Wᵀ, and compare Y with the float64"
          + " product of the weights that codes, scales and zero points mean.",
      "Exit status: 0 when every element is within its derived bound, 1 when not, 2 on bad usage or"
          + " bad input."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RunWeightGemmCommand implements Callable<Integer> {
  private static final int DEFAULT_M = 16;
  private static final int DEFAULT_N = 384;
  private static final int DEFAULT_K = 512;

  @Spec private CommandSpec spec;
  @Mixin private WeightChoices choices = new WeightChoices();
  @Mixin private ScheduleChoices schedules = new ScheduleChoices();

  @Option(names = "--m", paramLabel = "M", description = "rows of X and Y (default: 16)")
  private Optional<Integer> m = Optional.empty();

  @Option(names = "--n", paramLabel = "N", description = "rows of W, columns of Y (default: 384)")
  private Optional<Integer> n = Optional.empty();

  @Option(names = "--k", paramLabel = "K", description = "columns of X and W (default: 512)")
  private Optional<Integer> k = Optional.empty();

  @Mixin private DeviceChoice deviceChoice = new DeviceChoice();

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "seed of the random matrices (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(names = "--x", paramLabel = "X.npy", description = "read X, m×k, from this file")
  private Optional<Path> fileX = Optional.empty();

  @Option(
      names = "--w",
      paramLabel = "W.npy",
      description = "read W, n×k, from this file and quantise it")
  private Optional<Path> fileW = Optional.empty();

  @Option(names = "--save", paramLabel = "Y.npy", description = "write Y, m×n, to this file")
  private Optional<Path> save = Optional.empty();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Schedule schedule = schedules.schedule();
    choices.requireTypesFit();
    save.ifPresent(ProductOutput::requireWritable);
    WeightProblem problem =
        WeightProblem.read(
            fileX,
            fileW,
            ProductOutput.size("--m", m, DEFAULT_M),
            ProductOutput.size("--n", n, DEFAULT_N),
            ProductOutput.size("--k", k, DEFAULT_K),
            choices.format(),
            choices.acts(),
            seed);
    ProductOutput.requireSize("--m", m, problem.m(), "X's rows");
    ProductOutput.requireSize("--n", n, problem.n(), "W's rows");
    ProductOutput.requireSize("--k", k, problem.k(), "X's and W's columns");
    WeightGemm kernel = choices.kernel(problem.m());
    try (Device device = deviceChoice.open();
        KernelLauncher launcher = new KernelLauncher(device, schedule)) {
      out.printf("device     %s, %s%n", device.description().name(), device.description().label());
      out.printf(
          "problem    Y %d×%d %s = X %d×%d %s · Wᵀ, W %d×%d %s%n",
          problem.m(),
          problem.n(),
          kernel.out().name(),
          problem.m(),
          problem.k(),
          kernel.act().name(),
          problem.n(),
          problem.k(),
          kernel.format());
      WeightRun weights = WeightRun.of(device, launcher, kernel, problem);
      double bits = 8.0 * weights.weightBytes() / ((double) problem.n() * problem.k());
      out.printf("weights    %,d bytes packed, %.2f bits each%n", weights.weightBytes(), bits);
      ProductOutput.printRun(out, kernel, weights.run());
      save.ifPresent(
          file ->
              ProductOutput.write(
                  file,
                  NpyArray.of(kernel.out(), weights.run().product(), problem.m(), problem.n())));
      WeightErrorBound bound = WeightErrorBound.of(kernel, problem.k());
      GemmVerdict verdict =
          GemmVerdict.of(weights.run().product(), problem.reference(bound), bound);
      ProductOutput.printVerdict(out, "Y", verdict);
      return verdict.correct() ? ExitStatus.OK : ExitStatus.WRONG;
    }
  }
}
