package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;

/**
 * The barrier of a cluster (PTX ISA, {@code barrier.cluster}): every thread arrives, then waits
 * until all threads of the cluster that have not ended have arrived.
 */
final class ClusterBarrier {
  private final Cluster cluster;
  private int[] seen = {};
  private int[] seenFenced = {};
  private int[] completed = {};
  private int[] completedFenced = {};

  ClusterBarrier(Cluster cluster) {
    this.cluster = cluster;
  }

  /**
   * @param relaxed whether only what a fence has released before is released
   */
  void arrive(Warp warp, int mask, boolean relaxed) {
    int again = warp.awaitingCluster & mask;
    if (again != 0) {
      throw warp.fault(
          FindingCode.CLUSTER_BARRIER,
          Integer.numberOfTrailingZeros(again),
          "arrives a second time without having waited");
    }
    warp.awaitingCluster |= mask;
    warp.arrivedCluster |= mask;
    seen = Clocks.join(seen, relaxed ? warp.fenced : warp.releasing());
    seenFenced = Clocks.join(seenFenced, warp.fenced);
    warp.synchronizeLanes();
    cluster.progress++;
    completeIfFull();
  }

  /** Lets the lanes go on if the phase they arrived in has completed; otherwise they must wait. */
  boolean tryWait(Warp warp, int mask) {
    int stray = mask & ~warp.awaitingCluster;
    if (stray != 0) {
      throw warp.fault(
          FindingCode.CLUSTER_BARRIER,
          Integer.numberOfTrailingZeros(stray),
          "waits without having arrived");
    }
    if ((warp.arrivedCluster & mask) != 0) {
      return false;
    }
    warp.awaitingCluster &= ~mask;
    warp.learn(completed);
    warp.fenced = Clocks.join(warp.fenced, completedFenced);
    return true;
  }

  /** Threads that have ended are not waited for. */
  void completeIfFull() {
    boolean any = false;
    for (Warp warp : cluster.warps()) {
      if ((warp.live & ~warp.arrivedCluster) != 0) {
        return;
      }
      any |= warp.arrivedCluster != 0;
    }
    if (!any) {
      return;
    }
    completed = seen;
    completedFenced = seenFenced;
    seen = new int[0];
    seenFenced = new int[0];
    cluster.progress++;
    for (Warp warp : cluster.warps()) {
      warp.arrivedCluster = 0;
    }
    for (Warp warp : cluster.warps()) {
      warp.wakeCluster();
    }
  }

  String describe() {
    int arrived = 0;
    int missing = 0;
    for (Warp warp : cluster.warps()) {
      arrived += Integer.bitCount(warp.arrivedCluster);
      missing += Integer.bitCount(warp.live & ~warp.arrivedCluster);
    }
    return "the cluster's barrier (" + arrived + " threads have arrived, " + missing + " have not)";
  }
}
