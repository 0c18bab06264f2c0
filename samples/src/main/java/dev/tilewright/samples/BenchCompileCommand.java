package dev.tilewright.samples;

import dev.tilewright.Compilation;
import dev.tilewright.Compiler;
import dev.tilewright.samples.bench.Median;
import dev.tilewright.samples.report.Environment;
import dev.tilewright.samples.report.Report;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
    name = "compile",
    description = {
      "Measure the compilation of the matrix product to PTX: the first one from the start of the"
          + " process, and the median of warm ones, step by step."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class BenchCompileCommand implements Callable<Integer> {
  private static final List<String> COLUMNS = List.of("step", "first ms", "warm median ms");

  @Spec private CommandSpec spec;
  @Mixin private GemmChoices choices = new GemmChoices();
  @Mixin private ScheduleChoices schedules = new ScheduleChoices();

  @Mixin private TargetChoice target = new TargetChoice();

  @Option(
      names = "--warmup",
      defaultValue = "200",
      description = "compilations before the warm ones are measured (default: ${DEFAULT-VALUE})")
  private int warmup;

  @Option(
      names = "--repetitions",
      defaultValue = "50",
      description = "warm compilations measured (default: ${DEFAULT-VALUE})")
  private int repetitions;

  @Option(names = "--report", paramLabel = "STEM", description = "write STEM.md and STEM.json")
  private Optional<Path> report = Optional.empty();

  @Override
  public Integer call() {
    Compiler compiler =
        Compiler.forTarget(target.name())
            .withSchedule(schedules.schedule())
            .withVerification(false);
    SequencedMap<String, Double> first = milliseconds(compiler.compile(choices.kernel()));
    double sinceStart = sinceProcessStart();
    for (int i = 0; i < warmup; i++) {
      compiler.compile(choices.kernel());
    }
    SequencedMap<String, List<Double>> warm = new LinkedHashMap<>();
    for (int i = 0; i < repetitions; i++) {
      milliseconds(compiler.compile(choices.kernel()))
          .forEach((step, time) -> warm.computeIfAbsent(step, _ -> new ArrayList<>()).add(time));
    }
    List<List<Object>> rows = new ArrayList<>();
    first.forEach(
        (step, time) ->
            rows.add(List.of(step, time, Median.of(warm.getOrDefault(step, List.of(0.0))))));
    rows.add(List.of("from the start of the process", sinceStart, "-"));
    Report table =
        new Report(
            "Compiling " + choices.kernel() + " for " + target.name(), facts(), COLUMNS, rows);
    report.ifPresent(table::write);
    PrintWriter out = spec.commandLine().getOut();
    out.print(table.markdown());
    return ExitStatus.OK;
  }

  private SequencedMap<String, String> facts() {
    SequencedMap<String, String> facts = Environment.facts();
    facts.put("warm", warmup + " compilations to warm up, median of " + repetitions);
    return facts;
  }

  private static double sinceProcessStart() {
    Instant start = ProcessHandle.current().info().startInstant().orElse(Instant.now());
    return Duration.between(start, Instant.now()).toNanos() / 1e6;
  }

  /** The time of each step, and of all together. */
  private static SequencedMap<String, Double> milliseconds(Compilation compilation) {
    SequencedMap<String, Double> times = new LinkedHashMap<>();
    for (Compilation.Timing timing : compilation.timings()) {
      times.merge(timing.step(), timing.time().toNanos() / 1e6, Double::sum);
    }
    times.put("total", times.values().stream().mapToDouble(Double::doubleValue).sum());
    return times;
  }
}
