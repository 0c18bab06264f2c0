package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.BankModel;
import dev.tilewright.emulator.counters.Coalescing;
import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.counters.Counters;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.Findings;
import dev.tilewright.emulator.wgmma.Multiplier;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A thread block: its warps, its shared memory and its barriers. */
public final class Block {
  /** Barriers of a block. */
  static final int BARRIERS = 16;

  final Launch launch;
  final int index;
  final int x;
  final int y;
  final int z;
  final Warp[] warps;
  final SharedMemory shared;
  final SplittableRandom random;
  final Findings findings;
  final Counters counters = new Counters();
  final Coalescing coalescing = new Coalescing();
  final BankModel banks = new BankModel();
  final double[] doubles = new double[4096];
  final LearntOrder learnt = new LearntOrder();

  /** Warp instructions executed. */
  long executed;

  /** How many of them the launch's budget has paid for. */
  long charged;

  /** Advances whenever something happens that a polling warp may be waiting for. */
  long progress;

  final Mbarriers mbarriers = new Mbarriers(this);

  /** For the warpgroups' products. */
  final Multiplier multiplier = new Multiplier();

  /** What {@code wgmma}s read; null if nothing checks. */
  final @Nullable OperandReads operandReads;

  private final @Nullable Warpgroup[] warpgroups;
  private final BarrierState[] barriers = new BarrierState[BARRIERS];
  private final Synchronization sharedFlags = new Synchronization();
  private int[] copyPcs = new int[64];
  private int[] copyThreads = new int[64];
  private int copies;

  Block(Launch launch, int index) {
    this.launch = launch;
    this.index = index;
    Dimensions grid = launch.grid();
    x = index % grid.x();
    y = index / grid.x() % grid.y();
    z = index / grid.x() / grid.y();
    random = new SplittableRandom(launch.options().seed() * 0x9e3779b97f4a7c15L + index);
    findings = new Findings(launch.options().findingLimit());
    shared =
        new SharedMemory(
            launch.program().staticSharedBytes() + launch.dynamicSharedBytes(),
            launch.program().sharedGranule(),
            launch.warpsPerBlock(),
            launch.options().sanitize());
    int threads = launch.threads().count();
    warps = new Warp[launch.warpsPerBlock()];
    for (int w = 0; w < warps.length; w++) {
      warps[w] = new Warp(this, w, Math.min(32, threads - w * 32));
    }
    for (Warp warp : warps) {
      warp.start();
    }
    warpgroups = new Warpgroup[Math.ceilDiv(warps.length, Warpgroup.WARPS)];
    operandReads = launch.checkedWgmmaRegisters() == null ? null : new OperandReads(this);
    for (int b = 0; b < BARRIERS; b++) {
      barriers[b] = new BarrierState(warps.length);
    }
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
          return true;
        }
        if (mbarriers.completeOldest()) {
          continue;
        }
        throw stuck();
      }
      if (Arrays.stream(ready, 0, count).allMatch(Warp::pollsInVain)
          && !mbarriers.completeOldest()) {
        throw stuck();
      }
      ready[random.nextInt(count)].run(1 + random.nextInt(128));
      launch.spend(this);
    }
    return false;
  }

  /** A poll that fails is when a late asynchronous arrival may happen. */
  void pollFailed() {
    if (random.nextInt(4) == 0) {
      mbarriers.completeOldest();
    }
  }

  Warpgroup warpgroup(int number) {
    Warpgroup group = warpgroups[number];
    if (group == null) {
      group = new Warpgroup(this, number);
      warpgroups[number] = group;
    }
    return group;
  }

  /** Something other than a {@code wgmma} is about to write shared memory. */
  void overwriting(Warp warp, int lane, int offset, int bytes) {
    if (operandReads != null) {
      operandReads.writing(warp, lane, offset, bytes);
    }
  }

  /** Something has happened that a warp may be waiting for. */
  void recheck() {
    progress++;
    for (Warp warp : warps) {
      warp.recheck();
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
            + mbarriers.describe();
    return culprit.fault(
        code, Integer.numberOfTrailingZeros(culprit.live), "can never complete: " + who);
  }

  // ---- barriers

  private static final class BarrierState {
    /** Threads expected, or 0 when nobody has arrived. */
    int expected;

    /** Whether the count was left out, so that it means the whole block. */
    boolean wholeBlock;

    int arrived;
    int predicatesTrue;
    int threads;
    final int[] lanes;
    int[] seen = {};
    int[] seenFenced = {};
    Action.BlockBarrier.Reduction reduction = Action.BlockBarrier.Reduction.NONE;

    BarrierState(int warps) {
      lanes = new int[warps];
    }
  }

  void arrive(Warp warp, int mask, int id, int count, Action.BlockBarrier barrier) {
    int lane = Integer.numberOfTrailingZeros(mask);
    if (id < 0 || id >= BARRIERS) {
      throw warp.fault(
          FindingCode.BARRIER_COUNT, lane, "names barrier " + id + "; there are 0..15");
    }
    if (count >= 0 && (count == 0 || count % 32 != 0)) {
      throw warp.fault(
          FindingCode.BARRIER_COUNT,
          lane,
          "has the thread count " + count + ", which is not a positive multiple of 32");
    }
    BarrierState b = barriers[id];
    boolean whole = count < 0;
    int expected = whole ? launch.threads().count() : count;
    if (b.arrived == 0) {
      b.expected = expected;
      b.wholeBlock = whole;
      b.reduction = barrier.reduction();
    } else if (b.expected != expected || b.reduction != barrier.reduction()) {
      throw warp.fault(
          FindingCode.BARRIER_COUNT,
          lane,
          "expects "
              + expected
              + " threads at barrier "
              + id
              + "; others already there expect "
              + b.expected);
    }
    if ((b.lanes[warp.index] & mask) != 0) {
      throw warp.fault(
          FindingCode.BARRIER_COUNT,
          lane,
          "arrives at barrier " + id + " a second time before it has completed");
    }
    progress++;
    b.lanes[warp.index] |= mask;
    // An aligned barrier counts whole warps, whatever lanes of them are left.
    int weight = barrier.aligned() ? (whole ? warp.initialLanes() : 32) : Integer.bitCount(mask);
    b.arrived += weight;
    b.threads += Integer.bitCount(mask);
    if (barrier.reduction() != Action.BlockBarrier.Reduction.NONE) {
      b.predicatesTrue += Integer.bitCount(warp.predicates[barrier.input()] & mask);
    }
    if (whole && warp.partlyExited() && barrier.aligned()) {
      exitedThreads(warp, id);
    }
    b.seen = Clocks.join(b.seen, warp.clocks);
    b.seenFenced = Clocks.join(b.seenFenced, warp.fenced);
    warp.clocks[warp.index]++;
    if (b.arrived > b.expected) {
      throw warp.fault(
          FindingCode.BARRIER_COUNT,
          lane,
          "brings " + b.arrived + " threads to barrier " + id + ", which expects " + b.expected);
    }
    completeIfFull(id, b);
  }

  private void exitedThreads(Warp warp, int id) {
    warp.report(
        FindingCode.BARRIER_EXITED_THREADS,
        Integer.numberOfTrailingZeros(warp.live),
        0,
        "waits for all threads of the block at barrier " + id + ", but some have ended");
  }

  private void completeIfFull(int id, BarrierState b) {
    if (b.arrived == 0) {
      return;
    }
    int missing = b.expected - b.arrived;
    if (b.wholeBlock && missing > 0) {
      int ended = 0;
      Warp waiting = warps[0];
      for (Warp warp : warps) {
        if (warp.exited() && b.lanes[warp.index] == 0) {
          ended += warp.initialLanes();
        } else if (b.lanes[warp.index] != 0) {
          waiting = warp;
        }
      }
      if (ended < missing) {
        return;
      }
      exitedThreads(waiting, id);
    } else if (missing > 0) {
      return;
    }
    int value =
        switch (b.reduction) {
          case NONE, POPC -> b.predicatesTrue;
          case AND -> b.predicatesTrue == b.threads ? 1 : 0;
          case OR -> b.predicatesTrue > 0 ? 1 : 0;
        };
    int[] seen = b.seen;
    int[] seenFenced = b.seenFenced;
    Action.BlockBarrier.Reduction kind = b.reduction;
    int[] lanes = b.lanes;
    barriers[id] = new BarrierState(warps.length);
    counters.add(Counter.BARRIERS, 1);
    for (Warp warp : warps) {
      if (lanes[warp.index] != 0) {
        warp.release(id, seen, seenFenced, kind, value);
      }
    }
  }

  /** Barriers of the whole block no longer wait for threads that have ended. */
  void threadsExited(Warp warp) {
    if (warp.exited()) {
      Warpgroup group = warpgroups[warp.index / Warpgroup.WARPS];
      if (group != null) {
        group.exited(warp);
      }
      for (int id = 0; id < BARRIERS; id++) {
        completeIfFull(id, barriers[id]);
      }
    }
  }

  String barrierState(int id) {
    BarrierState b = barriers[id];
    return " (" + b.arrived + " of " + b.expected + " threads have arrived)";
  }

  // ---- asynchronous copies

  /** Remembers who issued a copy; returns its number, from 1. */
  int register(int pc, int thread) {
    copies++;
    if (copies == copyPcs.length) {
      copyPcs = Arrays.copyOf(copyPcs, copies * 2);
      copyThreads = Arrays.copyOf(copyThreads, copies * 2);
    }
    copyPcs[copies] = pc;
    copyThreads[copies] = thread;
    return copies;
  }

  int copyPc(int copy) {
    return copyPcs[copy];
  }

  int copyThread(int copy) {
    return copyThreads[copy];
  }

  Synchronization synchronization(AddressSpace space) {
    return space == AddressSpace.SHARED ? sharedFlags : launch.globalFlags();
  }
}
