package dev.tilewright.samples;

import dev.tilewright.Kernel;
import dev.tilewright.runtime.Npy;
import dev.tilewright.runtime.NpyArray;
import dev.tilewright.runtime.NpyException;
import dev.tilewright.runtime.spi.LaunchShape;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What the commands that run a product say, and the options that they share. */
final class ProductOutput {
  private ProductOutput() {}

  /** A size that is given, or the default. */
  static int size(String option, Optional<Integer> given, int otherwise) {
    int value = given.orElse(otherwise);
    if (value < 1) {
      throw new InputException(option + " must be at least 1, not " + value);
    }
    return value;
  }

  /** A size that is given beside a file must agree with it. */
  static void requireSize(String option, Optional<Integer> given, int actual, String what) {
    if (given.isPresent() && given.get() != actual) {
      throw new InputException(
          "%s is %d, but %s are %d".formatted(option, given.get(), what, actual));
    }
  }

  /** Found out before the work, not after it. */
  static void requireWritable(Path file) {
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

  static void write(Path file, NpyArray array) {
    try {
      Npy.write(file, array);
    } catch (NpyException failure) {
      throw new InputException(failure);
    }
  }

  static void printRun(PrintWriter out, Kernel kernel, GemmRun run) {
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

  static void printVerdict(PrintWriter out, String name, GemmVerdict verdict) {
    out.printf(
        "error      at most %.3g, where %.3g is allowed; %s[%d, %d] uses most of its bound: %.1f"
            + " %%%n",
        verdict.maxError(),
        verdict.boundThere(),
        name,
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
