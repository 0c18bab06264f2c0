package dev.tilewright.samples;

import dev.tilewright.ir.pass.Schedule;
import java.util.Optional;
import java.util.function.BiFunction;
import picocli.CommandLine.Option;

/** The options that choose how fast a kernel is, not what it computes. */
final class ScheduleChoices {
  private static final int MOST_PARTS = 1024;

  @Option(names = "--warps", paramLabel = "N", description = "warps of a block (default: chosen)")
  private Optional<Integer> warps = Optional.empty();

  @Option(
      names = "--stages",
      paramLabel = "N",
      description = "depth of the load pipeline, 1 for none (default: chosen)")
  private Optional<Integer> stages = Optional.empty();

  @Option(
      names = "--specialize",
      negatable = true,
      description = "give warps roles, where the target can, or not (default: chosen)")
  private Optional<Boolean> specialize = Optional.empty();

  @Option(
      names = "--mma-depth",
      paramLabel = "N",
      description = "products of a warp group under way at once (default: chosen)")
  private Optional<Integer> mmaDepth = Optional.empty();

  @Option(
      names = "--persistent",
      negatable = true,
      description =
          "have a fixed number of blocks take the tiles in turn, or not (default: chosen)")
  private Optional<Boolean> persistent = Optional.empty();

  @Option(
      names = "--dynamic",
      negatable = true,
      description =
          "have persistent blocks fetch the numbers of their tiles from a counter (default: not)")
  private Optional<Boolean> dynamic = Optional.empty();

  @Option(
      names = "--blocks",
      paramLabel = "N",
      description = "that number, also for --stream-k (default: the target's multiprocessors)")
  private Optional<Integer> blocks = Optional.empty();

  @Option(
      names = "--cluster",
      paramLabel = "N",
      description = "neighbouring blocks that load together what they share (default: 1)")
  private Optional<Integer> cluster = Optional.empty();

  @Option(
      names = "--ping-pong",
      description = "have two consumers take turns, each with a tile of its own")
  private boolean pingPong;

  @Option(
      names = "--store-role",
      negatable = true,
      description = "give the stores to a role of their own (default: not)")
  private Optional<Boolean> storeRole = Optional.empty();

  @Option(
      names = "--split-k",
      paramLabel = "N",
      description = "have N blocks share the products of each tile")
  private Optional<Integer> splitK = Optional.empty();

  @Option(
      names = "--stream-k",
      description = "have all blocks share the products of all tiles equally")
  private boolean streamK;

  Schedule schedule() {
    warps.ifPresent(count -> requirePowerOfTwo("--warps", count));
    stages.ifPresent(count -> require("--stages", count, 16));
    mmaDepth.ifPresent(count -> require("--mma-depth", count, 16));
    blocks.ifPresent(count -> require("--blocks", count, 1 << 16));
    cluster.ifPresent(count -> requirePowerOfTwo("--cluster", count));
    splitK.ifPresent(count -> require("--split-k", count, MOST_PARTS));
    if (streamK && splitK.isPresent()) {
      throw new InputException("--stream-k and --split-k exclude each other");
    }
    Schedule schedule = Schedule.AUTOMATIC;
    schedule = with(schedule, warps, Schedule::withWarps);
    schedule = with(schedule, stages, Schedule::withStages);
    schedule = with(schedule, specialize, Schedule::withSpecialize);
    schedule = with(schedule, mmaDepth, Schedule::withMmaDepth);
    schedule = with(schedule, persistent, Schedule::withPersistent);
    schedule = with(schedule, dynamic, Schedule::withDynamic);
    schedule = with(schedule, blocks, Schedule::withBlocks);
    schedule = with(schedule, cluster, Schedule::withCluster);
    schedule = pingPong ? schedule.withPingPong(true) : schedule;
    schedule = with(schedule, storeRole, Schedule::withStoreRole);
    schedule = with(schedule, splitK, Schedule::withSplitK);
    return streamK ? schedule.withStreamK() : schedule;
  }

  private static <T> Schedule with(
      Schedule schedule, Optional<T> choice, BiFunction<Schedule, T, Schedule> change) {
    return choice.map(value -> change.apply(schedule, value)).orElse(schedule);
  }

  private static void require(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new InputException("%s must be from 1 to %d, not %d".formatted(option, most, value));
    }
  }

  private static void requirePowerOfTwo(String option, int value) {
    if (value < 1 || value > 32 || Integer.bitCount(value) != 1) {
      throw new InputException(option + " must be 1, 2, 4, 8, 16 or 32, not " + value);
    }
  }
}
