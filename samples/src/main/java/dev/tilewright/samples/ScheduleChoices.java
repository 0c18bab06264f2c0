package dev.tilewright.samples;

import dev.tilewright.ir.pass.Schedule;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that choose how fast a kernel is, not what it computes. */
final class ScheduleChoices {
  @Option(names = "--warps", paramLabel = "N", description = "warps of a block (default: chosen)")
  private Optional<Integer> warps = Optional.empty();

  @Option(
      names = "--stages",
      paramLabel = "N",
      description = "depth of the load pipeline, 1 for none (default: chosen)")
  private Optional<Integer> stages = Optional.empty();

  Schedule schedule() {
    warps.ifPresent(count -> requirePowerOfTwo("--warps", count));
    stages.ifPresent(
        count -> {
          if (count < 1 || count > 16) {
            throw new InputException("--stages must be from 1 to 16, not " + count);
          }
        });
    Schedule schedule = Schedule.AUTOMATIC;
    schedule = warps.map(schedule::withWarps).orElse(schedule);
    return stages.map(schedule::withStages).orElse(schedule);
  }

  private static void requirePowerOfTwo(String option, int value) {
    if (value < 1 || value > 32 || Integer.bitCount(value) != 1) {
      throw new InputException(option + " must be 1, 2, 4, 8, 16 or 32, not " + value);
    }
  }
}
