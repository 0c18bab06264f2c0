package dev.tilewright.samples;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.runtime.Device;
import dev.tilewright.samples.bench.BitWidthPlot;
import dev.tilewright.samples.bench.BitWidthPoint;
import dev.tilewright.samples.bench.BitWidthPoint.Chip;
import dev.tilewright.samples.kernels.WeightGemm;
import dev.tilewright.samples.report.Environment;
import dev.tilewright.samples.report.Report;
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
    name = "bitwidths",
    description = {
      "Count what products with weights of 1 to 8 bits cost on an emulated device, and draw the"
          + " roofline over the bits: the longer of what memory takes for the bytes and of what"
          + " issuing the loop's instructions takes, at the rates of the chip's data sheet. These"
          + " are bounds by exact counts, not times."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchBitwidthsCommand implements Callable<Integer> {
  private static final int MOST_BITS = 8;
  private static final List<String> COLUMNS =
      List.of(
          "type", "bits", "bytes", "instructions a weight", "memory µs", "issue µs", "bound µs");

  @Spec private CommandSpec spec;
  @Mixin private ScheduleChoices schedules = new ScheduleChoices();
  @Mixin private DeviceChoice deviceChoice = new DeviceChoice();

  @Option(
      names = "--m",
      paramLabel = "M",
      defaultValue = "16",
      description = "rows of X (default: ${DEFAULT-VALUE})")
  private int m;

  @Option(
      names = "--n",
      paramLabel = "N",
      defaultValue = "57344",
      description = "rows of W (default: ${DEFAULT-VALUE})")
  private int n;

  @Option(
      names = "--k",
      paramLabel = "K",
      defaultValue = "8192",
      description = "columns of X and W (default: ${DEFAULT-VALUE})")
  private int k;

  @Option(
      names = "--floats",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "floats too (default)")
  private boolean floats;

  @Option(names = "--report", paramLabel = "STEM", description = "write STEM.md and STEM.json")
  private Optional<Path> report = Optional.empty();

  @Option(names = "--plot", paramLabel = "FILE.svg", description = "draw the bound over the bits")
  private Optional<Path> plot = Optional.empty();

  @Override
  public Integer call() {
    plot.ifPresent(ProductOutput::requireWritable);
    for (int size : new int[] {m, n, k}) {
      ProductOutput.size("--m, --n and --k", Optional.of(size), 1);
    }
    List<BitWidthPoint> points = new ArrayList<>();
    try (Device device = deviceChoice.open();
        KernelLauncher launcher = new KernelLauncher(device, schedules.schedule())) {
      if (!device.description().name().startsWith("emulator")) {
        throw new InputException(
            "bench bitwidths counts on an emulated device; --device emulator:sm_90a");
      }
      Chip chip = Chip.of(device);
      for (int bits = 1; bits <= MOST_BITS; bits++) {
        for (DType type : BitWidthPoint.types(bits)) {
          if (floats || type.name().startsWith("u") || type.name().startsWith("i")) {
            points.add(BitWidthPoint.count(device, launcher, kernel(type), m, n, k));
          }
        }
      }
      Report table = table(device, chip, points);
      report.ifPresent(table::write);
      plot.ifPresent(file -> OutputFile.write(file, BitWidthPlot.svg(points, chip, (long) n * k)));
      spec.commandLine().getOut().print(table.markdown());
      return ExitStatus.OK;
    }
  }

  /** Without scales, so that only the bits differ. */
  private WeightGemm kernel(DType type) {
    int bm = m <= 16 ? 16 : m <= 32 ? 32 : m <= 64 ? 64 : 128;
    return new WeightGemm(WeightFormat.of(type), DType.F16, DType.F16, false, bm, 128, 128);
  }

  private Report table(Device device, Chip chip, List<BitWidthPoint> points) {
    SequencedMap<String, String> facts = Environment.facts(device.description());
    facts.put("problem", "m %d, n %d, k %d, activations f16, no scales".formatted(m, n, k));
    facts.put(
        "rates",
        "%s by its data sheet: %.2f TB/s, %.0f warp instructions a nanosecond"
            .formatted(chip.name(), chip.bandwidth() / 1e12, chip.issue() / 1e9));
    facts.put("meaning", "bounds by exact counts of the emulator, not times");
    long weights = (long) n * k;
    List<List<Object>> rows = new ArrayList<>();
    for (BitWidthPoint point : points) {
      rows.add(
          List.of(
              point.type().name(),
              point.type().bits(),
              point.bytes(),
              point.instructions(),
              point.memory(chip),
              point.issue(chip, weights),
              point.roofline(chip, weights)));
    }
    return new Report("Products with weights of 1 to 8 bits", facts, COLUMNS, rows);
  }
}
