package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bulk copies of one warp out of shared memory (PTX ISA, {@code cp.async.bulk} and {@code
 * cp.reduce.async.bulk} with {@code .bulk_group}). Each lane has its own groups. A copy first reads
 * all its bytes, later it writes them; {@code wait_group.read} waits for the first, {@code
 * wait_group} for both.
 */
public final class BulkStores {
  private final Warp warp;
  private final List<List<Store>> open = new ArrayList<>();
  private final List<Deque<List<Store>>> groups = new ArrayList<>();

  BulkStores(Warp warp) {
    this.warp = warp;
    for (int lane = 0; lane < 32; lane++) {
      open.add(new ArrayList<>());
      groups.add(new ArrayDeque<>());
    }
  }

  /** Where the bytes go: what is visited as a box's inside. */
  interface Target {
    void inside(TensorTile.Segment visitor);
  }

  private final class Store {
    final int lane;
    final int pc;
    final Target target;
    final int[] pieces;
    final AsyncReads.Read reading;
    final @Nullable Reduction reduction;
    byte @Nullable [] bytes;
    boolean written;

    Store(
        int lane,
        Target target,
        int[] pieces,
        AsyncReads.Read reading,
        @Nullable Reduction reduction) {
      this.lane = lane;
      this.pc = warp.pc();
      this.target = target;
      this.pieces = pieces;
      this.reading = reading;
      this.reduction = reduction;
    }

    byte[] read() {
      byte[] known = bytes;
      if (known == null) {
        known = new byte[pieces.length * TensorTile.CHUNK];
        for (int i = 0; i < pieces.length; i++) {
          System.arraycopy(
              warp.block.shared.data, pieces[i], known, i * TensorTile.CHUNK, TensorTile.CHUNK);
        }
        bytes = known;
      }
      return known;
    }

    void write() {
      byte[] from = read();
      if (written) {
        return;
      }
      written = true;
      MemoryPort port = warp.memory();
      target.inside(
          (address, at, count) -> {
            port.locateBulk(lane, address, count, "bulk write");
            if (reduction == null) {
              System.arraycopy(from, at, port.data(), port.offset(), count);
            } else {
              reduction.apply(from, at, port.data(), port.offset(), count);
            }
          });
      warp.block.cluster.progress++;
    }

    /** What the copy wrote is ordered before what the thread does from now on. */
    void order() {
      mark(true, null);
    }

    void mark(boolean waited, BulkCopies.@Nullable Traffic traffic) {
      int now = warp.enter(pc);
      MemoryPort port = warp.memory();
      target.inside(
          (address, at, count) -> {
            port.locateBulk(lane, address, count, "bulk write");
            port.noteBulkWrite(lane, count, waited, reduction != null);
            if (traffic != null) {
              traffic.add(address, count);
            }
          });
      warp.enter(now);
    }
  }

  /**
   * Issues a copy of pieces of the block's shared memory, in the order of the box.
   *
   * @param needed those of the pieces that are read; the others are outside the tensor
   */
  void issue(int lane, int[] pieces, int[] needed, Target target, @Nullable Reduction reduction) {
    AsyncReads.Read reading =
        warp.block.asyncReads.begin(warp, lane, needed, needed.length, TensorTile.CHUNK);
    Store store = new Store(lane, target, pieces, reading, reduction);
    BulkCopies.Traffic traffic = new BulkCopies.Traffic();
    store.mark(false, traffic);
    traffic.count(warp, true);
    warp.counters().add(Counter.BYTES_SHARED_LOAD, (long) needed.length * TensorTile.CHUNK);
    if (warp.block.cluster.pending.completesAtOnce()) {
      store.write();
    }
    open.get(lane).add(store);
  }

  /** {@code cp.async.bulk.commit_group}. */
  public void commit(int mask) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      groups.get(lane).addLast(List.copyOf(open.get(lane)));
      open.get(lane).clear();
    }
  }

  /**
   * {@code cp.async.bulk.wait_group n}: all but the lanes' {@code n} latest groups complete.
   *
   * @param reads whether only their reads must be complete
   */
  public void waitGroup(int mask, int n, boolean reads) {
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      Deque<List<Store>> mine = groups.get(lane);
      int due = mine.size() - n;
      for (List<Store> group : List.copyOf(mine)) {
        if (due-- <= 0) {
          break;
        }
        for (Store store : group) {
          store.read();
          warp.block.asyncReads.end(store.reading, warp);
          if (!reads) {
            store.write();
            store.order();
          }
        }
        if (!reads) {
          mine.removeFirst();
        }
      }
    }
  }

  /** The cluster has ended: what has not been waited for completes. */
  void finish() {
    for (int lane = 0; lane < 32; lane++) {
      groups.get(lane).forEach(group -> group.forEach(Store::write));
      open.get(lane).forEach(Store::write);
    }
  }

  /** Whether a lane has copies in no group: they can never be waited for. */
  void atExit(int lane) {
    for (Store store : open.get(lane)) {
      int line = warp.block.launch.line(store.pc);
      warp.report(
          FindingCode.ASYNC_AT_EXIT,
          lane,
          line,
          "ends while the bulk copy of line " + line + " is in no group: commit and wait for it");
    }
  }
}
