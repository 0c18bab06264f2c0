package dev.tilewright.emulator.machine;

import java.util.Arrays;

/**
 * When each lane of a warp executed a fence that makes its earlier accesses through the generic
 * proxy known to the asynchronous proxy ({@code fence.proxy.async}), in the warp's clock. Each
 * fence advances the clock.
 */
final class ProxyFences {
  /** Fences kept per lane; an access before all of them counts as fenced. */
  private static final int KEPT = 64;

  private final int[][] lanes = new int[32][0];

  void add(int mask, int clock) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      int[] known = lanes[lane];
      int from = Math.max(0, known.length + 1 - KEPT);
      int[] longer = Arrays.copyOfRange(known, from, known.length + 1);
      longer[longer.length - 1] = clock;
      lanes[lane] = longer;
    }
  }

  /**
   * Whether a lane's access at {@code clock} was followed by a fence that is part of what had
   * happened by {@code seen}.
   */
  boolean covers(int lane, int clock, int seen) {
    int[] known = lanes[lane];
    if (known.length == KEPT && clock < known[0]) {
      return true;
    }
    for (int fence : known) {
      if (fence >= clock) {
        return fence <= seen;
      }
    }
    return false;
  }
}
