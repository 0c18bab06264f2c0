package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.BlockOrder;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** What a block has seen of other blocks' warps. */
final class LearntOrder implements BlockOrder {
  private final Map<Integer, int[]> blocks = new TreeMap<>();

  @Override
  public int seen(int block, int warp) {
    int[] clocks = blocks.get(block);
    return clocks == null || warp >= clocks.length ? 0 : clocks[warp];
  }

  void join(int block, int[] clocks) {
    blocks.merge(block, clocks, Clocks::join);
  }

  void forEach(BiConsumer<Integer, int[]> action) {
    blocks.forEach(action);
  }
}
