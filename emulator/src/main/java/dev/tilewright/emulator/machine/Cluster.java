package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Counters;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.Findings;
import dev.tilewright.emulator.sanitizer.Stamp;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Blocks that run at the same time and can reach each other's shared memory (PTX ISA, "Cluster of
 * Cooperative Thread Arrays"). Without clusters every block is alone in its own. It schedules the
 * warps of all its blocks.
 */
final class Cluster {
  /** Clocks that a block's mbarriers share when the program has bulk copies. */
  static final int MBARRIER_CLOCKS = 64;

  final Launch launch;

  /** Its number among the clusters of the grid. */
  final int index;

  final int x;
  final int y;
  final int z;

  /** Its blocks by rank. */
  final Block[] blocks;

  final SplittableRandom random;
  final Findings findings;
  final Counters counters = new Counters();
  final LearntOrder learnt = new LearntOrder();
  final ClusterBarrier barrier = new ClusterBarrier(this);
  final PendingOperations pending = new PendingOperations(this);

  /** Warp instructions executed. */
  long executed;

  /** How many of them the launch's budget has paid for. */
  long charged;

  /** Advances whenever something happens that a polling warp may be waiting for. */
  long progress;

  private final Warp[] warps;

  Cluster(Launch launch, int index) {
    this.launch = launch;
    this.index = index;
    Dimensions clusters = launch.clusters();
    x = index % clusters.x();
    y = index / clusters.x() % clusters.y();
    z = index / clusters.x() / clusters.y();
    random = new SplittableRandom(launch.options().seed() * 0x9e3779b97f4a7c15L + index);
    findings = new Findings(launch.options().findingLimit());
    blocks = new Block[launch.clusterShape().count()];
    for (int rank = 0; rank < blocks.length; rank++) {
      blocks[rank] = new Block(this, rank);
    }
    warps = Stream.of(blocks).flatMap(b -> Stream.of(b.warps)).toArray(Warp[]::new);
    for (Warp warp : warps) {
      warp.start();
    }
  }

  /** Entries of a vector clock: the warps of all blocks, then their mbarriers. */
  int clockEntries() {
    return blocks.length * (Stamp.WARPS + (launch.program().bulk() ? MBARRIER_CLOCKS : 0));
  }

  /** The clock of mbarrier number {@code number} of a block. */
  int mbarrierClock(int rank, int number) {
    return blocks.length * Stamp.WARPS + rank * MBARRIER_CLOCKS + number % MBARRIER_CLOCKS;
  }

  /**
   * Runs until all warps have ended or about {@code quantum} instructions were executed.
   *
   * @return whether all warps have ended
   */
  boolean run(long quantum) {
    long until = executed + quantum;
    Warp[] ready = new Warp[warps.length];
    while (executed < until) {
      int count = 0;
      for (Warp warp : warps) {
        if (warp.runnable()) {
          ready[count++] = warp;
        }
      }
      if (count == 0) {
        if (Arrays.stream(warps).allMatch(Warp::exited)) {
          pending.finish();
          for (Warp warp : warps) {
            warp.bulkStores().finish();
          }
          return true;
        }
        if (pending.completeOne()) {
          continue;
        }
        throw stuck();
      }
      if (Arrays.stream(ready, 0, count).allMatch(Warp::pollsInVain) && !pending.completeOne()) {
        throw stuck();
      }
      ready[random.nextInt(count)].run(1 + random.nextInt(128));
      launch.spend(this);
    }
    return false;
  }

  /** A poll that fails is when a late asynchronous operation may complete. */
  void pollFailed() {
    if (random.nextInt(4) == 0) {
      pending.completeOne();
    }
  }

  Warp firstLiveWarp() {
    for (Warp warp : warps) {
      if (!warp.exited()) {
        return warp;
      }
    }
    return warps[0];
  }

  Warp[] warps() {
    return warps;
  }

  /** The warp that made an access of which that stamp was left. */
  Warp warp(long stamp) {
    int thread = Stamp.thread(stamp);
    return blocks[thread / Stamp.THREADS].warps[thread % Stamp.THREADS / 32];
  }

  private RuntimeException stuck() {
    FindingCode code = FindingCode.DEADLOCK;
    Warp culprit = warps[0];
    for (Warp warp : warps) {
      if (!warp.exited()) {
        FindingCode why = warp.stuckAt();
        if (culprit.exited() || why != FindingCode.DEADLOCK) {
          culprit = warp;
          code = why == FindingCode.DEADLOCK ? code : why;
        }
      }
    }
    FindingCode unused = culprit.stuckAt();
    assert unused != null;
    String who =
        Stream.of(warps).flatMap(w -> w.waitingFor().stream()).collect(Collectors.joining(" "))
            + Stream.of(blocks).map(b -> b.mbarriers.describe()).collect(Collectors.joining());
    return culprit.fault(
        code, Integer.numberOfTrailingZeros(culprit.live), "can never complete: " + who);
  }
}
