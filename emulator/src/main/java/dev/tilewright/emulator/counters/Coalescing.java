package dev.tilewright.emulator.counters;

/** Counts the 32-byte sectors of global memory that one warp-wide request touches. */
public final class Coalescing {
  /** Bytes of a sector, the unit of a transfer between L2 and L1. */
  public static final int SECTOR = 32;

  private final long[] seen = new long[32 * 2];

  /**
   * @param addresses the byte address of each lane
   * @param mask the lanes taking part
   * @param bytes bytes per lane
   */
  public int sectors(long[] addresses, int mask, int bytes) {
    int count = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      long address = addresses[Integer.numberOfTrailingZeros(m)];
      long last = (address + bytes - 1) / SECTOR;
      for (long sector = address / SECTOR; sector <= last; sector++) {
        if (!contains(sector, count)) {
          seen[count++] = sector;
        }
      }
    }
    return count;
  }

  private boolean contains(long sector, int count) {
    // The newest first: neighbouring lanes usually share a sector.
    for (int i = count - 1; i >= 0; i--) {
      if (seen[i] == sector) {
        return true;
      }
    }
    return false;
  }
}
