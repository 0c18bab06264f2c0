package dev.tilewright.samples;

import dev.tilewright.KernelLauncher;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.samples.bench.GemmBenchmark;
import dev.tilewright.samples.bench.GemmShape;
import dev.tilewright.samples.bench.Median;
import dev.tilewright.samples.bench.Peer;
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
    name = "gemm",
    description = "Measure the matrix product, k contiguous in A and B, by events on the device.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchGemmCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of(
          "shape", "tile", "median ms", "TFLOP/s", "peer's median ms", "peer's TFLOP/s", "ratio");
  private static final long ROTATION_BYTES = 256L << 20;

  @Spec private CommandSpec spec;
  @Mixin private GemmChoices choices = new GemmChoices();
  @Mixin private ScheduleChoices schedules = new ScheduleChoices();

  @Option(
      names = "--size",
      paramLabel = "MxNxK",
      split = ",",
      description = "shapes to measure (default: squares of 1024 to 8192 and two flat ones)")
  private List<String> sizes = List.of();

  @Mixin private DeviceChoice deviceChoice = new DeviceChoice();

  @Option(
      names = "--peer",
      paramLabel = "COMMAND",
      description = "a program to measure beside ours, such as 'python3 gpu-kit/cublas_peer.py'")
  private Optional<String> peerCommand = Optional.empty();

  @Option(names = "--warmup", defaultValue = "10", description = "launches before measuring")
  private int warmup;

  @Option(names = "--launches", defaultValue = "50", description = "launches measured")
  private int launches;

  @Option(names = "--report", paramLabel = "STEM", description = "write STEM.md and STEM.json")
  private Optional<Path> report = Optional.empty();

  @Override
  public Integer call() {
    if (warmup < 0 || launches < 1) {
      throw new InputException("--warmup must be at least 0 and --launches at least 1");
    }
    List<int[]> shapes =
        sizes.isEmpty()
            ? GemmShape.standardSizes()
            : sizes.stream().map(GemmShape::parseSize).toList();
    PrintWriter out = spec.commandLine().getOut();
    Optional<Peer> peer = peerCommand.map(Peer::start);
    try (Device device = deviceChoice.open();
        KernelLauncher launcher = new KernelLauncher(device, schedules.schedule())) {
      GemmBenchmark benchmark = new GemmBenchmark(device, ROTATION_BYTES, warmup, launches);
      List<List<Object>> rows = new ArrayList<>();
      for (int[] size : shapes) {
        GemmShape shape = new GemmShape(size[0], size[1], size[2], choices.in());
        List<Object> row =
            row(shape, Median.of(benchmark.measure(launcher, choices.kernel(), shape)), peer);
        rows.add(row);
        out.println(row);
        out.flush();
      }
      Report table =
          new Report(
              "GEMM, " + choices.in().name(), facts(device.description(), peer), COLUMNS, rows);
      report.ifPresent(table::write);
      out.print(table.markdown());
      return ExitStatus.OK;
    } finally {
      peer.ifPresent(Peer::close);
    }
  }

  private SequencedMap<String, String> facts(DeviceDescription device, Optional<Peer> peer) {
    SequencedMap<String, String> facts = Environment.facts(device);
    facts.put("launches", warmup + " to warm up, " + launches + " measured, median");
    peer.ifPresentOrElse(each -> each.describe(facts), () -> facts.put("peer", "none"));
    return facts;
  }

  private List<Object> row(GemmShape shape, double ours, Optional<Peer> peer) {
    List<Object> row = new ArrayList<>();
    row.add(shape.toString());
    row.add(choices.tile().toString());
    row.add(ours);
    row.add(teraflops(shape, ours));
    if (peer.isPresent()) {
      double theirs = Median.of(peer.get().measure(shape));
      row.add(theirs);
      row.add(teraflops(shape, theirs));
      row.add(theirs / ours);
    } else {
      row.addAll(List.of("-", "-", "-"));
    }
    return row;
  }

  private static double teraflops(GemmShape shape, double milliseconds) {
    return shape.operations() / (milliseconds * 1e9);
  }
}
