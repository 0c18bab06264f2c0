package dev.tilewright.samples;

import dev.tilewright.KernelLauncher;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.KernelFaultException;
import dev.tilewright.samples.gemm.GemmCase;
import dev.tilewright.samples.gemm.GemmProblem;
import dev.tilewright.samples.gemm.GemmRun;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.report.Environment;
import dev.tilewright.samples.report.Report;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "conformance",
    description = {
      "Run every configuration of the end-to-end tests on a device and compare it with the float64"
          + " reference and with the emulator."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ConformanceCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private DeviceChoice deviceChoice = new DeviceChoice();

  @Option(names = "--report", paramLabel = "STEM", description = "write STEM.md and STEM.json")
  private Optional<Path> report = Optional.empty();

  @Option(names = "--limit", paramLabel = "N", description = "run the first N configurations only")
  private Optional<Integer> limit = Optional.empty();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<List<Object>> rows = new ArrayList<>();
    int wrong = 0;
    SequencedMap<String, String> facts;
    try (Device device = deviceChoice.open();
        Device emulator = Device.open(emulatorOf(device))) {
      List<GemmCase> corpus =
          GemmCase.corpus(device.description().targets()).stream()
              .limit(limit.orElse(Integer.MAX_VALUE))
              .toList();
      for (GemmCase each : corpus) {
        Outcome outcome = run(each, device, emulator);
        rows.add(outcome.row(each));
        wrong += outcome.correct() ? 0 : 1;
        out.printf(
            "[%d/%d] %-5s %s%s%n",
            rows.size(), corpus.size(), outcome.correct() ? "ok" : "WRONG", each, outcome.remark());
        out.flush();
      }
      facts = Environment.facts(device.description());
      facts.put("compared with", "float64 reference; " + emulator.description().name());
      facts.put("wrong", wrong + " of " + rows.size());
    }
    Report table = new Report("Conformance of the GEMM kernels", facts, Outcome.COLUMNS, rows);
    report.ifPresent(table::write);
    out.printf("%d of %d configurations are wrong%n", wrong, rows.size());
    return wrong == 0 ? ExitStatus.OK : ExitStatus.WRONG;
  }

  /** The emulator of the best target that the device has: its code is the same. */
  private static String emulatorOf(Device device) {
    return device.description().targets().contains("sm_90a") ? "emulator:sm_90a" : "emulator:sm_80";
  }

  private static Outcome run(GemmCase each, Device device, Device emulator) {
    GemmProblem problem = each.problem();
    try (KernelLauncher launcher = new KernelLauncher(device, each.schedule());
        KernelLauncher reference = new KernelLauncher(emulator, each.schedule())) {
      GemmRun run = GemmRun.of(device, launcher, each.kernel(), problem);
      GemmRun emulated = GemmRun.of(emulator, reference, each.kernel(), problem);
      GemmVerdict verdict = GemmVerdict.of(run.product(), problem.reference(), problem.bound());
      return new Outcome(verdict.correct(), verdict.worstFraction(), differing(run, emulated), "");
    } catch (KernelFaultException fault) {
      return new Outcome(false, Double.POSITIVE_INFINITY, 0, ": " + fault.getMessage());
    }
  }

  private static long differing(GemmRun run, GemmRun other) {
    long count = 0;
    for (int i = 0; i < run.product().length; i++) {
      if (Double.compare(run.product()[i], other.product()[i]) != 0) {
        count++;
      }
    }
    return count;
  }

  /**
   * How one configuration went.
   *
   * @param boundUsed the greatest fraction of its bound that an element uses
   * @param differing elements that are not, bit for bit, what the emulator computed
   */
  private record Outcome(boolean correct, double boundUsed, long differing, String remark) {
    static final List<String> COLUMNS =
        List.of(
            "configuration",
            "correct",
            "greatest fraction of the bound",
            "elements unlike emulator");

    List<Object> row(GemmCase each) {
      return List.of(each.toString(), correct, boundUsed, differing);
    }
  }
}
