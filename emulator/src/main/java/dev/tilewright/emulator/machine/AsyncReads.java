package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.SettledWrites;
import dev.tilewright.emulator.sanitizer.SharedShadow;
import dev.tilewright.emulator.sanitizer.Stamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a block's shared memory by the asynchronous proxy (PTX ISA, "Async proxy"): bulk copies
 * out of it, which begin and end here, and the operands of {@code wgmma}, which {@link #check}
 * looks at when they are issued and {@link OperandReads} watches from then on. A read begins when
 * its operation is issued and ends when the issuing thread has waited for it:
 *
 * <pre>{@code
 * AsyncReads reads = block.asyncReads;
 * AsyncReads.Read read = reads.begin(warp, lane, offsets, count, bytes);
 * …                       // the operation is under way; it may read its bytes at any moment
 * reads.end(read, warp);  // in wait_group
 * }</pre>
 *
 * <p>Beginning, or checking, reports bytes that are uninitialised, that a copy still under way will
 * write, that another thread wrote with nothing to order the two, or that were written through the
 * generic proxy without {@code fence.proxy.async} by the writing thread in between. From then until
 * the end, whatever overwrites the bytes is reported; ending makes it a read of the waiting thread,
 * which later writes must be ordered after.
 */
final class AsyncReads {
  static final int ALL_LANES = -1;

  private final Block block;
  private final List<Read> active = new ArrayList<>();
  private final @Nullable SettledWrites[] settled = new @Nullable SettledWrites[Stamp.WARPS];

  AsyncReads(Block block) {
    this.block = block;
  }

  /** One operation's read. */
  static final class Read {
    private final int lane;
    private final int pc;
    private final int[] offsets;
    private final int bytes;

    private Read(int lane, int pc, int[] offsets, int bytes) {
      this.lane = lane;
      this.pc = pc;
      this.offsets = offsets;
      this.bytes = bytes;
    }

    private boolean touches(int from, int count) {
      for (int offset : offsets) {
        if (offset < from + count && from < offset + bytes) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * An operation that the warp's current instruction issues begins to read pieces of shared memory.
   *
   * @param lane the issuing thread; any lane for an operation of the whole warp
   * @param offsets where the pieces start, as shared-memory offsets that the caller has checked to
   *     be in bounds
   * @param count how many of them there are
   * @param bytes bytes of each piece
   */
  Read begin(Warp warp, int lane, int[] offsets, int count, int bytes) {
    Read read = new Read(lane, warp.pc(), Arrays.copyOf(offsets, count), bytes);
    SharedShadow shadow = block.shared.shadow;
    if (shadow == null) {
      return read;
    }
    check(warp, lane, read.offsets, bytes);
    for (int offset : read.offsets) {
      shadow.reading(offset, bytes, 1);
    }
    active.add(read);
    return read;
  }

  /**
   * Checks that the warp's current instruction may read pieces of shared memory through the
   * asynchronous proxy.
   *
   * @param lane the thread that reads, or {@link #ALL_LANES} if every lane executes the instruction
   *     and so comes after what it has done itself
   * @param offsets where the pieces start
   * @param bytes bytes of each piece
   */
  void check(Warp warp, int lane, int[] offsets, int bytes) {
    SharedShadow shadow = block.shared.shadow;
    if (shadow == null) {
      return;
    }
    int reader = Math.max(lane, 0);
    long stamp = warp.stamp(reader) | Stamp.ASYNC;
    SettledWrites settled = settledFor(warp);
    for (int offset : offsets) {
      if (shadow.isSettled(offset, bytes, settled)) {
        continue;
      }
      int copy = shadow.pendingCopy(offset, bytes);
      if (copy != 0) {
        block.asyncConflict(
            warp,
            reader,
            FindingCode.ASYNC_READ_BEFORE_WAIT,
            copy,
            "reads " + where(offset, bytes));
        return;
      }
      if (!isWritten(offset, bytes)) {
        warp.report(
            FindingCode.UNINITIALIZED_SHARED,
            reader,
            0,
            "reads " + where(offset, bytes) + ", which nothing has written");
        return;
      }
      shadow.accesses(
          offset,
          bytes,
          false,
          (write, isWrite) -> {
            boolean own =
                lane == ALL_LANES && (write & Stamp.BULK) == 0 && block.cluster.warp(write) == warp;
            long now = own ? warp.stamp(Stamp.thread(write) & 31) | Stamp.ASYNC : stamp;
            if (block.checkAsync(warp, reader, now, write, true, "reads", offset, bytes)) {
              settled.add(write);
            }
          });
    }
  }

  private SettledWrites settledFor(Warp warp) {
    SettledWrites known = settled[warp.index];
    if (known == null) {
      known = new SettledWrites();
      settled[warp.index] = known;
    }
    return known;
  }

  private boolean isWritten(int offset, int bytes) {
    for (int i = offset; i < offset + bytes; i++) {
      if (block.shared.written[i] == 0) {
        return false;
      }
    }
    return true;
  }

  /** The thread that waits for it has seen the operation end. */
  void end(Read read, Warp warp) {
    SharedShadow shadow = block.shared.shadow;
    if (shadow == null || !active.remove(read)) {
      return;
    }
    int now = warp.enter(read.pc);
    long stamp = warp.stamp(read.lane) | Stamp.ASYNC;
    warp.enter(now);
    for (int offset : read.offsets) {
      shadow.reading(offset, read.bytes, -1);
      shadow.read(offset, read.bytes, stamp, warp.clocks);
    }
  }

  /** The operation ends for whoever waits for the mbarrier on which it completes. */
  void endOnMbarrier(Read read, long stamp) {
    SharedShadow shadow = block.shared.shadow;
    if (shadow == null || !active.remove(read)) {
      return;
    }
    for (int offset : read.offsets) {
      shadow.reading(offset, read.bytes, -1);
      shadow.readByCopy(offset, read.bytes, stamp);
    }
  }

  /** Something of the warp's overwrites bytes that are being read. */
  void conflict(Warp warp, int lane, String verb, int offset, int bytes) {
    Read read = find(offset, bytes);
    if (read == null) {
      return;
    }
    int line = block.launch.line(read.pc);
    warp.report(
        FindingCode.ASYNC_SOURCE_OVERWRITTEN,
        lane,
        line,
        verb
            + " "
            + where(offset, bytes)
            + ", which the asynchronous operation of line "
            + line
            + " may still read: its thread has not waited for it");
  }

  private @Nullable Read find(int offset, int bytes) {
    for (Read read : active) {
      if (read.touches(offset, bytes)) {
        return read;
      }
    }
    return null;
  }

  /** The block ends; what is still read goes away. */
  void atExit(Warp warp, int lane) {
    for (Read read : active) {
      int line = block.launch.line(read.pc);
      warp.report(
          FindingCode.ASYNC_AT_EXIT,
          lane,
          line,
          "ends the block while the asynchronous operation of line "
              + line
              + " may still read its shared memory: wait for it first");
    }
  }

  static String where(int offset, int bytes) {
    return bytes + " bytes at shared address 0x" + Integer.toHexString(offset);
  }
}
