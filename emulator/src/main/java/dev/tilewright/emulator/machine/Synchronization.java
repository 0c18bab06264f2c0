package dev.tilewright.emulator.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Order that flows through flags: a fence followed by a strong write (or an atomic) publishes what
 * the warp had seen at the fence; a strong read of the same address learns it (PTX ISA, "Release
 * and Acquire Patterns"). Following atomics extend the release sequence.
 *
 * <p>The reader's own fence is not demanded, and what one warp learns of another cluster counts for
 * its whole cluster: this may miss a race but raises no false alarm.
 */
final class Synchronization {
  private final Map<Long, Map<Integer, int[]>> published = new HashMap<>();

  /** The warp wrote {@code address}; {@code extend} for a read-modify-write. */
  void release(Warp warp, long address, boolean extend) {
    int[] fenced = warp.fenced;
    if (!extend) {
      published.remove(address);
    }
    if (fenced.length == 0) {
      return;
    }
    Map<Integer, int[]> clusters = published.computeIfAbsent(address, a -> new TreeMap<>());
    Cluster own = warp.block.cluster;
    own.learnt.forEach((cluster, clocks) -> clusters.merge(cluster, clocks, Clocks::join));
    clusters.merge(own.index, fenced, Clocks::join);
  }

  /** The warp read {@code address}. */
  void acquire(Warp warp, long address) {
    Map<Integer, int[]> clusters = published.get(address);
    if (clusters == null) {
      return;
    }
    Cluster own = warp.block.cluster;
    clusters.forEach(
        (cluster, clocks) -> {
          if (cluster == own.index) {
            warp.learn(clocks);
          } else {
            own.learnt.join(cluster, clocks);
          }
        });
  }
}
