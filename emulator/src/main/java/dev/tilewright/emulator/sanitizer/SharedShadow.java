package dev.tilewright.emulator.sanitizer;

/**
 * Who wrote and read each granule of a block's shared memory, and which asynchronous operations
 * write or read it just now. The last read of every warp of the block is kept, and of all warps of
 * other blocks of the cluster the last one.
 */
public final class SharedShadow {
  private final int shift;
  private final int rank;
  private final int warps;
  private final int readers;
  private final long[] writes;
  private final long[] reads;
  private final int[] pending;
  private int[] reading = new int[0];

  /**
   * @param granule the width in bytes at which accesses are told apart: 1, 2 or 4
   * @param rank the block's rank in its cluster
   * @param alone whether it is the cluster's only block
   */
  public SharedShadow(int bytes, int granule, int warps, int rank, boolean alone) {
    this.shift = Integer.numberOfTrailingZeros(granule);
    this.rank = rank;
    this.warps = warps;
    this.readers = alone ? warps : warps + 1;
    int granules = Math.ceilDiv(bytes, granule);
    this.writes = new long[granules];
    this.reads = new long[Math.multiplyExact(granules, readers)];
    this.pending = new int[granules];
  }

  /** Notes a read; returns a write that it races with, or 0. */
  public long read(int offset, int bytes, long stamp, int[] clocks) {
    int warp = Stamp.thread(stamp) >> 5;
    boolean foreign = warp / Stamp.WARPS != rank;
    int reader = foreign ? warps : warp % Stamp.WARPS;
    long conflict = 0;
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      int slot = g * readers + reader;
      long last = reads[slot];
      boolean another =
          last != 0
              && Stamp.thread(last) >> 5 == warp
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
    overwrite(offset, bytes, stamp);
    return conflict;
  }

  /** An access that a write now would race with, or 0. */
  public long race(int offset, int bytes, long stamp, int[] clocks) {
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      if (!Stamp.ordered(writes[g], stamp, clocks)) {
        return writes[g];
      }
      for (int reader = 0; reader < readers; reader++) {
        long read = reads[g * readers + reader];
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

  /** Whether all of these bytes were last written by known writes, and no copy is under way. */
  public boolean isSettled(int offset, int bytes, SettledWrites known) {
    long last = 0;
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      if (pending[g] != 0 || (writes[g] != last && !known.contains(writes[g]))) {
        return false;
      }
      last = writes[g];
    }
    return last != 0;
  }

  /** Calls {@code check} with the last write and the last reads of these bytes that there were. */
  public void accesses(int offset, int bytes, boolean withReads, AccessCheck check) {
    long lastWrite = 0;
    long[] lastReads = new long[withReads ? readers : 0];
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      // Neighbouring granules were mostly accessed together.
      if (writes[g] != 0 && writes[g] != lastWrite) {
        lastWrite = writes[g];
        check.check(lastWrite, true);
      }
      for (int reader = 0; reader < lastReads.length; reader++) {
        long read = reads[g * readers + reader];
        if (read != 0 && read != lastReads[reader]) {
          lastReads[reader] = read;
          check.check(read, false);
        }
      }
    }
  }

  /** Leaves the mark of a write whose order has been checked before. */
  public void overwrite(int offset, int bytes, long stamp) {
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      writes[g] = stamp;
    }
  }

  /** Leaves the mark of a read by a bulk copy; a cluster of one block keeps none. */
  public void readByCopy(int offset, int bytes, long stamp) {
    for (int g = offset >> shift; readers > warps && g <= (offset + bytes - 1) >> shift; g++) {
      reads[g * readers + warps] = stamp;
    }
  }

  /** Looks at one earlier access. */
  @FunctionalInterface
  public interface AccessCheck {
    void check(long stamp, boolean write);
  }

  /** Notes that an asynchronous operation reads bytes from now on, or (with -1) no longer. */
  public void reading(int offset, int bytes, int change) {
    if (reading.length == 0) {
      reading = new int[writes.length];
    }
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      reading[g] += change;
    }
  }

  /** Whether an asynchronous operation still reads any of these bytes. */
  public boolean isRead(int offset, int bytes) {
    if (reading.length == 0) {
      return false;
    }
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      if (reading[g] != 0) {
        return true;
      }
    }
    return false;
  }
}
