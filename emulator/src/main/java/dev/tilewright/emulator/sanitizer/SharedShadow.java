package dev.tilewright.emulator.sanitizer;

/** Who wrote and read each granule of a block's shared memory, and which copies are under way. */
public final class SharedShadow {
  private final int shift;
  private final int warps;
  private final long[] writes;
  private final long[] reads;
  private final int[] pending;

  /**
   * @param granule the width in bytes at which accesses are told apart: 1, 2 or 4
   */
  public SharedShadow(int bytes, int granule, int warps) {
    this.shift = Integer.numberOfTrailingZeros(granule);
    this.warps = warps;
    int granules = Math.ceilDiv(bytes, granule);
    this.writes = new long[granules];
    this.reads = new long[Math.multiplyExact(granules, warps)];
    this.pending = new int[granules];
  }

  /** Notes a read; returns a write that it races with, or 0. */
  public long read(int offset, int bytes, long stamp, int[] clocks) {
    int warp = Stamp.thread(stamp) >> 5;
    long conflict = 0;
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      int slot = g * warps + warp;
      long last = reads[slot];
      boolean another =
          last != 0
              && Stamp.clock(last) == Stamp.clock(stamp)
              && (Stamp.thread(last) != Stamp.thread(stamp) || (last & Stamp.SEVERAL) != 0);
      // A weak read must not be hidden by a later strong one of the same epoch.
      long kept = another ? stamp | Stamp.SEVERAL : stamp;
      if (another && (last & Stamp.STRONG) == 0) {
        kept &= ~Stamp.STRONG;
      }
      reads[slot] = kept;
      if (!Stamp.ordered(writes[g], stamp, clocks)) {
        conflict = writes[g];
      }
    }
    return conflict;
  }

  /** Notes a write; returns an access that it races with, or 0. */
  public long write(int offset, int bytes, long stamp, int[] clocks) {
    long conflict = race(offset, bytes, stamp, clocks);
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      writes[g] = stamp;
    }
    return conflict;
  }

  /** An access that a write now would race with, or 0. */
  public long race(int offset, int bytes, long stamp, int[] clocks) {
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      if (!Stamp.ordered(writes[g], stamp, clocks)) {
        return writes[g];
      }
      for (int warp = 0; warp < warps; warp++) {
        long read = reads[g * warps + warp];
        if (!Stamp.ordered(read, stamp, clocks)) {
          return read;
        }
      }
    }
    return 0;
  }

  /** The copy under way that will write any of these bytes, or 0. */
  public int pendingCopy(int offset, int bytes) {
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      if (pending[g] != 0) {
        return pending[g];
      }
    }
    return 0;
  }

  /** Marks bytes as the target of copy {@code id}; 0 clears them. */
  public void setPending(int offset, int bytes, int id) {
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      pending[g] = id;
    }
  }
}
