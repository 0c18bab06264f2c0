package dev.tilewright.emulator.counters;

import java.util.Arrays;

/**
 * Counts the wavefronts that one warp-wide shared-memory access needs: 32 banks of 4 bytes; an
 * access of up to 4 bytes per lane is served for all lanes at once, one of 8 bytes in two phases of
 * 16 lanes, one of 16 bytes in four phases of 8 lanes. Within a phase every bank delivers one word
 * per wavefront; lanes that want the same word share it.
 */
public final class BankModel {
  private static final int BANKS = 32;

  private final long[] words = new long[64];
  private final int[] depth = new int[BANKS];
  private int ideal;

  /** Wavefronts of the last access if it had no conflict. */
  public int ideal() {
    return ideal;
  }

  /**
   * @param addresses the byte address of each lane, aligned to the access
   * @param mask the lanes taking part
   * @param bytes bytes per lane
   * @return the wavefronts needed; {@link #ideal()} then gives the least possible
   */
  public int wavefronts(long[] addresses, int mask, int bytes) {
    int lanesPerPhase = bytes <= 4 ? 32 : Math.max(1, 128 / bytes);
    int total = 0;
    ideal = 0;
    for (int first = 0; first < 32; first += lanesPerPhase) {
      int phase = lanesPerPhase == 32 ? mask : mask & (((1 << lanesPerPhase) - 1) << first);
      if (phase != 0) {
        ideal++;
        total += phase(addresses, phase, bytes);
      }
    }
    return total;
  }

  private int phase(long[] addresses, int mask, int bytes) {
    Arrays.fill(depth, 0);
    int count = 0;
    int worst = 0;
    int wordsPerLane = Math.max(1, bytes / 4);
    for (int m = mask; m != 0; m &= m - 1) {
      long word = addresses[Integer.numberOfTrailingZeros(m)] >> 2;
      for (int i = 0; i < wordsPerLane; i++, word++) {
        int bank = (int) (word & (BANKS - 1));
        if (depth[bank] != 0 && contains(word, count)) {
          continue;
        }
        words[count++] = word;
        worst = Math.max(worst, ++depth[bank]);
      }
    }
    return worst;
  }

  private boolean contains(long word, int count) {
    for (int i = count - 1; i >= 0; i--) {
      if (words[i] == word) {
        return true;
      }
    }
    return false;
  }
}
