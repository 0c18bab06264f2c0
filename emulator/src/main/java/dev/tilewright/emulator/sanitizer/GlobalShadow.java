package dev.tilewright.emulator.sanitizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongConsumer;

/**
 * Who wrote and read each granule of one allocation during one launch. Several workers may use it
 * at once: each access first leaves its own mark, then looks at the others', so that of two
 * unordered accesses at least the later one sees the earlier.
 *
 * <p>Of the readers only the last is kept (and whether there were several blocks): a race between a
 * write and an older read of the same block can go unseen. Shared memory keeps them all.
 */
public final class GlobalShadow {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int PAGE_SHIFT = 12;

  private final int shift;

  /** Marks of writes in the even, of reads in the odd elements. */
  private final AtomicReferenceArray<long[]> pages;

  public GlobalShadow(int bytes, int granule) {
    this.shift = Integer.numberOfTrailingZeros(granule);
    this.pages = new AtomicReferenceArray<>((bytes >> PAGE_SHIFT) + 1);
  }

  /** Notes a read; returns a write that it races with, or 0. */
  public long read(int offset, int bytes, long stamp, BlockOrder order) {
    long conflict = 0;
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      long[] page = page(g);
      int slot = slot(g);
      long last = page[slot + 1];
      boolean several = last != 0 && GlobalStamp.block(last) != GlobalStamp.block(stamp);
      long mark = several ? GlobalStamp.severalBlocks(stamp) : stamp;
      if (mark != last) {
        LONGS.getAndSet(page, slot + 1, mark);
      }
      long write = (long) LONGS.getVolatile(page, slot);
      if (!GlobalStamp.ordered(write, stamp, order)) {
        conflict = write;
      }
    }
    return conflict;
  }

  /** Notes a write; returns an access that it races with, or 0. */
  public long write(int offset, int bytes, long stamp, BlockOrder order) {
    long conflict = 0;
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      long[] page = page(g);
      int slot = slot(g);
      long write = (long) LONGS.getAndSet(page, slot, stamp);
      if (!GlobalStamp.ordered(write, stamp, order)) {
        conflict = write;
      }
      long read = (long) LONGS.getVolatile(page, slot + 1);
      if (!GlobalStamp.ordered(read, stamp, order)) {
        conflict = read;
      }
    }
    return conflict;
  }

  /** Calls {@code check} with the marks of the last writes of these bytes. */
  public void writers(int offset, int bytes, LongConsumer check) {
    long last = 0;
    for (int g = offset >> shift; g <= (offset + bytes - 1) >> shift; g++) {
      long[] page = pages.get(g >> (PAGE_SHIFT - shift));
      long write = page == null ? 0 : (long) LONGS.getVolatile(page, slot(g));
      if (write != 0 && write != last) {
        last = write;
        check.accept(write);
      }
    }
  }

  private int slot(int granule) {
    return (granule & ((1 << (PAGE_SHIFT - shift)) - 1)) * 2;
  }

  private long[] page(int granule) {
    int index = granule >> (PAGE_SHIFT - shift);
    long[] page = pages.get(index);
    if (page == null) {
      long[] fresh = new long[2 << (PAGE_SHIFT - shift)];
      long[] witness = pages.compareAndExchange(index, null, fresh);
      page = witness == null ? fresh : witness;
    }
    return page;
  }
}
