package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.BankModel;
import dev.tilewright.emulator.counters.Coalescing;
import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.counters.Counters;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.Findings;
import dev.tilewright.emulator.sanitizer.Stamp;
import dev.tilewright.emulator.wgmma.Multiplier;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A thread block: its warps, its shared memory and its barriers. */
public final class Block {
  /** Barriers of a block. */
  static final int BARRIERS = 16;

  final Launch launch;
  final Cluster cluster;

  /** Its rank in the cluster. */
  final int rank;

  /** Its number in the grid. */
  final int index;

  final int x;
  final int y;
  final int z;
  final Warp[] warps;
  final SharedMemory shared;
  final Findings findings;
  final Counters counters;
  final Coalescing coalescing = new Coalescing();
  final BankModel banks = new BankModel();
  final double[] doubles = new double[4096];
  final Mbarriers mbarriers = new Mbarriers(this);
  final AsyncReads asyncReads;
  final SharedMemoryPeers peers = new SharedMemoryPeers(this);

  /** For the warpgroups' products. */
  final Multiplier multiplier = new Multiplier();

  /** What {@code wgmma}s read; null if nothing checks. */
  final @Nullable OperandReads operandReads;

  private final @Nullable Warpgroup[] warpgroups;
  private @Nullable RegisterPool registerPool;
  private final BarrierState[] barriers = new BarrierState[BARRIERS];
  private final Synchronization sharedFlags = new Synchronization();
  private int[] copyPcs = new int[64];
  private int copies;

  Block(Cluster cluster, int rank) {
    this.cluster = cluster;
    this.launch = cluster.launch;
    this.rank = rank;
    Dimensions shape = launch.clusterShape();
    Dimensions grid = launch.grid();
    x = cluster.x * shape.x() + rank % shape.x();
    y = cluster.y * shape.y() + rank / shape.x() % shape.y();
    z = cluster.z * shape.z() + rank / shape.x() / shape.y();
    index = x + grid.x() * (y + grid.y() * z);
    findings = cluster.findings;
    counters = cluster.counters;
    shared =
        new SharedMemory(
            launch.program().staticSharedBytes() + launch.dynamicSharedBytes(),
            launch.program().sharedGranule(),
            launch.warpsPerBlock(),
            rank,
            shape.count() == 1,
            launch.options().sanitize());
    asyncReads = new AsyncReads(this);
    int threads = launch.threads().count();
    warps = new Warp[launch.warpsPerBlock()];
    for (int w = 0; w < warps.length; w++) {
      warps[w] = new Warp(this, w, Math.min(32, threads - w * 32));
    }
    warpgroups = new Warpgroup[Math.ceilDiv(warps.length, Warpgroup.WARPS)];
    operandReads = launch.checkedWgmmaRegisters() == null ? null : new OperandReads(this);
    for (int b = 0; b < BARRIERS; b++) {
      barriers[b] = new BarrierState(warps.length);
    }
  }

  /** Whether all its threads have ended. */
  boolean exited() {
    for (Warp warp : warps) {
      if (!warp.exited()) {
        return false;
      }
    }
    return true;
  }

  /**
   * The block whose shared memory an address of the cluster's shared memory is in.
   *
   * @param address an offset in the window, with or without a rank
   */
  Block reach(Warp warp, int lane, long address) {
    int other = AddressSpace.rank(address, rank);
    if (other == rank) {
      return this;
    }
    if (other >= cluster.blocks.length) {
      throw warp.fault(
          FindingCode.OUT_OF_BOUNDS,
          lane,
          "names the block of rank " + other + "; the cluster has " + cluster.blocks.length);
    }
    cluster.blocks[other].peers.reachedBy(warp, lane);
    return cluster.blocks[other];
  }

  /**
   * Looks at an access that came before one by the asynchronous proxy on behalf of a lane: it must
   * have happened before, and what the generic proxy did must have been fenced by its own thread.
   *
   * @param now the stamp of the operation
   * @param earlier the stamp of the access that was made before
   * @param write whether that access was a write
   * @return whether nothing was found
   */
  boolean checkAsync(
      Warp warp,
      int lane,
      long now,
      long earlier,
      boolean write,
      String verb,
      int offset,
      int bytes) {
    boolean bulk = (earlier & Stamp.BULK) != 0;
    if (!Stamp.ordered(earlier, now, warp.clocks)) {
      int line = launch.line(Stamp.pc(earlier));
      warp.report(
          bulk ? FindingCode.ASYNC_NOT_VISIBLE : FindingCode.DATA_RACE,
          lane,
          line,
          verb
              + " "
              + AsyncReads.where(offset, bytes)
              + "; "
              + (bulk
                  ? "the bulk copy of line " + line + " wrote there"
                  : thread(earlier) + (write ? " wrote" : " read") + " it at line " + line)
              + ", and nothing orders the two");
      return false;
    }
    if (bulk || (!write && (earlier & Stamp.ASYNC) != 0)) {
      return true;
    }
    Warp other = cluster.warp(earlier);
    int otherLane = Stamp.thread(earlier) & 31;
    if (other.proxyFences.covers(otherLane, Stamp.clock(earlier), warp.seenOf(other))) {
      return true;
    }
    int line = launch.line(Stamp.pc(earlier));
    warp.report(
        FindingCode.MISSING_PROXY_FENCE,
        lane,
        line,
        verb
            + " "
            + AsyncReads.where(offset, bytes)
            + " through the asynchronous proxy; "
            + thread(earlier)
            + (write ? " wrote" : " read")
            + " it through the generic proxy at line "
            + line
            + " without a fence.proxy.async after it");
    return false;
  }

  Warpgroup warpgroup(int number) {
    Warpgroup group = warpgroups[number];
    if (group == null) {
      group = new Warpgroup(this, number);
      warpgroups[number] = group;
    }
    return group;
  }

  RegisterPool registerPool() {
    RegisterPool pool = registerPool;
    if (pool == null) {
      pool = new RegisterPool(this);
      registerPool = pool;
    }
    return pool;
  }

  /** Something other than a {@code wgmma} is about to write shared memory. */
  void overwriting(Warp warp, int lane, int offset, int bytes) {
    if (operandReads != null) {
      operandReads.writing(warp, lane, offset, bytes);
    }
  }

  /** Something has happened that a warp may be waiting for. */
  void recheck() {
    cluster.progress++;
    for (Warp warp : warps) {
      warp.recheck();
    }
  }

  /** An access to this block's shared memory meets a copy that is still under way. */
  void asyncConflict(Warp warp, int lane, FindingCode code, int copy, String what) {
    int line = launch.line(copyPc(copy));
    warp.report(
        code,
        lane,
        line,
        what + " while the asynchronous copy of line " + line + " to it has not been waited for");
  }

  /** {@code thread 3}, or with its block if that is another one of the cluster. */
  String thread(long stamp) {
    int thread = Stamp.thread(stamp);
    int other = thread / Stamp.THREADS;
    return "thread "
        + thread % Stamp.THREADS
        + (other == rank ? "" : " of the block of rank " + other);
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
              + describe(expected, barrier.reduction())
              + " at barrier "
              + id
              + "; others already there expect "
              + describe(b.expected, b.reduction));
    }
    if ((b.lanes[warp.index] & mask) != 0) {
      throw warp.fault(
          FindingCode.BARRIER_COUNT,
          lane,
          "arrives at barrier " + id + " a second time before it has completed");
    }
    cluster.progress++;
    b.lanes[warp.index] |= mask;
    // An aligned barrier counts whole warps, whatever lanes of them are left.
    int weight = barrier.aligned() ? (whole ? warp.initialLanes() : 32) : Integer.bitCount(mask);
    b.arrived += weight;
    b.threads += Integer.bitCount(mask);
    if (barrier.reduction() != Action.BlockBarrier.Reduction.NONE) {
      int inverted = barrier.inputInverted() ? -1 : 0;
      b.predicatesTrue += Integer.bitCount((warp.predicates[barrier.input()] ^ inverted) & mask);
    }
    if (whole && warp.partlyExited() && barrier.aligned()) {
      exitedThreads(warp, id);
    }
    b.seen = Clocks.join(b.seen, warp.releasing());
    b.seenFenced = Clocks.join(b.seenFenced, warp.fenced);
    warp.synchronizeLanes();
    if (b.arrived > b.expected) {
      throw warp.fault(
          FindingCode.BARRIER_COUNT,
          lane,
          "brings " + b.arrived + " threads to barrier " + id + ", which expects " + b.expected);
    }
    completeIfFull(id, b);
  }

  private static String describe(int threads, Action.BlockBarrier.Reduction reduction) {
    return threads
        + " threads"
        + switch (reduction) {
          case NONE -> "";
          case POPC, AND, OR -> " and a reduction by " + reduction;
        };
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
    if (!b.wholeBlock) {
      counters.add(Counter.BARRIERS_PARTIAL, 1);
    }
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
      if (registerPool != null) {
        registerPool.exited(warp);
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

  /** Remembers which instruction issued a copy; returns its number, from 1. */
  int register(int pc) {
    copies++;
    if (copies == copyPcs.length) {
      copyPcs = Arrays.copyOf(copyPcs, copies * 2);
    }
    copyPcs[copies] = pc;
    return copies;
  }

  int copyPc(int copy) {
    return copyPcs[copy];
  }

  Synchronization synchronization(AddressSpace space) {
    return space == AddressSpace.SHARED ? sharedFlags : launch.globalFlags();
  }
}
