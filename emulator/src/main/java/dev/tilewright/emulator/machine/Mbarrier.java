package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;

/** One mbarrier: its phase, what the phase still waits for, and what it has seen. */
final class Mbarrier {
  /** The largest count of arrivals and, either way, of bytes. */
  private static final int MOST = (1 << 20) - 1;

  private static final long SEAL = 0x5ba221e2b0000000L;

  private final Block block;
  final int offset;

  /** Who initialised it. */
  final long initialized;

  /** The entry in vector clocks that the bulk copies completing here advance. */
  final int entry;

  private int expected;
  int pending;
  private int bytes;
  long phase;

  /** The clock at {@link #entry}. */
  private int copied;

  /** Bulk copies on their way: how many, and the bytes they will complete here. */
  private int flying;

  private long flyingBytes;
  private int[] seen = {};
  private int[] seenFenced = {};
  int[] completed = {};
  int[] completedFenced = {};

  Mbarrier(Block block, int offset, int count, long initialized, int entry) {
    this.block = block;
    this.offset = offset;
    this.expected = count;
    this.pending = count;
    this.initialized = initialized;
    this.entry = entry;
  }

  /** The block in whose shared memory it is. */
  Block block() {
    return block;
  }

  long seal() {
    return SEAL ^ (phase << 40 | (long) expected << 20 | pending) ^ (long) bytes << 24;
  }

  long token() {
    return phase << 20 | pending;
  }

  void store() {
    Bytes.putLong(block.shared.data, offset, seal());
    block.cluster.progress++;
  }

  void requireValid(Warp warp, int lane) {
    if (!block.mbarriers.holds(this)) {
      throw warp.fault(FindingCode.MBARRIER, lane, "completes after its mbarrier was invalidated");
    }
  }

  void arrive(Warp warp, int lane, int count, boolean drop) {
    if (count < 1 || count > pending) {
      throw warp.fault(
          FindingCode.MBARRIER_COUNT,
          lane,
          "arrives with count "
              + count
              + " at "
              + name()
              + ", where "
              + pending
              + " arrivals of "
              + expected
              + " are pending");
    }
    if (drop) {
      expected -= count;
    }
    pending -= count;
    seen = Clocks.join(seen, warp.releasing());
    seenFenced = Clocks.join(seenFenced, warp.fenced);
    warp.synchronizeLanes();
    advance(warp, lane);
  }

  void expectBytes(Warp warp, int lane, int more) {
    count(warp, lane, more);
  }

  private void count(Warp warp, int lane, long change) {
    if (Math.abs(bytes + change) > MOST) {
      throw warp.fault(
          FindingCode.MBARRIER_BYTES,
          lane,
          "brings the pending bytes of "
              + name()
              + " to "
              + (bytes + change)
              + "; at most "
              + MOST
              + " can be counted");
    }
    bytes += (int) change;
  }

  /** A bulk copy that will complete here has been issued. Returns the phase it belongs to. */
  long launch(long more) {
    flying++;
    flyingBytes += more;
    return phase;
  }

  /** A copy that completes here writes; returns its clock, for stamps. */
  int nextCopy() {
    copied++;
    seen = Mbarriers.with(seen, entry, copied);
    return copied;
  }

  /** The clock that the latest copy got. */
  int copied() {
    return copied;
  }

  /** A bulk copy completes. */
  void land(Warp warp, int lane, long done, long issuedIn) {
    requireValid(warp, lane);
    flying--;
    flyingBytes -= done;
    if (phase != issuedIn) {
      warp.report(
          FindingCode.MBARRIER_BYTES,
          lane,
          0,
          "completes its "
              + done
              + " bytes in phase "
              + phase
              + " of "
              + name()
              + ", but was issued in phase "
              + issuedIn
              + ": that phase expected too few bytes");
    }
    completeBytes(warp, lane, done);
  }

  void completeBytes(Warp warp, int lane, long done) {
    count(warp, lane, -done);
    if (pending == 0 && bytes < 0) {
      warp.report(
          FindingCode.MBARRIER_BYTES,
          lane,
          0,
          "completes " + -bytes + " bytes more than phase " + phase + " of " + name() + " expects");
    }
    advance(warp, lane);
  }

  /** Completes the phase when nothing is pending. */
  void advance(Warp warp, int lane) {
    if (pending == 0 && bytes == 0) {
      if (flying > 0) {
        warp.report(
            FindingCode.MBARRIER_BYTES,
            lane,
            0,
            "completes phase "
                + phase
                + " of "
                + name()
                + " while copies of "
                + flyingBytes
                + " bytes to it are under way: it expects too few bytes");
      }
      phase++;
      pending = expected;
      completed = Clocks.join(completed, seen);
      completedFenced = Clocks.join(completedFenced, seenFenced);
      seen = new int[0];
      seenFenced = new int[0];
    }
    store();
  }

  String name() {
    return "mbarrier 0x"
        + Integer.toHexString(offset)
        + (block.cluster.blocks.length > 1 ? " of block " + block.rank : "");
  }

  String describe() {
    return name()
        + ": phase "
        + phase
        + ", "
        + pending
        + " of "
        + expected
        + " arrivals pending"
        + (bytes == 0 ? "" : ", " + bytes + " bytes pending");
  }
}
