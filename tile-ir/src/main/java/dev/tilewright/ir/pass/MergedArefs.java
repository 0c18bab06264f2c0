package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The arefs of roles that become one stream: which slots are free or full at a point of it, and the
 * tiles that they hold, which are values now.
 *
 * <p>Slots are counted so that an operation comes in the stream only when it could have come in the
 * roles: whatever they order, the stream orders too.
 */
final class MergedArefs {

  /** A slot in hand: its tiles, which a writer replaces. */
  static final class Slot {
    private final Value aref;
    private final int reader;
    private final List<Value> tiles;

    private Slot(Value aref, int reader, List<Value> tiles) {
      this.aref = aref;
      this.reader = reader;
      this.tiles = new ArrayList<>(tiles);
    }

    boolean isWritten() {
      return reader < 0;
    }

    Value tile(int index) {
      return tiles.get(index);
    }

    void set(int index, Value tile) {
      tiles.set(index, tile);
    }
  }

  /**
   * How far an aref's roles are; all numbers count from the oldest tuple that some reader has not
   * taken.
   */
  record Turns(int tuples, int acquired, List<Integer> taken, List<Integer> released) {}

  private static final class Ring {
    private final int depth;
    private final List<Integer> readers;
    private List<List<Value>> tuples = new ArrayList<>();
    private int acquired;
    private Map<Integer, Integer> taken = new LinkedHashMap<>();
    private Map<Integer, Integer> released = new LinkedHashMap<>();

    Ring(int depth, List<Integer> readers) {
      this.depth = depth;
      this.readers = readers;
      readers.forEach(reader -> taken.put(reader, 0));
      readers.forEach(reader -> released.put(reader, 0));
    }

    Ring copy() {
      Ring copy = new Ring(depth, readers);
      tuples.forEach(tuple -> copy.tuples.add(new ArrayList<>(tuple)));
      copy.acquired = acquired;
      copy.taken = new LinkedHashMap<>(taken);
      copy.released = new LinkedHashMap<>(released);
      return copy;
    }

    boolean isFree() {
      int oldest = released.values().stream().mapToInt(Integer::intValue).min().orElse(acquired);
      return acquired - oldest < depth;
    }

    /** Forgets the tuples that all readers have. */
    void forget() {
      int seen = taken.values().stream().mapToInt(Integer::intValue).min().orElse(0);
      tuples = new ArrayList<>(tuples.subList(seen, tuples.size()));
      acquired -= seen;
      taken.replaceAll((_, turn) -> turn - seen);
      released.replaceAll((_, turn) -> turn - seen);
    }

    Turns turns() {
      return new Turns(
          tuples.size(), acquired, List.copyOf(taken.values()), List.copyOf(released.values()));
    }
  }

  private Map<Value, Ring> rings = new LinkedHashMap<>();
  private Set<Slot> writing = new LinkedHashSet<>();
  private final Map<Value, Slot> held = new HashMap<>();

  /** Where the views of acquired slots are. */
  record Place(Slot slot, int index) {}

  private final Map<Value, Place> places = new HashMap<>();

  /**
   * @param bodies of the roles, whose numbers count as readers
   */
  MergedArefs(Stream<AsyncOp.ArefCreate> arefs, List<Block> bodies) {
    arefs.forEach(
        create -> {
          List<Integer> readers = new ArrayList<>();
          for (int i = 0; i < bodies.size(); i++) {
            boolean reads =
                Traversal.ops(bodies.get(i))
                    .anyMatch(
                        op ->
                            op instanceof AsyncOp.AcquireRead r
                                && r.aref().equals(create.result()));
            if (reads) {
              readers.add(i);
            }
          }
          int depth = ((Type.Aref) create.result().type()).depth();
          rings.put(create.result(), new Ring(depth, readers));
        });
  }

  private Ring ring(Value aref) {
    Ring ring = rings.get(aref);
    if (ring == null) {
      throw new IllegalStateException(aref + " is no aref");
    }
    return ring;
  }

  // ---------------------------------------------------------------- operations

  boolean canWrite(Value aref) {
    return ring(aref).isFree();
  }

  /**
   * @param tiles what the slot holds before it is written
   */
  void acquire(AsyncOp.AcquireWrite acquire, List<Value> tiles) {
    ring(acquire.aref()).acquired++;
    Slot slot = new Slot(acquire.aref(), -1, tiles);
    writing.add(slot);
    hold(acquire.token(), acquire.views(), slot);
  }

  void commit(Value token) {
    Slot slot = held(token);
    writing.remove(slot);
    ring(slot.aref).tuples.add(new ArrayList<>(slot.tiles));
  }

  boolean canRead(Value aref, int reader) {
    Ring ring = ring(aref);
    return ring.taken.getOrDefault(reader, 0) < ring.tuples.size();
  }

  void acquire(AsyncOp.AcquireRead acquire, int reader) {
    Ring ring = ring(acquire.aref());
    int turn = ring.taken.merge(reader, 1, Integer::sum) - 1;
    hold(acquire.token(), acquire.views(), new Slot(acquire.aref(), reader, ring.tuples.get(turn)));
    ring.forget();
  }

  void release(Value token) {
    Slot slot = held(token);
    ring(slot.aref).released.merge(slot.reader, 1, Integer::sum);
  }

  private void hold(Value token, List<Value> views, Slot slot) {
    held.put(token, slot);
    for (int i = 0; i < views.size(); i++) {
      places.put(views.get(i), new Place(slot, i));
    }
  }

  Slot held(Value token) {
    Slot slot = held.get(token);
    if (slot == null) {
      throw new IllegalStateException(token + " holds no slot");
    }
    return slot;
  }

  /** A token that goes through a loop or a branch stands for the slot that it stood for before. */
  void alias(Value token, Value before) {
    held.put(token, held(before));
  }

  boolean isView(Value shared) {
    return places.containsKey(shared);
  }

  Place place(Value view) {
    Place place = places.get(view);
    if (place == null) {
      throw new IllegalStateException(view + " is no view of a slot");
    }
    return place;
  }

  // ---------------------------------------------------------------- control flow

  /** The tiles that later operations may read, in an order that {@link #turns} decides. */
  List<Value> tiles() {
    return lists().flatMap(List::stream).toList();
  }

  /** Replaces {@link #tiles}, one by one. */
  void setTiles(List<Value> tiles) {
    int next = 0;
    for (List<Value> list : lists().toList()) {
      for (int i = 0; i < list.size(); i++) {
        list.set(i, tiles.get(next++));
      }
    }
  }

  private Stream<List<Value>> lists() {
    return Stream.concat(
        rings.values().stream().flatMap(ring -> ring.tuples.stream()),
        writing.stream().map(slot -> slot.tiles));
  }

  /** What must be the same at both ends of a loop's body, and of two branches. */
  Map<Value, Turns> turns() {
    Map<Value, Turns> turns = new LinkedHashMap<>();
    rings.forEach((aref, ring) -> turns.put(aref, ring.turns()));
    return turns;
  }

  /** What {@link #restore} brings back: a branch begins where the other one did. */
  record Saved(Map<Value, Ring> rings, Set<Slot> writing, List<List<Value>> contents) {}

  Saved save() {
    Map<Value, Ring> copies = new LinkedHashMap<>();
    rings.forEach((aref, ring) -> copies.put(aref, ring.copy()));
    List<List<Value>> contents = writing.stream().map(slot -> List.copyOf(slot.tiles)).toList();
    return new Saved(copies, new LinkedHashSet<>(writing), contents);
  }

  void restore(Saved saved) {
    rings = new LinkedHashMap<>();
    saved.rings().forEach((aref, ring) -> rings.put(aref, ring.copy()));
    writing = new LinkedHashSet<>(saved.writing());
    int next = 0;
    for (Slot slot : writing) {
      List<Value> tiles = saved.contents().get(next++);
      for (int i = 0; i < tiles.size(); i++) {
        slot.tiles.set(i, tiles.get(i));
      }
    }
  }
}
