package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Coalescing;
import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.SharedShadow;
import dev.tilewright.emulator.sanitizer.Stamp;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Bulk copies into shared memory (PTX ISA, {@code cp.async.bulk} and {@code cp.async.bulk.tensor}
 * with {@code .mbarrier::complete_tx::bytes}): of one thread each, into the shared memory of one
 * block of the cluster or, multicast, of several. Each destination's part completes at a moment of
 * its own, on the mbarrier at the destination.
 */
final class BulkCopies {
  private static final int PIECE = TensorTile.CHUNK;

  /** Where one copy puts its bytes: 16 at each of these offsets. */
  record Place(Block block, int[] pieces) {
    int bytes() {
      return pieces.length * PIECE;
    }
  }

  private BulkCopies() {}

  /**
   * Issues a copy to one block.
   *
   * @param reduction what combines the bytes with those that are there, or null to replace them
   */
  static void issue(
      Warp warp,
      int lane,
      BulkSource source,
      Place place,
      Mbarrier mbarrier,
      @Nullable Reduction reduction) {
    Block block = place.block;
    int pc = warp.pc();
    byte[] atIssue = source.read(warp, lane);
    AsyncReads.Read reading =
        source instanceof BulkSource.Shared(Block from, int offset, int bytes)
            ? from.asyncReads.begin(warp, lane, pieces(offset, bytes), bytes / PIECE, PIECE)
            : null;
    int id = begin(warp, lane, place, reduction != null);
    if (block.operandReads != null && source instanceof BulkSource.Tile(TensorTile tile)) {
      block.operandReads.copied(pc, tile.rowSpan(), place.pieces);
    }
    long phase = mbarrier.launch(place.bytes());
    block.peers.incoming++;
    warp.counters().add(Counter.BYTES_SHARED_STORE, place.bytes());
    warp.block.cluster.pending.add(
        () -> {
          int now = warp.enter(pc);
          byte[] bytes = source.read(warp, lane);
          if (!Arrays.equals(bytes, atIssue)) {
            warp.report(
                FindingCode.ASYNC_SOURCE_OVERWRITTEN,
                lane,
                warp.block.launch.line(pc),
                "copies from memory that changed before the copy was waited for");
          }
          land(place, bytes, id, pc, mbarrier, reduction);
          if (reading != null) {
            warp.block.asyncReads.endOnMbarrier(
                reading, Stamp.bulk(pc, mbarrier.entry, mbarrier.copied()));
          }
          block.peers.incoming--;
          mbarrier.land(warp, lane, place.bytes(), phase);
          warp.enter(now);
        });
  }

  /** Checks that the destination may be written now, and marks it; returns the copy's number. */
  private static int begin(Warp warp, int lane, Place place, boolean reduces) {
    Block block = place.block;
    SharedShadow shadow = block.shared.shadow;
    if (shadow == null) {
      return 0;
    }
    int id = block.register(warp.pc());
    long stamp = warp.stamp(lane) | Stamp.ASYNC;
    for (int piece : place.pieces) {
      int other = shadow.pendingCopy(piece, PIECE);
      if (other != 0 && !reduces) {
        block.asyncConflict(
            warp,
            lane,
            FindingCode.ASYNC_OVERWRITE,
            other,
            "copies to " + AsyncReads.where(piece, PIECE));
      }
      block.overwriting(warp, lane, piece, PIECE);
      if (shadow.isRead(piece, PIECE)) {
        block.asyncReads.conflict(warp, lane, "copies to", piece, PIECE);
      }
      shadow.accesses(
          piece,
          PIECE,
          true,
          (earlier, write) -> {
            // Reductions commute.
            if (!reduces || (earlier & Stamp.BULK) == 0) {
              block.checkAsync(warp, lane, stamp, earlier, write, "copies to", piece, PIECE);
            }
          });
      shadow.setPending(piece, PIECE, id);
    }
    return id;
  }

  private static void land(
      Place place, byte[] bytes, int id, int pc, Mbarrier mbarrier, @Nullable Reduction reduction) {
    byte[] data = place.block.shared.data;
    int clock = mbarrier.nextCopy();
    SharedShadow shadow = place.block.shared.shadow;
    long stamp = Stamp.bulk(pc, mbarrier.entry, clock);
    for (int i = 0; i < place.pieces.length; i++) {
      int to = place.pieces[i];
      if (reduction == null) {
        System.arraycopy(bytes, i * PIECE, data, to, PIECE);
      } else {
        reduction.apply(bytes, i * PIECE, data, to, PIECE);
      }
      if (shadow != null) {
        if (shadow.pendingCopy(to, PIECE) == id) {
          shadow.setPending(to, PIECE, 0);
        }
        Arrays.fill(place.block.shared.written, to, to + PIECE, (byte) 1);
        shadow.overwrite(to, PIECE, stamp);
      }
    }
  }

  /** The 16-byte pieces of a range. */
  static int[] pieces(int offset, int bytes) {
    int[] pieces = new int[bytes / PIECE];
    for (int i = 0; i < pieces.length; i++) {
      pieces[i] = offset + PIECE * i;
    }
    return pieces;
  }

  // ---- the global side

  /** Checks and counts the read of a box of global memory: once, however many blocks get it. */
  static void countRead(Warp warp, int lane, TensorTile tile) {
    MemoryPort port = warp.memory();
    Traffic traffic = new Traffic();
    tile.inside(
        (address, at, count) -> {
          port.locateBulk(lane, address, count, "bulk read");
          port.noteBulkRead(lane, count);
          traffic.add(address, count);
        });
    traffic.count(warp, false);
  }

  /** Checks and counts the read of a range of global memory. */
  static void countRead(Warp warp, int lane, long address, int bytes) {
    warp.memory().locateBulk(lane, address, bytes, "bulk read");
    warp.memory().noteBulkRead(lane, bytes);
    Traffic traffic = new Traffic();
    traffic.add(address, bytes);
    traffic.count(warp, false);
  }

  /** Bytes and sectors of global memory that one bulk copy moves. */
  static final class Traffic {
    private long bytes;
    private long sectors;
    private long last = -1;

    void add(long address, int count) {
      long first = address / Coalescing.SECTOR;
      long end = (address + count - 1) / Coalescing.SECTOR;
      sectors += end - first + (first == last ? 0 : 1);
      last = end;
      bytes += count;
    }

    void count(Warp warp, boolean store) {
      var c = warp.counters();
      c.add(store ? Counter.BYTES_BULK_STORE : Counter.BYTES_BULK_LOAD, bytes);
      c.add(store ? Counter.REQUESTS_GLOBAL_STORE : Counter.REQUESTS_GLOBAL_LOAD, 1);
      c.add(store ? Counter.SECTORS_GLOBAL_STORE : Counter.SECTORS_GLOBAL_LOAD, sectors);
      c.add(store ? Counter.BYTES_GLOBAL_STORE : Counter.BYTES_GLOBAL_LOAD, bytes);
    }
  }
}
