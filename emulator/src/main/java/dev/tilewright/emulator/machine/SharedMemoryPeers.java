package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.Stamp;
import java.util.Arrays;

/**
 * How long a block's shared memory is there for others (CUDA C++ Programming Guide, "Distributed
 * Shared Memory"): another block may access it only when this one is known to have started, and
 * this one may end only after all such accesses.
 */
final class SharedMemoryPeers {
  private final Block block;

  /** By warp of the cluster: the clock and the instruction of its last access. */
  private int[] clocks = new int[0];

  private int[] pcs = new int[0];

  /** What the block's warps that have ended had seen. */
  private int[] seenAtEnd = new int[0];

  /** Bulk copies on their way into this shared memory. */
  int incoming;

  SharedMemoryPeers(Block block) {
    this.block = block;
  }

  /** A warp of another block accesses this shared memory. */
  void reachedBy(Warp warp, int lane) {
    if (block.exited()) {
      throw warp.fault(
          FindingCode.CLUSTER_LIFETIME,
          lane,
          "accesses the shared memory of the block of rank " + block.rank + ", which has ended");
    }
    int first = block.rank * Stamp.WARPS;
    boolean started = false;
    for (int w = 0; w < block.warps.length; w++) {
      started |= warp.clocks[first + w] > 0;
    }
    if (!started) {
      warp.report(
          FindingCode.CLUSTER_LIFETIME,
          lane,
          0,
          "accesses the shared memory of the block of rank "
              + block.rank
              + ", which may not have started: no barrier.cluster has come before");
    }
    int entry = warp.block.rank * Stamp.WARPS + warp.index;
    if (clocks.length == 0) {
      clocks = new int[block.cluster.blocks.length * Stamp.WARPS];
      pcs = new int[clocks.length];
    }
    clocks[entry] = warp.epoch();
    pcs[entry] = warp.pc();
  }

  /** A warp of the block ends. */
  void ended(Warp warp) {
    seenAtEnd = Clocks.join(seenAtEnd, warp.clocks);
    for (int lane = 0; lane < 32; lane++) {
      warp.bulkStores().atExit(lane);
    }
    if (!block.exited()) {
      return;
    }
    int lane = Integer.numberOfTrailingZeros(warp.ended());
    if (incoming > 0) {
      warp.report(
          FindingCode.ASYNC_AT_EXIT,
          lane,
          0,
          "ends the block while "
              + incoming
              + " bulk copies to its shared memory have not been waited for");
    }
    block.asyncReads.atExit(warp, lane);
    int[] seen = Arrays.copyOf(seenAtEnd, Math.max(seenAtEnd.length, clocks.length));
    for (int entry = 0; entry < clocks.length; entry++) {
      if (clocks[entry] > seen[entry]) {
        int line = block.launch.line(pcs[entry]);
        warp.report(
            FindingCode.CLUSTER_LIFETIME,
            lane,
            line,
            "ends the block while nothing orders the access of the block of rank "
                + entry / Stamp.WARPS
                + " at line "
                + line
                + " to its shared memory before; end with a barrier.cluster");
      }
    }
  }
}
