package dev.tilewright.ir.interpret;

import java.util.ArrayList;
import java.util.List;

/**
 * Barriers in shared memory. A phase is complete when as many have arrived as the barrier counts
 * and all announced bytes have been transferred; then the next one begins.
 */
final class BarrierArray {

  private static final class Barrier {
    private final int actor;
    private long phase;
    private int missing;
    private long bytes;
    private Clock arrived = Clock.nothing();
    private final Clock completed = Clock.nothing();
    private final List<SharedMemory.Write> transferred = new ArrayList<>();

    Barrier(int actor, int arrivals) {
      this.actor = actor;
      this.missing = arrivals;
    }
  }

  private final String name;
  private final int arrivals;
  private final List<Barrier> barriers = new ArrayList<>();

  /**
   * @param firstActor of as many ids of actors as there are barriers: what is transferred is seen
   *     by those who have waited for the barrier
   */
  BarrierArray(String name, int count, int arrivals, int firstActor) {
    this.name = name;
    this.arrivals = arrivals;
    for (int i = 0; i < count; i++) {
      barriers.add(new Barrier(firstActor + i, arrivals));
    }
  }

  int count() {
    return barriers.size();
  }

  /**
   * @param published what those may know who wait for it
   * @return what is wrong, or nothing
   */
  String arrive(int index, int arriving, Clock published) {
    Barrier barrier = barriers.get(index);
    if (arriving > barrier.missing) {
      return "arrives "
          + arriving
          + " times at "
          + name(index)
          + ", whose phase "
          + barrier.phase
          + " lacks "
          + barrier.missing
          + " of "
          + arrivals
          + " arrivals";
    }
    barrier.missing -= arriving;
    barrier.arrived.see(published);
    complete(barrier);
    return "";
  }

  void expect(int index, long bytes) {
    barriers.get(index).bytes += bytes;
  }

  void transferred(int index, long bytes, SharedMemory.Write write) {
    Barrier barrier = barriers.get(index);
    barrier.bytes -= bytes;
    barrier.transferred.add(write);
    complete(barrier);
  }

  private void complete(Barrier barrier) {
    if (barrier.missing > 0 || barrier.bytes != 0) {
      return;
    }
    barrier.transferred.forEach(write -> write.arrive(barrier.actor, barrier.phase));
    barrier.transferred.clear();
    barrier.phase++;
    barrier.missing = arrivals;
    barrier.arrived.see(barrier.actor, barrier.phase);
    barrier.completed.see(barrier.arrived);
    barrier.arrived = Clock.nothing();
  }

  /** Whether the phase of that parity has completed: the one at hand has the other parity. */
  boolean passed(int index, long parity) {
    return (barriers.get(index).phase & 1) != parity;
  }

  /** What is known to those who have waited. */
  Clock completed(int index) {
    return barriers.get(index).completed;
  }

  String name(int index) {
    return name + "[" + index + "]";
  }

  /** What the phase at hand lacks. */
  String missing(int index) {
    Barrier barrier = barriers.get(index);
    return "phase "
        + barrier.phase
        + " of "
        + name(index)
        + " lacks "
        + barrier.missing
        + " of "
        + arrivals
        + " arrivals"
        + (barrier.bytes == 0 ? "" : " and " + barrier.bytes + " bytes");
  }

  void fingerprint(Fingerprint fingerprint) {
    for (Barrier barrier : barriers) {
      fingerprint.add(barrier.phase);
      fingerprint.add(barrier.missing);
      fingerprint.add(barrier.bytes);
      barrier.arrived.fingerprint(fingerprint);
      barrier.completed.fingerprint(fingerprint);
    }
  }
}
