package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Location;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One block's shared memory and the order of its accesses.
 *
 * <p>Every access has an {@link Actor} and a moment of that actor's time. What is written may be
 * read by those who have {@linkplain Actor#sees seen} that moment: by the actor itself after its
 * next barrier, by others after something that orders them. What an asynchronous copy writes, only
 * when its end has been waited for. Between reading a place and writing it again lies such an
 * order, too. Whatever breaks this depends on who is faster, and is an error.
 */
final class SharedMemory {
  private static final long PENDING = Long.MAX_VALUE;

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

  /** How a write comes about. */
  enum Kind {
    STORE,
    COPY,
    BULK
  }

  /** A write, known to every unit it wrote. */
  static final class Write {
    private final Access by;
    private final Kind kind;
    private final Actor actor;
    private int arrivedAt;
    private long arrived;
    private boolean fenced;

    private Write(Access by, Kind kind, Actor actor, long arrived) {
      this.by = by;
      this.kind = kind;
      this.actor = actor;
      this.arrivedAt = actor.id();
      this.arrived = arrived;
    }

    static Write store(Access by, Actor actor) {
      return new Write(by, Kind.STORE, actor, actor.time());
    }

    /** One that has not arrived. */
    static Write begun(Access by, Kind kind, Actor actor) {
      return new Write(by, kind, actor, PENDING);
    }

    Access by() {
      return by;
    }

    Kind kind() {
      return kind;
    }

    boolean pending() {
      return arrived == PENDING;
    }

    /** Whoever has seen that moment of that actor may look at it. */
    void arrive(int at, long moment) {
      if (pending()) {
        arrivedAt = at;
        arrived = moment;
      }
    }

    void fence() {
      fenced = true;
    }
  }

  /** Says what is wrong with an access; the caller knows the element. */
  static final class Hazard extends Exception {
    private static final long serialVersionUID = 1L;

    Hazard(String message) {
      super(message);
    }
  }

  /** When each unit was last read by one actor, and by what. */
  private static final class Reads {
    private final Actor actor;
    private final long[] times;
    private final @Nullable Access[] by;

    Reads(Actor actor, int units) {
      this.actor = actor;
      this.times = new long[units];
      this.by = new Access[units];
    }
  }

  private final int unitBits;
  private final byte[] units;
  private final boolean[] poisoned;
  private final @Nullable Write[] writes;
  private final List<@Nullable Reads> reads = new ArrayList<>();
  private final List<AsyncRead> reading = new ArrayList<>();
  private final int[] readers;

  /**
   * @param bytes its size
   * @param unitBits what is tracked: 8, or 1 when elements share bytes
   */
  SharedMemory(int bytes, int unitBits) {
    this.unitBits = unitBits;
    int count = Math.multiplyExact(bytes, 8 / unitBits);
    this.units = new byte[count];
    this.poisoned = new boolean[count];
    this.writes = new Write[count];
    this.readers = new int[count];
    Arrays.fill(poisoned, true);
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

  void fingerprint(Fingerprint fingerprint) {
    fingerprint.add(units);
  }

  // ---------------------------------------------------------------- reads

  /** Units of an element. */
  int count(int bits) {
    return Math.max(1, bits / unitBits);
  }

  /** Reads an element of {@code bits} bits that begins at a unit. */
  long read(int unit, int bits, Access by, Actor actor) throws Hazard {
    Reads mine = reads(actor);
    for (int i = 0; i < count(bits); i++) {
      checkRead(unit + i, actor);
      mine.times[unit + i] = actor.time();
      mine.by[unit + i] = by;
    }
    return code(unit, bits);
  }

  /**
   * Reads an element asynchronously; {@link AsyncRead#reads} has to follow.
   *
   * @param fences whether stores must have been fenced to be seen
   */
  long readAsync(int unit, int bits, Actor actor, boolean fences) throws Hazard {
    for (int i = 0; i < count(bits); i++) {
      checkRead(unit + i, actor);
      Write write = writes[unit + i];
      if (fences && write != null && write.kind == Kind.STORE && !write.fenced) {
        throw new Hazard("written by " + write.by + " with no proxy_fence after it");
      }
    }
    return code(unit, bits);
  }

  private long code(int unit, int bits) {
    long code = 0;
    for (int i = 0; i < count(bits); i++) {
      code |= (units[unit + i] & 0xFFL) << (i * unitBits);
    }
    return code;
  }

  private Reads reads(Actor actor) {
    while (reads.size() <= actor.id()) {
      reads.add(null);
    }
    Reads its = reads.get(actor.id());
    if (its == null) {
      its = new Reads(actor, units.length);
      reads.set(actor.id(), its);
    }
    return its;
  }

  private void checkRead(int unit, Actor actor) throws Hazard {
    Write write = writes[unit];
    if (poisoned[unit] || write == null) {
      throw new Hazard("which nothing has written since it was allocated");
    }
    if (write.pending()) {
      throw new Hazard(
          write.kind == Kind.COPY
              ? "which " + write.by + " may still be copying; no async_wait has covered its group"
              : "which " + write.by + " may still be writing; nothing has waited for its bytes");
    }
    if (!actor.sees(write.arrivedAt, write.arrived)) {
      throw new Hazard(
          write.actor != actor || write.kind == Kind.BULK
              ? "written by " + write.by + of(write.actor, actor) + ", which nothing orders before"
              : write.kind == Kind.COPY
                  ? "copied by " + write.by + "; no barrier follows the async_wait for it"
                  : "written by " + write.by + " with no barrier in between");
    }
  }

  private static String of(Actor other, Actor self) {
    return other == self ? "" : " of " + other;
  }

  // ---------------------------------------------------------------- asynchronous reads

  void reading(AsyncRead read, BitSet places, boolean begins) {
    if (begins) {
      reading.add(read);
    } else {
      reading.remove(read);
    }
    places.stream().forEach(place -> readers[place] += begins ? 1 : -1);
  }

  void stampReads(BitSet places, Access by, Actor actor) {
    Reads its = reads(actor);
    long now = actor.time();
    places.stream()
        .forEach(
            place -> {
              its.times[place] = now;
              its.by[place] = by;
            });
  }

  // ---------------------------------------------------------------- writes

  void write(int unit, int bits, long code, Write by) throws Hazard {
    for (int i = 0; i < count(bits); i++) {
      int at = unit + i;
      checkWrite(at, by);
      units[at] = (byte) (unitBits == 8 ? code >>> (8 * i) : code >>> i & 1);
      poisoned[at] = false;
      writes[at] = by;
    }
  }

  private void checkWrite(int unit, Write by) throws Hazard {
    Actor actor = by.actor;
    Write earlier = writes[unit];
    if (earlier != null && earlier != by) {
      if (earlier.pending()) {
        throw new Hazard(
            "which "
                + earlier.by
                + (earlier.kind == Kind.COPY ? " may still be copying" : " may still be writing"));
      }
      if (!actor.sees(earlier.arrivedAt, earlier.arrived)) {
        throw new Hazard(
            earlier.actor == actor && earlier.kind != Kind.BULK
                ? "which " + earlier.by + " writes, too, with no barrier in between"
                : "which "
                    + earlier.by
                    + of(earlier.actor, actor)
                    + " writes, too, and nothing orders the two");
      }
    }
    if (readers[unit] > 0) {
      AsyncRead read = reading.stream().filter(r -> r.reads(this, unit)).findFirst().orElseThrow();
      throw new Hazard("which " + read.by() + of(read.actor(), actor) + " may still be reading");
    }
    for (Reads its : reads) {
      if (its != null && its.times[unit] > 0 && !actor.sees(its.actor.id(), its.times[unit])) {
        throw new Hazard(
            "which "
                + its.by[unit]
                + (its.actor == actor
                    ? " reads with no barrier in between"
                    : of(its.actor, actor) + " reads, and nothing orders the two"));
      }
    }
  }
}
