package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The products of one role that are under way, and the releases that wait for their end: where a
 * wait is needed, and for how many products, follows from what reads their results.
 *
 * <p>Products of a warp group end in the order in which they were issued. To wait for one is to
 * wait until no more are under way than were issued after it. What reads a result waits for that
 * product and for none issued later; a slot is given back at the first wait that shows the products
 * that read it to have ended, be it in a later iteration.
 *
 * <p>Into the next iteration of a loop a product goes on where that moves no register: it
 * accumulates to what the loop carries for it, and its first factor is not made in the loop. All
 * others are waited for at the end of the iteration.
 */
final class Flight {
  /** A wait can leave no more than seven products under way. */
  static final int MOST = 8;

  /**
   * A product under way.
   *
   * @param age how many iterations ago it was issued
   */
  private record Group(AsyncOp.MmaAsync product, int age) {}

  /**
   * A release that comes when its products have ended.
   *
   * @param age how many iterations ago it was written
   */
  record Late(AsyncOp.Release release, int age) {}

  /** Shown each wait at its place. */
  @FunctionalInterface
  interface Waits {
    /**
     * @param pending products that may still be under way afterwards
     * @param values fit to be read afterwards
     * @param releases due then
     */
    void await(int pending, List<Value> values, List<Late> releases);
  }

  private final Uses uses;

  /** The role's acquisitions for reading, by token. */
  private final Map<Value, AsyncOp.AcquireRead> acquired;

  private final int limit;

  /** Whether slots may be held longer, so many of each aref, where one is acquired. */
  private final Predicate<Map<Value, Integer>> allowed;

  /** The arefs of which the block at hand acquires one slot each time it is executed. */
  private Set<Value> once = Set.of();

  /** The oldest first. */
  private final List<Group> groups = new ArrayList<>();

  /** What products still write, and the last that does. */
  private final Map<Value, Group> writing = new LinkedHashMap<>();

  private final List<Late> late = new ArrayList<>();

  private int most;

  /** The most slots of each aref that late releases keep where a slot is acquired. */
  private final Map<Value, Integer> kept = new LinkedHashMap<>();

  /**
   * Nothing is under way.
   *
   * @param limit products that may be under way where a slot is released
   * @param allowed whether slots may be held longer than the program says, so many of each aref,
   *     where one is acquired
   */
  Flight(
      Uses uses,
      Map<Value, AsyncOp.AcquireRead> acquired,
      int limit,
      Predicate<Map<Value, Integer>> allowed) {
    this.uses = uses;
    this.acquired = acquired;
    this.limit = Math.clamp(limit, 1, MOST);
    this.allowed = allowed;
  }

  private Flight copy() {
    Flight copy = new Flight(uses, acquired, limit, allowed);
    copy.once = once;
    copy.groups.addAll(groups);
    copy.writing.putAll(writing);
    copy.late.addAll(late);
    copy.most = most;
    copy.kept.putAll(kept);
    return copy;
  }

  /**
   * What is under way whenever an iteration begins, once there have been enough. Whether {@link
   * #kept} slots may be held longer is left to be asked.
   */
  static Flight atHead(
      Op.For loop, Uses uses, Map<Value, AsyncOp.AcquireRead> acquired, int limit) {
    Flight head = new Flight(uses, acquired, limit, _ -> true);
    head.once = acquiredOnce(loop.body());
    while (true) {
      Flight end = head.copy();
      for (Op op : loop.body().ops()) {
        end.step(op, (_, _, _) -> {});
      }
      end.yield(loop, (_, _, _) -> {});
      Flight next = end.next(loop);
      if (next.sameAs(head)) {
        head.most = end.most;
        head.kept.putAll(end.kept);
        return head;
      }
      head = next;
    }
  }

  private static Set<Value> acquiredOnce(Block body) {
    Set<Value> once = new HashSet<>();
    Map<Value, Integer> times = new HashMap<>();
    Traversal.ops(body)
        .filter(AsyncOp.AcquireRead.class::isInstance)
        .forEach(op -> times.merge(((AsyncOp.AcquireRead) op).aref(), 1, Integer::sum));
    for (Op op : body.ops()) {
      if (op instanceof AsyncOp.AcquireRead acquire
          && Objects.requireNonNull(times.get(acquire.aref())) == 1) {
        once.add(acquire.aref());
      }
    }
    return once;
  }

  private boolean sameAs(Flight other) {
    return groups.equals(other.groups) && writing.equals(other.writing) && late.equals(other.late);
  }

  /** A flight to walk through the body with, from here. */
  Flight inBody() {
    return copy();
  }

  /** Releases still to come, the oldest first. */
  List<Late> late() {
    return List.copyOf(late);
  }

  /** The values that products still write. */
  private List<Value> values() {
    return List.copyOf(writing.keySet());
  }

  /** The most products that have been under way at once. */
  int most() {
    return most;
  }

  /** How many slots of each aref are held longer than the program says, where one is acquired. */
  Map<Value, Integer> kept() {
    return Collections.unmodifiableMap(kept);
  }

  /** Whether a reader that acquires a slot never holds all of them. */
  boolean fits() {
    return slots().entrySet().stream().allMatch(e -> e.getValue() < depth(e.getKey()));
  }

  /** How many slots of each aref late releases keep. */
  private Map<Value, Integer> slots() {
    Map<Value, Integer> slots = new LinkedHashMap<>();
    for (Late each : late) {
      AsyncOp.AcquireRead acquire = acquired.get(each.release().token());
      if (acquire != null) {
        slots.merge(acquire.aref(), 1, Integer::sum);
      }
    }
    return slots;
  }

  private static int depth(Value aref) {
    return ((Type.Aref) aref.type()).depth();
  }

  // ---------------------------------------------------------------- one operation after another

  private void step(Op op, Waits waits) {
    switch (op) {
      case AsyncOp.MmaAsync mma -> {
        before(mma, waits);
        issued(mma);
      }
      case AsyncOp.Release release -> release(release, waits);
      case Op.Yield _ -> {}
      default -> before(op, waits);
    }
  }

  /** Waits for what must have ended before the operation, other than a release or a yield. */
  void before(Op op, Waits waits) {
    switch (op) {
      case AsyncOp.MmaAsync mma -> {
        List<Value> read = new ArrayList<>(List.of(mma.a()));
        if (uses.users(mma.acc()).size() > 1) {
          read.add(mma.acc());
        }
        await(read, waits);
        land(MOST - 1, waits);
      }
      case AsyncOp.AcquireRead acquire -> makeRoom(acquire, waits);
      case AsyncOp.AcquireWrite _, Op.For _, Op.While _ -> land(0, waits);
      case AsyncOp.Commit commit when commit.completion() == AsyncOp.Completion.MMA ->
          land(0, waits);
      case Op.If branch when Traversal.ops(branch).anyMatch(AsyncOp.class::isInstance) ->
          land(0, waits);
      default -> {
        List<Value> read = new ArrayList<>();
        Traversal.ops(op).forEach(inner -> read.addAll(inner.operands()));
        await(read, waits);
      }
    }
  }

  /**
   * A role that waits for a slot holds one less than there are; and slots of another aref only
   * where both are acquired as often: whoever fills them then never waits for what is late.
   */
  private void makeRoom(AsyncOp.AcquireRead acquire, Waits waits) {
    for (Late each : late()) {
      AsyncOp.AcquireRead other = acquired.get(each.release().token());
      boolean same = other != null && other.aref().equals(acquire.aref());
      boolean together =
          other != null && once.contains(other.aref()) && once.contains(acquire.aref());
      boolean all = same && slots().getOrDefault(acquire.aref(), 0) >= depth(acquire.aref());
      if (late.contains(each) && (!same && !together || all)) {
        landUntil(() -> !late.contains(each), waits);
      }
    }
    if (!late.isEmpty() && !allowed.test(slots())) {
      landUntil(late::isEmpty, waits);
    }
    slots().forEach((aref, slots) -> kept.merge(aref, slots, Math::max));
  }

  void issued(AsyncOp.MmaAsync mma) {
    Group group = new Group(mma, 0);
    groups.add(group);
    writing.remove(mma.acc());
    writing.put(mma.result(), group);
    most = Math.max(most, groups.size());
  }

  /** Whether the slot is free now; if not, it is at a wait to come, maybe right here. */
  boolean release(AsyncOp.Release release, Waits waits) {
    if (groups.stream().noneMatch(group -> group.age() == 0 && reads(group, release))) {
      return true;
    }
    late.add(new Late(release, 0));
    land(limit - 1, waits);
    return false;
  }

  /** Whether a product, of the iteration of the release, must have ended before it. */
  private boolean reads(Group group, AsyncOp.Release release) {
    AsyncOp.AcquireRead acquire = acquired.get(release.token());
    AsyncOp.MmaAsync product = group.product();
    return release.after().contains(product.pending())
        || acquire != null
            && (acquire.views().contains(product.a()) || acquire.views().contains(product.b()));
  }

  private boolean isDue(Late each) {
    return groups.stream().noneMatch(g -> g.age() == each.age() && reads(g, each.release()));
  }

  // ---------------------------------------------------------------- the end of an iteration

  /** Waits for what may not go on into the next iteration. */
  void yield(Op.For loop, Waits waits) {
    Set<Value> inside = new HashSet<>(loop.body().arguments());
    loop.body().ops().forEach(op -> inside.addAll(op.results()));
    List<Value> yielded = loop.body().yielded();
    landUntil(
        () ->
            groups.stream()
                .noneMatch(
                    group ->
                        inside.contains(group.product().a()) && group.product().a().isTile()
                            || yielded.contains(group.product().pending())),
        waits);
    await(values().stream().filter(value -> !goesOn(loop, uses, value)).toList(), waits);
  }

  /** Whether a value accumulates, product after product, to what the loop carries for it. */
  static boolean goesOn(Op.For loop, Uses uses, Value value) {
    int carried = loop.body().yielded().indexOf(value);
    Value from = value;
    while (uses.users(from).size() == 1
        && uses.definition(from).orElse(null) instanceof AsyncOp.MmaAsync mma) {
      from = mma.acc();
    }
    return carried >= 0 && from.equals(loop.carried().get(carried)) && uses.users(from).size() == 1;
  }

  /** After the end of an iteration, the beginning of the next. */
  Flight next(Op.For loop) {
    Flight next = new Flight(uses, acquired, limit, allowed);
    next.once = once;
    groups.forEach(g -> next.groups.add(new Group(g.product(), g.age() + 1)));
    writing.forEach(
        (value, g) ->
            next.writing.put(
                loop.carried().get(loop.body().yielded().indexOf(value)),
                new Group(g.product(), g.age() + 1)));
    late.forEach(l -> next.late.add(new Late(l.release(), l.age() + 1)));
    return next;
  }

  /** After the loop, whose results are what its iterations have left. */
  Flight after(Op.For loop) {
    Flight after = copy();
    after.writing.clear();
    writing.forEach(
        (value, group) ->
            after.writing.put(loop.results().get(loop.carried().indexOf(value)), group));
    return after;
  }

  // ---------------------------------------------------------------- waits

  /** Waits for the products that write these values. */
  private void await(Collection<Value> values, Waits waits) {
    landUntil(() -> values.stream().noneMatch(writing::containsKey), waits);
  }

  /** The shortest wait after which the condition holds; at the latest, nothing is under way. */
  private void landUntil(BooleanSupplier condition, Waits waits) {
    List<Value> values = new ArrayList<>();
    List<Late> releases = new ArrayList<>();
    boolean waited = false;
    while (!condition.getAsBoolean() && !groups.isEmpty()) {
      Group first = groups.removeFirst();
      waited = true;
      for (Value value : values()) {
        if (first.equals(writing.get(value))) {
          writing.remove(value);
          values.add(value);
        }
      }
      for (Late each : late()) {
        if (isDue(each)) {
          late.remove(each);
          releases.add(each);
        }
      }
    }
    if (waited) {
      waits.await(groups.size(), values, releases);
    }
  }

  /** Waits until at most so many products are under way. */
  void land(int pending, Waits waits) {
    landUntil(() -> groups.size() <= pending, waits);
  }
}
