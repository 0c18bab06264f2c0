package dev.tilewright.emulator.machine;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** What a cluster has seen of other clusters' agents. */
final class LearntOrder {
  private final Map<Integer, int[]> clusters = new TreeMap<>();

  int seen(int cluster, int entry) {
    int[] clocks = clusters.get(cluster);
    return clocks == null || entry >= clocks.length ? 0 : clocks[entry];
  }

  void join(int cluster, int[] clocks) {
    clusters.merge(cluster, clocks, Clocks::join);
  }

  void forEach(BiConsumer<Integer, int[]> action) {
    clusters.forEach(action);
  }
}
