package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
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
  private static final int DEFAULT_MMA_DEPTH = 2;

  private final Pass pass;
  private final OpBuilder out;
  private final Map<Value, LowerAsync.Channel> channels;
  private final AsyncOp.Role role;
  private final PassContext context;
  private final Substitution renamed = new Substitution();
  private Block body = new Block(List.of(), List.of());

  /** The next slot of each side of each aref that this role acquires. */
  private Map<Side, Place> next = new LinkedHashMap<>();

  /** The slots that tokens stand for. */
  private final Map<Value, Held> held = new HashMap<>();

  /** The slots that buffers acquired for writing are part of. */
  private final Map<Value, Held> filled = new HashMap<>();

  /** Products whose results have not been waited for, in order, with what they accumulate to. */
  private Set<Value> flying = new LinkedHashSet<>();

  /** Releases that happen in a later iteration than they are written in. */
  private final Map<AsyncOp.Release, List<Value>> late = new HashMap<>();

  private record Side(Value aref, Type.Side side) {}

  private record Place(Value slot, Value parity) {}

  private record Held(Value aref, Value slot, boolean readByThreads) {}

  RoleLowering(
      Pass pass,
      OpBuilder out,
      Map<Value, LowerAsync.Channel> channels,
      AsyncOp.Role role,
      PassContext context) {
    this.pass = pass;
    this.out = out;
    this.channels = channels;
    this.role = role;
    this.context = context;
  }

  void lower(Block block) {
    body = block;
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
      case Op.If branch -> branch(branch);
      default -> {
        landIfUsed(op);
        out.add(renamed.apply(op));
      }
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
      case MMA -> {
        land();
        arriveWritten(full);
      }
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
    boolean readByThreads =
        Traversal.ops(body)
            .anyMatch(op -> op instanceof Op.SharedLoad l && acquire.views().contains(l.shared()));
    held.put(acquire.token(), new Held(acquire.aref(), place.slot(), readByThreads));
  }

  private void release(AsyncOp.Release release) {
    Held slot = held(release.token());
    List<Value> queue = late.get(release);
    if (queue != null) {
      out.mmaWait(List.of(), queue.size());
      arriveIfAny(slot, queue.getFirst());
      queue.removeFirst();
      queue.add(slot.slot());
      return;
    }
    if (!release.after().isEmpty()) {
      land();
    }
    fenceReads(slot);
    arrive(slot.aref(), slot.slot());
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
  private void arriveIfAny(Held like, Value slot) {
    Value any = out.compare(ComparePredicate.GE, slot, out.i32(0));
    out.when(
        any,
        _ -> {
          fenceReads(like);
          arrive(like.aref(), slot);
        });
  }

  // ---------------------------------------------------------------- products

  private void multiply(AsyncOp.MmaAsync mma) {
    Value acc = renamed.of(mma.acc());
    if (usesFlying(List.of(mma.a()))) {
      land();
    }
    out.add(renamed.operands(mma));
    flying.remove(acc);
    flying.add(mma.result());
  }

  private boolean usesFlying(List<Value> values) {
    return values.stream().map(renamed::of).anyMatch(flying::contains);
  }

  private void landIfUsed(Op op) {
    boolean used = Traversal.ops(op).anyMatch(inner -> usesFlying(inner.operands()));
    if (used) {
      land();
    }
  }

  /** Waits for all products under way; their results are what the wait hands on. */
  private void land() {
    if (flying.isEmpty()) {
      return;
    }
    List<Value> values = List.copyOf(flying);
    flying = new LinkedHashSet<>();
    List<Value> landed = out.mmaWait(values, 0);
    for (int i = 0; i < values.size(); i++) {
      renamed.replace(values.get(i), landed.get(i));
    }
  }

  // ---------------------------------------------------------------- control flow

  /** A release in a loop that can come later than it is written, and its product. */
  private record LateRelease(AsyncOp.Release release, AsyncOp.MmaAsync mma, int carried) {}

  private Optional<LateRelease> lateRelease(Op.For loop) {
    List<AsyncOp.MmaAsync> products =
        Traversal.ops(loop.body())
            .filter(AsyncOp.MmaAsync.class::isInstance)
            .map(AsyncOp.MmaAsync.class::cast)
            .toList();
    if (products.size() != 1 || !loop.body().ops().contains(products.getFirst())) {
      return Optional.empty();
    }
    AsyncOp.MmaAsync mma = products.getFirst();
    int carried = loop.carried().indexOf(mma.acc());
    // A factor in registers is written again by the next iteration: the product must have read it.
    boolean accumulates =
        carried >= 0
            && !mma.a().isTile()
            && loop.body().yielded().get(carried).equals(mma.result())
            && Traversal.ops(loop.body())
                .filter(op -> op != mma && !(op instanceof Op.Yield))
                .noneMatch(
                    op -> op.operands().contains(mma.acc()) || op.operands().contains(mma.result()))
            && loop.body().yielded().indexOf(mma.result())
                == loop.body().yielded().lastIndexOf(mma.result())
            && !loop.body().yielded().contains(mma.acc());
    if (!accumulates) {
      return Optional.empty();
    }
    return loop.body().ops().stream()
        .filter(AsyncOp.Release.class::isInstance)
        .map(AsyncOp.Release.class::cast)
        .filter(r -> r.after().equals(List.of(mma.pending())) && acquiredIn(loop, r.token()))
        .map(r -> new LateRelease(r, mma, carried))
        .findFirst();
  }

  private static boolean acquiredIn(Op.For loop, Value token) {
    return loop.body().ops().stream()
        .anyMatch(op -> op instanceof AsyncOp.AcquireRead r && r.token().equals(token));
  }

  private int mmaDepth(Op.For loop, Optional<LateRelease> candidate) {
    if (candidate.isEmpty()) {
      return 1;
    }
    int wanted = context.schedule().mmaDepth().orElse(DEFAULT_MMA_DEPTH);
    Value aref = arefOf(loop, candidate.get().release().token());
    int depth = Math.clamp(wanted, 1, channel(aref).depth());
    context
        .report()
        .note(
            pass,
            candidate.get().mma().location(),
            "%d products of a warp group are under way; %s releases a slot %d iterations later"
                .formatted(depth, role.name(), depth - 1));
    return depth;
  }

  private static Value arefOf(Op.For loop, Value token) {
    return loop.body().ops().stream()
        .filter(op -> op instanceof AsyncOp.AcquireRead r && r.token().equals(token))
        .map(op -> ((AsyncOp.AcquireRead) op).aref())
        .findFirst()
        .orElseThrow();
  }

  private void loop(Op.For loop) {
    Optional<LateRelease> candidate = lateRelease(loop);
    int depth = mmaDepth(loop, candidate);
    Optional<LateRelease> delayed = depth > 1 ? candidate : Optional.empty();
    landIfUsed(loop);
    // A loop that multiplies counts its own products: none from before may be under way.
    land();
    List<Side> sides = List.copyOf(sides(loop.body()));
    Map<Side, Place> outer = next;

    List<Value> inits = new ArrayList<>();
    List<Value> arguments = new ArrayList<>();
    arguments.add(loop.induction());
    List<Value> results = new ArrayList<>();
    for (int i = 0; i < loop.carried().size(); i++) {
      Value init = renamed.of(loop.inits().get(i));
      Value argument = loop.carried().get(i);
      Value result = loop.results().get(i);
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
    next = new LinkedHashMap<>(outer);
    for (Side side : sides) {
      Place place = Objects.requireNonNull(outer.get(side));
      next.put(side, carry(place, inits, arguments));
    }
    List<Value> queue = new ArrayList<>();
    for (int i = 0; i < depth - 1; i++) {
      Value none = out.i32(-1);
      inits.add(none);
      Value argument = out.fresh(none.type());
      arguments.add(argument);
      queue.add(argument);
    }
    delayed.ifPresent(d -> late.put(d.release(), queue));
    Block written =
        out.region(
            arguments,
            _ -> {
              ops(loop.body());
              if (delayed.isEmpty()) {
                land();
              }
              List<Value> yields = new ArrayList<>();
              for (Value value : loop.body().yielded()) {
                yields.add(
                    value.type() instanceof Type.Token ? held(value).slot() : renamed.of(value));
              }
              for (Side side : sides) {
                Place place = Objects.requireNonNull(next.get(side));
                yields.add(place.slot());
                yields.add(place.parity());
              }
              yields.addAll(queue);
              flying = new LinkedHashSet<>();
              return yields;
            });
    out.at(loop.location());
    next = outer;
    for (Side side : sides) {
      Place place = new Place(fresh(outer, side), fresh(outer, side));
      results.add(place.slot());
      results.add(place.parity());
      next.put(side, place);
    }
    List<Value> left = new ArrayList<>();
    queue.forEach(slot -> left.add(out.fresh(slot.type())));
    results.addAll(left);
    out.add(
        new Op.For(
            results,
            renamed.of(loop.lower()),
            renamed.of(loop.upper()),
            renamed.of(loop.step()),
            inits,
            written,
            loop.location()));
    delayed.ifPresent(
        d -> {
          flying.add(loop.results().get(d.carried()));
          land();
          Held like = held(d.release().token());
          left.forEach(slot -> arriveIfAny(like, slot));
        });
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
    landIfUsed(branch);
    boolean multiplies = Traversal.ops(branch).anyMatch(AsyncOp.MmaAsync.class::isInstance);
    if (multiplies) {
      land();
    }
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
                if (multiplies) {
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
    next = outer;
    for (Side side : all) {
      Place place = new Place(fresh(outer, side), fresh(outer, side));
      results.add(place.slot());
      results.add(place.parity());
      next.put(side, place);
    }
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
