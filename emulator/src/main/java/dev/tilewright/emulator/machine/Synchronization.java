package dev.tilewright.emulator.machine;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Order that flows through flags: a fence followed by a strong write (or an atomic) publishes what
 * the warp had seen at the fence; a strong read of the same address learns it (PTX ISA, "Release
 * and Acquire Patterns"). Following atomics extend the release sequence.
 *
 * <p>The reader's own fence is not demanded, and what one warp learns of another block counts for
 * its whole block: this may miss a race but raises no false alarm.
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
    Map<Integer, int[]> blocks = published.computeIfAbsent(address, a -> new TreeMap<>());
    warp.block.learnt.forEach((block, clocks) -> blocks.merge(block, clocks, Clocks::join));
    blocks.merge(warp.block.index, fenced, Clocks::join);
  }

  /** The warp read {@code address}. */
  void acquire(Warp warp, long address) {
    Map<Integer, int[]> blocks = published.get(address);
    if (blocks == null) {
      return;
    }
    blocks.forEach(
        (block, clocks) -> {
          if (block == warp.block.index) {
            Clocks.joinInto(warp.clocks, clocks, warp.index);
          } else {
            warp.block.learnt.join(block, clocks);
          }
        });
  }
}
