package dev.tilewright.samples;

import dev.tilewright.KernelLauncher;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.NpyArray;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.gemm.HostMatrix;
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
    name = "gemm",
    description = {
      "Multiply two matrices, C = A · B, and compare C with the product in float64.",
      "Exit status: 0 when every element is within its derived bound, 1 when not, 2 on bad usage or"
          + " bad input."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RunGemmCommand implements Callable<Integer> {
  private static final int DEFAULT_M = 500;
  private static final int DEFAULT_N = 392;
  private static final int DEFAULT_K = 264;

  @Spec private CommandSpec spec;
  @Mixin private GemmChoices choices = new GemmChoices();
  @Mixin private ScheduleChoices schedules = new ScheduleChoices();

  @Option(names = "--m", paramLabel = "M", description = "rows of A and C (default: 500)")
  private Optional<Integer> m = Optional.empty();

  @Option(names = "--n", paramLabel = "N", description = "columns of B and C (default: 392)")
  private Optional<Integer> n = Optional.empty();

  @Option(names = "--k", paramLabel = "K", description = "columns of A, rows of B (default: 264)")
  private Optional<Integer> k = Optional.empty();

  @Mixin private DeviceChoice deviceChoice = new DeviceChoice();

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "seed of the random matrices (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(names = "--a", paramLabel = "A.npy", description = "read A, m×k, from this file")
  private Optional<Path> fileA = Optional.empty();

  @Option(names = "--b", paramLabel = "B.npy", description = "read B, k×n, from this file")
  private Optional<Path> fileB = Optional.empty();

  @Option(names = "--save", paramLabel = "C.npy", description = "write C, m×n, to this file")
  private Optional<Path> save = Optional.empty();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Schedule schedule = schedules.schedule();
    save.ifPresent(ProductOutput::requireWritable);
    GemmProblem problem =
        GemmProblem.read(
            fileA,
            fileB,
            ProductOutput.size("--m", m, DEFAULT_M),
            ProductOutput.size("--n", n, DEFAULT_N),
            ProductOutput.size("--k", k, DEFAULT_K),
            choices.in(),
            choices.out(),
            seed);
    ProductOutput.requireSize("--m", m, problem.m(), "A's rows");
    ProductOutput.requireSize("--n", n, problem.n(), "B's columns");
    ProductOutput.requireSize("--k", k, problem.k(), "A's columns and B's rows");
    try (Device device = deviceChoice.open();
        KernelLauncher launcher = new KernelLauncher(device, schedule)) {
      out.printf("device     %s, %s%n", device.description().name(), device.description().label());
      printProblem(out, problem);
      GemmRun run = GemmRun.of(device, launcher, choices.kernel(), problem);
      ProductOutput.printRun(out, choices.kernel(), run);
      save.ifPresent(
          file ->
              ProductOutput.write(
                  file, NpyArray.of(problem.out(), run.product(), problem.m(), problem.n())));
      GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
      ProductOutput.printVerdict(out, "C", verdict);
      return verdict.correct() ? ExitStatus.OK : ExitStatus.WRONG;
    }
  }

  private static void printProblem(PrintWriter out, GemmProblem problem) {
    out.printf(
        "problem    C %d×%d %s = A %d×%d · B %d×%d %s%n",
        problem.m(),
        problem.n(),
        problem.out().name(),
        problem.m(),
        problem.k(),
        problem.k(),
        problem.n(),
        problem.a().dtype().name());
    out.printf("           A %s; B %s%n", described(problem.a()), described(problem.b()));
  }

  private static String described(HostMatrix matrix) {
    return matrix.origin() + (matrix.columnMajor() ? ", column-major" : ", row-major");
  }
}
