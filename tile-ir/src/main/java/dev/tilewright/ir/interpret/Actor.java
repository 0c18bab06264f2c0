package dev.tilewright.ir.interpret;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Some warps of a block that do the same, what they have seen of each other and of the rest, and
 * what they have begun and not waited for.
 *
 * <p>Its time moves on at every barrier of its threads and whenever it tells others what it has
 * done.
 */
final class Actor {
  private final int id;
  private final String name;
  private final int warps;
  private final boolean single;
  private final Clock clock;
  private long time = 1;
  private long steps;
  private long events;
  private final Fingerprint loaded = new Fingerprint();

  private List<SharedMemory.Write> copies = new ArrayList<>();
  private final Deque<List<SharedMemory.Write>> copyGroups = new ArrayDeque<>();
  private List<AsyncRead> stores = new ArrayList<>();
  private final Deque<List<AsyncRead>> storeGroups = new ArrayDeque<>();
  private final Deque<AsyncRead> products = new ArrayDeque<>();
  private List<SharedMemory.Write> unfenced = new ArrayList<>();

  /**
   * @param name of the role; empty for the whole block
   * @param single whether it is one thread, which needs no barrier to see what it did
   * @param seen what it knows when it begins
   */
  Actor(int id, String name, int warps, boolean single, Clock seen) {
    this.id = id;
    this.name = name;
    this.warps = warps;
    this.single = single;
    this.clock = seen;
  }

  int id() {
    return id;
  }

  /** The role's; empty for the whole block. */
  String name() {
    return name;
  }

  /** How often it arrives at a barrier in memory: once for each warp. */
  int arrivals() {
    return single ? 1 : warps;
  }

  /** How messages name it. */
  @Override
  public String toString() {
    return name.isEmpty() ? "the block" : "role '" + name + "'";
  }

  // ---------------------------------------------------------------- order

  long time() {
    return time;
  }

  boolean sees(int actor, long moment) {
    return (single && actor == id) || clock.covers(actor, moment);
  }

  /** All its threads meet. */
  void barrier() {
    time++;
    clock.see(id, time);
  }

  /** What those know who wait for all its threads to have come here. */
  Clock publish() {
    time++;
    Clock published = clock.copy();
    published.see(id, time);
    return published;
  }

  /** All its threads learn of it. */
  void learn(Clock published) {
    clock.see(published);
  }

  Clock seen() {
    return clock.copy();
  }

  // ---------------------------------------------------------------- copies

  void begun(SharedMemory.Write copy) {
    copies.add(copy);
  }

  void commitCopies() {
    copyGroups.addLast(copies);
    copies = new ArrayList<>();
  }

  void waitForCopies(int pending) {
    while (copyGroups.size() > pending) {
      copyGroups.removeFirst().forEach(write -> write.arrive(id, time));
    }
  }

  /** Its stores to shared memory become visible to the asynchronous operations that follow. */
  void fence() {
    unfenced.forEach(SharedMemory.Write::fence);
    unfenced = new ArrayList<>();
  }

  void stored(SharedMemory.Write write) {
    unfenced.add(write);
  }

  // ---------------------------------------------------------------- bulk stores and products

  void begunStore(AsyncRead store) {
    stores.add(store);
  }

  void commitStores() {
    storeGroups.addLast(stores);
    stores = new ArrayList<>();
  }

  void waitForStores(int pending) {
    while (storeGroups.size() > pending) {
      storeGroups.removeFirst().forEach(AsyncRead::endNow);
    }
  }

  /** Bulk stores that nothing has waited for. */
  List<AsyncRead> openStores() {
    List<AsyncRead> open = new ArrayList<>();
    storeGroups.forEach(open::addAll);
    open.addAll(stores);
    return open;
  }

  void begunProduct(AsyncRead product) {
    products.addLast(product);
  }

  void waitForProducts(int pending) {
    while (products.size() > pending) {
      products.removeFirst().endNow();
    }
  }

  /** Products end in order: this one, and all before it. */
  void endThrough(AsyncRead product) {
    while (!product.ended()) {
      products.removeFirst().end();
    }
  }

  /** Products that have not ended, in order. */
  List<AsyncRead> openProducts() {
    return List.copyOf(products);
  }

  // ---------------------------------------------------------------- state

  void step() {
    steps++;
  }

  /** A number for something it has begun, the same in every schedule. */
  long nextEvent() {
    return ((long) id << 32) + events++;
  }

  void loaded(long code) {
    loaded.add(code);
  }

  void fingerprint(Fingerprint fingerprint) {
    fingerprint.add(steps);
    fingerprint.add(time);
    fingerprint.add(loaded.value());
    fingerprint.add(products.size());
    clock.fingerprint(fingerprint);
  }
}
