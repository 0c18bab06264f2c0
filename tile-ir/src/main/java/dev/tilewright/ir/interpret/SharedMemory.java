package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Location;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One block's shared memory and the order that barriers and waits put on its accesses.
 *
 * <p>Time is counted in epochs, one more at every barrier. What is written in an epoch may be read
 * from the next on; what an asynchronous copy writes, from the epoch after the one whose wait
 * covered its group. Between reading a place and writing it again lies a barrier, too. Whatever
 * breaks this depends on which thread is faster, and is an error.
 */
final class SharedMemory {

  /** The clock and the asynchronous copies of a block; its memories share them. */
  static final class Timeline {
    private static final long PENDING = Long.MAX_VALUE;

    private long epoch;
    private List<Write> uncommitted = new ArrayList<>();
    private final Deque<List<Write>> groups = new ArrayDeque<>();

    void barrier() {
      epoch++;
    }

    void commit() {
      groups.addLast(uncommitted);
      uncommitted = new ArrayList<>();
    }

    void waitFor(int pending) {
      while (groups.size() > pending) {
        groups.removeFirst().forEach(write -> write.arrived = epoch);
      }
    }

    Write store(Access by) {
      return new Write(by, false, epoch);
    }

    Write asyncCopy(Access by) {
      Write write = new Write(by, true, PENDING);
      uncommitted.add(write);
      return write;
    }
  }

  /**
   * An operation that touches shared memory.
   *
   * @param text how messages show it
   */
  record Access(String text, Location location) {
    @Override
    public String toString() {
      return "'" + text + "'" + (location.known() ? " at " + location : "");
    }
  }

  /** A write, known to every unit it wrote. */
  static final class Write {
    private final Access by;
    private final boolean async;
    private long arrived;

    private Write(Access by, boolean async, long arrived) {
      this.by = by;
      this.async = async;
      this.arrived = arrived;
    }
  }

  /** Says what is wrong with an access; the caller knows the element. */
  static final class Hazard extends Exception {
    private static final long serialVersionUID = 1L;

    Hazard(String message) {
      super(message);
    }
  }

  private final Timeline timeline;
  private final int unitBits;
  private final byte[] units;
  private final boolean[] poisoned;
  private final @Nullable Write[] writes;
  private final long[] readEpochs;
  private final @Nullable Access[] reads;

  /**
   * @param bytes its size
   * @param unitBits what is tracked: 8, or 1 when elements share bytes
   */
  SharedMemory(Timeline timeline, int bytes, int unitBits) {
    this.timeline = timeline;
    this.unitBits = unitBits;
    int count = Math.multiplyExact(bytes, 8 / unitBits);
    this.units = new byte[count];
    this.poisoned = new boolean[count];
    this.writes = new Write[count];
    this.readEpochs = new long[count];
    this.reads = new Access[count];
    Arrays.fill(poisoned, true);
    Arrays.fill(readEpochs, -1);
  }

  int unitBits() {
    return unitBits;
  }

  int size() {
    return units.length;
  }

  /** Forgets what lies there; the accesses before still have to be waited for. */
  void poison(int from, int to) {
    Arrays.fill(poisoned, from, to, true);
  }

  /** Reads an element of {@code bits} bits that begins at a unit. */
  long read(int unit, int bits, Access by) throws Hazard {
    long code = 0;
    int count = Math.max(1, bits / unitBits);
    for (int i = 0; i < count; i++) {
      checkRead(unit + i);
      readEpochs[unit + i] = timeline.epoch;
      reads[unit + i] = by;
      code |= (units[unit + i] & 0xFFL) << (i * unitBits);
    }
    return code;
  }

  private void checkRead(int unit) throws Hazard {
    Write write = writes[unit];
    if (poisoned[unit] || write == null) {
      throw new Hazard("which nothing has written since it was allocated");
    }
    if (write.arrived == Timeline.PENDING) {
      throw new Hazard(
          "which " + write.by + " may still be copying; no async_wait has covered its group");
    }
    if (write.arrived >= timeline.epoch) {
      throw new Hazard(
          write.async
              ? "copied by " + write.by + "; no barrier follows the async_wait for it"
              : "written by " + write.by + " with no barrier in between");
    }
  }

  void write(int unit, int bits, long code, Write by) throws Hazard {
    int count = Math.max(1, bits / unitBits);
    for (int i = 0; i < count; i++) {
      int at = unit + i;
      Write earlier = writes[at];
      if (earlier != null && earlier != by && earlier.arrived >= timeline.epoch) {
        throw new Hazard(
            earlier.arrived == Timeline.PENDING
                ? "which " + earlier.by + " may still be copying"
                : "which " + earlier.by + " writes, too, with no barrier in between");
      }
      if (readEpochs[at] == timeline.epoch) {
        throw new Hazard("which " + reads[at] + " reads with no barrier in between");
      }
      units[at] = (byte) (unitBits == 8 ? code >>> (8 * i) : code >>> i & 1);
      poisoned[at] = false;
      writes[at] = by;
    }
  }
}
