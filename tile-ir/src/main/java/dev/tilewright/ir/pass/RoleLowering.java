package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One role's program over barriers. With {@code P} products under way, the loop of a product over
 * tiles of an aref becomes
 *
 * <pre>
 *   for i, carrying slot, parity and the P-1 slots read last (-1: none yet):
 *     wait full[slot], parity
 *     product
 *     wait until P-1 products are under way               (that of i-P+1 has ended)
 *     if one has: arrive at empty[its slot]
 *     slot, parity = next
 *   wait for all products; arrive at the empty of each slot that is left
 * </pre>
 */
final class RoleLowering {
  private final Pass pass;
  private final OpBuilder out;
  private final Map<Value, LowerAsync.Channel> channels;
  private final AsyncOp.Role role;
  private final LowerAsync.Delays delays;
  private final PassContext context;
  private final Substitution renamed = new Substitution();
  private Block body = new Block(List.of(), List.of());

  /** The next slot of each side of each aref that this role acquires. */
  private Map<Side, Place> next = new LinkedHashMap<>();

  /** The slots that tokens stand for. */
  private final Map<Value, Held> held = new HashMap<>();

  /** The slots that buffers acquired for writing are part of. */
  private final Map<Value, Held> filled = new HashMap<>();

  private Uses uses = Uses.of(body);
  private final Map<Value, AsyncOp.AcquireRead> acquired = new HashMap<>();

  /** The products that have not been waited for. */
  private Flight flight = new Flight(uses, acquired, Flight.MOST, _ -> false);

  /** The slots of releases that earlier iterations have left. */
  private Map<Flight.Late, Value> leftSlots = Map.of();

  private record Side(Value aref, Type.Side side) {}

  private record Place(Value slot, Value parity) {}

  private record Held(Value aref, Value slot, boolean readByThreads) {}

  RoleLowering(
      Pass pass,
      OpBuilder out,
      Map<Value, LowerAsync.Channel> channels,
      AsyncOp.Role role,
      LowerAsync.Delays delays,
      PassContext context) {
    this.pass = pass;
    this.out = out;
    this.channels = channels;
    this.role = role;
    this.delays = delays;
    this.context = context;
  }

  void lower(Block block) {
    body = block;
    uses = Uses.of(block);
    Traversal.ops(block)
        .forEach(
            op -> {
              if (op instanceof AsyncOp.AcquireRead acquire) {
                acquired.put(acquire.token(), acquire);
              }
            });
    flight = new Flight(uses, acquired, Flight.MOST, delays::allow);
    for (Side side : sides(block)) {
      next.put(side, new Place(out.i32(0), out.i32(side.side() == Type.Side.WRITE ? 1 : 0)));
    }
    ops(block);
    land();
  }

  /** The sides of arefs that are acquired inside, in order. */
  private static Set<Side> sides(Block block) {
    Set<Side> sides = new LinkedHashSet<>();
    Traversal.ops(block)
        .forEach(
            op -> {
              switch (op) {
                case AsyncOp.AcquireWrite w -> sides.add(new Side(w.aref(), Type.Side.WRITE));
                case AsyncOp.AcquireRead r -> sides.add(new Side(r.aref(), Type.Side.READ));
                default -> {}
              }
            });
    return sides;
  }

  private void ops(Block block) {
    for (Op op : block.ops()) {
      if (!(op instanceof Op.Yield)) {
        out.at(op.location());
        if (!(op instanceof AsyncOp.Release)) {
          flight.before(op, this::await);
        }
        op(op);
      }
    }
  }

  private void op(Op op) {
    switch (op) {
      case AsyncOp.AcquireWrite w -> acquireWrite(w);
      case AsyncOp.AcquireRead r -> acquireRead(r);
      case AsyncOp.BulkLoad load -> bulkLoad(load);
      case AsyncOp.Commit commit -> commit(commit);
      case AsyncOp.Release release -> release(release);
      case AsyncOp.MmaAsync mma -> multiply(mma);
      case Op.For loop -> loop(loop);
      case Op.While loop -> loop(loop);
      case Op.If branch -> branch(branch);
      default -> out.add(renamed.apply(op));
    }
  }

  // ---------------------------------------------------------------- slots

  private LowerAsync.Channel channel(Value aref) {
    return Objects.requireNonNull(channels.get(aref));
  }

  /** Takes the next slot: its number now, the one after it from now on. */
  private Place take(Side side) {
    Place now = Objects.requireNonNull(next.get(side));
    int depth = channel(side.aref()).depth();
    Value flipped = out.sub(out.i32(1), now.parity());
    if (depth == 1) {
      next.put(side, new Place(now.slot(), flipped));
      return now;
    }
    Value following = out.add(now.slot(), out.i32(1));
    Value wraps = out.compare(ComparePredicate.EQ, following, out.i32(depth));
    next.put(
        side,
        new Place(
            out.select(wraps, out.i32(0), following), out.select(wraps, flipped, now.parity())));
    return now;
  }

  private void views(List<Value> views, LowerAsync.Channel channel, Value slot) {
    for (int i = 0; i < views.size(); i++) {
      out.add(new Op.SharedSlice(views.get(i), channel.rings().get(i), slot, out.location()));
    }
  }

  private void acquireWrite(AsyncOp.AcquireWrite acquire) {
    LowerAsync.Channel channel = channel(acquire.aref());
    Place place = take(new Side(acquire.aref(), Type.Side.WRITE));
    out.add(
        new AsyncOp.MbarrierWait(
            new AsyncOp.Mbarrier(channel.empty(), place.slot()), place.parity(), out.location()));
    views(acquire.views(), channel, place.slot());
    Held slot = new Held(acquire.aref(), place.slot(), false);
    held.put(acquire.token(), slot);
    acquire.views().forEach(view -> filled.put(view, slot));
    int bytes = 0;
    for (Op op : Traversal.ops(body).toList()) {
      if (op instanceof AsyncOp.BulkLoad load && acquire.views().contains(load.shared())) {
        Type.Shared buffer = load.shared().shared();
        bytes += Math.toIntExact(buffer.elements() * buffer.dtype().bits() / Byte.SIZE);
      }
    }
    if (bytes > 0) {
      out.add(
          new AsyncOp.MbarrierExpect(
              new AsyncOp.Mbarrier(channel.full(), place.slot()), bytes, out.location()));
    }
  }

  private void bulkLoad(AsyncOp.BulkLoad load) {
    Held slot = Objects.requireNonNull(filled.get(load.shared()), () -> load + " fills no slot");
    out.bulkLoad(
        load.shared(),
        load.tensor(),
        renamed.of(load.offsets()),
        load.parts(),
        Optional.of(new AsyncOp.Mbarrier(channel(slot.aref()).full(), slot.slot())));
  }

  private Held held(Value token) {
    return Objects.requireNonNull(held.get(renamed.of(token)), () -> token + " holds no slot");
  }

  private void commit(AsyncOp.Commit commit) {
    Held slot = held(commit.token());
    AsyncOp.Mbarrier full = new AsyncOp.Mbarrier(channel(slot.aref()).full(), slot.slot());
    switch (commit.completion()) {
      case BULK -> {}
      case GENERIC -> {
        if (channel(slot.aref()).rings().isEmpty()) {
          out.add(new AsyncOp.MbarrierArrive(full, 1, out.location()));
        } else {
          arriveWritten(full);
        }
      }
      case COPY_GROUP -> {
        out.asyncCommit();
        out.asyncWait(0);
        arriveWritten(full);
      }
      case MMA -> arriveWritten(full);
    }
  }

  /** Bulk copies and products read and write shared memory beside the threads' own accesses. */
  private void arriveWritten(AsyncOp.Mbarrier full) {
    out.add(new AsyncOp.ProxyFence(out.location()));
    out.add(new AsyncOp.MbarrierArrive(full, 1, out.location()));
  }

  private void acquireRead(AsyncOp.AcquireRead acquire) {
    LowerAsync.Channel channel = channel(acquire.aref());
    Place place = take(new Side(acquire.aref(), Type.Side.READ));
    out.add(
        new AsyncOp.MbarrierWait(
            new AsyncOp.Mbarrier(channel.full(), place.slot()), place.parity(), out.location()));
    views(acquire.views(), channel, place.slot());
    held.put(acquire.token(), new Held(acquire.aref(), place.slot(), isReadByThreads(acquire)));
  }

  private boolean isReadByThreads(AsyncOp.AcquireRead acquire) {
    return Traversal.ops(body)
        .anyMatch(op -> op instanceof Op.SharedLoad l && acquire.views().contains(l.shared()));
  }

  private void release(AsyncOp.Release release) {
    if (flight.release(release, this::await)) {
      Held slot = held(release.token());
      fenceReads(slot);
      arrive(slot.aref(), slot.slot());
    }
  }

  /** What threads read with ordinary loads, the next bulk copy must not overtake. */
  private void fenceReads(Held slot) {
    if (slot.readByThreads()) {
      out.add(new AsyncOp.ProxyFence(out.location()));
    }
  }

  private void arrive(Value aref, Value slot) {
    out.add(
        new AsyncOp.MbarrierArrive(
            new AsyncOp.Mbarrier(channel(aref).empty(), slot),
            channel(aref).blocks(),
            out.location()));
  }

  /** Releases the slot unless its number says that there is none. */
  private void arriveIfAny(Held slot) {
    Value any = out.compare(ComparePredicate.GE, slot.slot(), out.i32(0));
    out.when(
        any,
        _ -> {
          fenceReads(slot);
          arrive(slot.aref(), slot.slot());
        });
  }

  // ---------------------------------------------------------------- products

  private void multiply(AsyncOp.MmaAsync mma) {
    out.add(renamed.operands(mma));
    flight.issued(mma);
  }

  private void await(int pending, List<Value> values, List<Flight.Late> releases) {
    List<Value> landed = out.mmaWait(renamed.of(values), pending);
    for (int i = 0; i < values.size(); i++) {
      renamed.replace(renamed.of(values.get(i)), landed.get(i));
    }
    for (Flight.Late late : releases) {
      Value token = late.release().token();
      if (late.age() == 0) {
        Held slot = held(token);
        fenceReads(slot);
        arrive(slot.aref(), slot.slot());
      } else {
        // The slot of an earlier iteration: this one may not have acquired its own yet.
        Value slot = Objects.requireNonNull(leftSlots.get(late));
        AsyncOp.AcquireRead acquire = acquired.get(token);
        Held like =
            acquire == null
                ? held(token)
                : new Held(acquire.aref(), slot, isReadByThreads(acquire));
        arriveIfAny(new Held(like.aref(), slot, like.readByThreads()));
      }
    }
  }

  /** Waits for all products under way. */
  private void land() {
    flight.land(0, this::await);
  }

  // ---------------------------------------------------------------- control flow

  /**
   * What is under way when an iteration begins: as many products as the schedule says or, if it
   * does not, those of one iteration and one more; fewer where that holds too many slots.
   */
  private Flight head(Op.For loop) {
    List<AsyncOp.MmaAsync> products =
        loop.body().ops().stream()
            .filter(AsyncOp.MmaAsync.class::isInstance)
            .map(AsyncOp.MmaAsync.class::cast)
            .toList();
    int limit = context.schedule().mmaDepth().orElse(products.size() + 1);
    Flight head = Flight.atHead(loop, uses, acquired, limit);
    while (limit > 1 && !(head.fits() && delays.allow(head.kept()))) {
      head = Flight.atHead(loop, uses, acquired, --limit);
    }
    if (!products.isEmpty()) {
      int latest = head.late().stream().mapToInt(Flight.Late::age).max().orElse(0);
      context
          .report()
          .note(
              pass,
              products.getFirst().location(),
              "%d products of a warp group are under way; %s releases a slot %d iterations later"
                  .formatted(head.most(), role.name(), latest));
    }
    return head;
  }

  private void loop(Op.For loop) {
    Flight head = head(loop);
    List<Side> sides = List.copyOf(sides(loop.body()));
    Map<Side, Place> outer = next;

    List<Value> inits = new ArrayList<>();
    List<Value> arguments = new ArrayList<>();
    arguments.add(loop.induction());
    List<Value> results = new ArrayList<>();
    carry(loop.inits(), loop.carried(), loop.results(), inits, arguments, results);
    next = new LinkedHashMap<>(outer);
    for (Side side : sides) {
      Place place = Objects.requireNonNull(outer.get(side));
      next.put(side, carry(place, inits, arguments));
    }
    Map<Flight.Late, Value> left = new LinkedHashMap<>();
    for (Flight.Late late : head.late()) {
      Value none = out.i32(-1);
      inits.add(none);
      Value argument = out.fresh(none.type());
      arguments.add(argument);
      left.put(late, argument);
    }
    leftSlots = left;
    flight = head.inBody();
    Block written =
        out.region(
            arguments,
            _ -> {
              ops(loop.body());
              flight.yield(loop, this::await);
              List<Value> yields = yields(loop.body(), sides);
              for (Flight.Late late : flight.late()) {
                yields.add(
                    late.age() == 0
                        ? held(late.release().token()).slot()
                        : Objects.requireNonNull(left.get(late)));
              }
              return yields;
            });
    out.at(loop.location());
    resume(outer, sides, results);
    Map<Flight.Late, Value> leftAfter = new LinkedHashMap<>();
    for (Flight.Late late : head.late()) {
      Value slot = out.fresh(Objects.requireNonNull(left.get(late)).type());
      results.add(slot);
      leftAfter.put(late, slot);
    }
    out.add(
        new Op.For(
            results,
            renamed.of(loop.lower()),
            renamed.of(loop.upper()),
            renamed.of(loop.step()),
            inits,
            written,
            loop.location()));
    leftSlots = leftAfter;
    flight = head.after(loop);
    land();
  }

  /** Nothing is under way before an iteration and after it. */
  private void loop(Op.While loop) {
    List<Side> sides = List.copyOf(sides(loop.body()));
    Map<Side, Place> outer = next;
    List<Value> inits = new ArrayList<>();
    List<Value> arguments = new ArrayList<>();
    List<Value> results = new ArrayList<>();
    carry(loop.inits(), loop.body().arguments(), loop.results(), inits, arguments, results);
    next = new LinkedHashMap<>(outer);
    for (Side side : sides) {
      next.put(side, carry(Objects.requireNonNull(outer.get(side)), inits, arguments));
    }
    // The condition waits for nobody: slots pass it by.
    List<Value> decided = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      boolean same =
          i < loop.inits().size() && arguments.get(i).equals(loop.body().arguments().get(i));
      decided.add(same ? loop.condition().arguments().get(i) : out.fresh(arguments.get(i).type()));
    }
    Block condition =
        out.region(
            decided,
            _ -> {
              ops(loop.condition());
              return List.of(renamed.of(loop.decision()));
            });
    Block written =
        out.region(
            arguments,
            _ -> {
              ops(loop.body());
              land();
              return yields(loop.body(), sides);
            });
    out.at(loop.location());
    resume(outer, sides, results);
    out.add(new Op.While(results, inits, condition, written, loop.location()));
  }

  /** What a loop carries: of a token, the number of its slot. */
  private void carry(
      List<Value> loopInits,
      List<Value> loopArguments,
      List<Value> loopResults,
      List<Value> inits,
      List<Value> arguments,
      List<Value> results) {
    for (int i = 0; i < loopInits.size(); i++) {
      Value init = renamed.of(loopInits.get(i));
      Value argument = loopArguments.get(i);
      Value result = loopResults.get(i);
      if (argument.type() instanceof Type.Token) {
        Held slot = held(init);
        init = slot.slot();
        Value number = out.fresh(slot.slot().type());
        held.put(argument, new Held(slot.aref(), number, slot.readByThreads()));
        argument = number;
        Value last = out.fresh(slot.slot().type());
        held.put(result, new Held(slot.aref(), last, slot.readByThreads()));
        result = last;
      }
      inits.add(init);
      arguments.add(argument);
      results.add(result);
    }
  }

  /** What a body yields, the next slots last. */
  private List<Value> yields(Block loopBody, List<Side> sides) {
    List<Value> yields = new ArrayList<>();
    for (Value value : loopBody.yielded()) {
      yields.add(value.type() instanceof Type.Token ? held(value).slot() : renamed.of(value));
    }
    for (Side side : sides) {
      Place place = Objects.requireNonNull(next.get(side));
      yields.add(place.slot());
      yields.add(place.parity());
    }
    return yields;
  }

  /** After a loop or a branch the next slots are among its results. */
  private void resume(Map<Side, Place> outer, List<Side> sides, List<Value> results) {
    next = outer;
    for (Side side : sides) {
      Place place = new Place(fresh(outer, side), fresh(outer, side));
      results.add(place.slot());
      results.add(place.parity());
      next.put(side, place);
    }
  }

  private Value fresh(Map<Side, Place> places, Side side) {
    return out.fresh(Objects.requireNonNull(places.get(side)).slot().type());
  }

  private Place carry(Place place, List<Value> inits, List<Value> arguments) {
    Place inside = new Place(out.fresh(place.slot().type()), out.fresh(place.parity().type()));
    inits.add(place.slot());
    inits.add(place.parity());
    arguments.add(inside.slot());
    arguments.add(inside.parity());
    return inside;
  }

  private void branch(Op.If branch) {
    boolean asynchronous = Traversal.ops(branch).anyMatch(AsyncOp.class::isInstance);
    List<Side> sides = new ArrayList<>();
    branch.regions().forEach(region -> sides.addAll(sides(region)));
    List<Side> all = List.copyOf(new LinkedHashSet<>(sides));
    Map<Side, Place> outer = next;
    List<Block> regions = new ArrayList<>();
    List<Value> results = new ArrayList<>(branch.results());
    for (Block region : branch.regions()) {
      next = new LinkedHashMap<>(outer);
      regions.add(
          out.region(
              List.of(),
              _ -> {
                ops(region);
                if (asynchronous) {
                  land();
                }
                List<Value> yields = new ArrayList<>();
                for (int i = 0; i < region.yielded().size(); i++) {
                  Value value = region.yielded().get(i);
                  if (value.type() instanceof Type.Token) {
                    Held slot = held(value);
                    Value number = results.get(i);
                    if (number.type() instanceof Type.Token) {
                      number = out.fresh(slot.slot().type());
                      held.put(
                          branch.results().get(i),
                          new Held(slot.aref(), number, slot.readByThreads()));
                      results.set(i, number);
                    }
                    yields.add(slot.slot());
                  } else {
                    yields.add(renamed.of(value));
                  }
                }
                for (Side side : all) {
                  Place place = Objects.requireNonNull(next.get(side));
                  yields.add(place.slot());
                  yields.add(place.parity());
                }
                return yields;
              }));
    }
    resume(outer, all, results);
    out.at(branch.location());
    out.add(
        new Op.If(
            results,
            renamed.of(branch.condition()),
            regions.get(0),
            regions.get(1),
            branch.location()));
  }
}
