package dev.tilewright.samples;

import dev.tilewright.KernelLauncher;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Npy;
import dev.tilewright.runtime.NpyArray;
import dev.tilewright.runtime.NpyException;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.gemm.HostMatrix;
import dev.tilewright.samples.kernels.Matmul;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    save.ifPresent(RunGemmCommand::requireWritable);
    GemmProblem problem =
        GemmProblem.read(
            fileA,
            fileB,
            size("--m", m, DEFAULT_M),
            size("--n", n, DEFAULT_N),
            size("--k", k, DEFAULT_K),
            choices.in(),
            choices.out(),
            seed);
    requireSize("--m", m, problem.m(), "A's rows");
    requireSize("--n", n, problem.n(), "B's columns");
    requireSize("--k", k, problem.k(), "A's columns and B's rows");
    try (Device device = deviceChoice.open();
        KernelLauncher launcher = new KernelLauncher(device, schedule)) {
      out.printf("device     %s, %s%n", device.description().name(), device.description().label());
      printProblem(out, problem);
      GemmRun run = GemmRun.of(device, launcher, choices.kernel(), problem);
      printRun(out, choices.kernel(), run);
      save.ifPresent(file -> write(file, problem, run.product()));
      GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
      printVerdict(out, verdict);
      return verdict.correct() ? ExitStatus.OK : ExitStatus.WRONG;
    }
  }

  private static int size(String option, Optional<Integer> given, int otherwise) {
    int value = given.orElse(otherwise);
    if (value < 1) {
      throw new InputException(option + " must be at least 1, not " + value);
    }
    return value;
  }

  /** A size that is given beside a file must agree with it. */
  private static void requireSize(String option, Optional<Integer> given, int actual, String what) {
    if (given.isPresent() && given.get() != actual) {
      throw new InputException(
          "%s is %d, but %s are %d".formatted(option, given.get(), what, actual));
    }
  }

  /** Found out before the work, not after it. */
  private static void requireWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file)) {
      throw new InputException(file + ": cannot be written, it is a folder");
    }
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InputException(file + ": cannot be written, there is no folder " + folder);
    }
    if (!Files.isWritable(folder) || (Files.exists(file) && !Files.isWritable(file))) {
      throw new InputException(file + ": cannot be written, permission denied");
    }
  }

  private static void write(Path file, GemmProblem problem, double[] product) {
    try {
      Npy.write(file, NpyArray.of(problem.out(), product, problem.m(), problem.n()));
    } catch (NpyException failure) {
      throw new InputException(failure);
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

  private static void printRun(PrintWriter out, Matmul kernel, GemmRun run) {
    var image = run.compilation().image();
    LaunchShape grid = run.launch().shape();
    out.printf(
        "kernel     %s%n           %d×%d×%d blocks of %d threads, %d bytes of shared memory, %s%n",
        kernel, grid.x(), grid.y(), grid.z(), image.threads(), image.sharedBytes(), image.target());
    out.printf(
        "time       compile %s, run %s%n",
        milliseconds(run.compiling()), milliseconds(run.running()));
    if (!run.report().counters().isEmpty()) {
      out.println("counters");
      run.report()
          .counters()
          .forEach(
              (name, count) -> {
                if (count != 0 || name.startsWith("conflicts")) {
                  out.printf("           %,18d  %s%n", count, name);
                }
              });
    }
  }

  private static String milliseconds(Duration time) {
    return "%,.1f ms".formatted(time.toNanos() / 1e6);
  }

  private static void printVerdict(PrintWriter out, GemmVerdict verdict) {
    out.printf(
        "error      at most %.3g, where %.3g is allowed; C[%d, %d] uses most of its bound: %.1f"
            + " %%%n",
        verdict.maxError(),
        verdict.boundThere(),
        verdict.worstRow(),
        verdict.worstColumn(),
        100 * verdict.worstFraction());
    if (verdict.correct()) {
      out.println("result     correct: every element is within its bound of the float64 product");
    } else {
      out.printf("result     WRONG: %d elements are outside their bound%n", verdict.wrong());
    }
  }
}
