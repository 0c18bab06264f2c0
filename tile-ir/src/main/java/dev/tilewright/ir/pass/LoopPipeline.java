package dev.tilewright.ir.pass;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.RegionCopy;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.pass.PipelineLoops.Stream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes one loop as a software pipeline. With {@code S} stages and trip count {@code n}:
 *
 * <pre>
 *   for p in 0 .. S-2:  if p &lt; n: copy the tiles of iteration p to slot p
 *                       commit                                   (an empty group if p &gt;= n)
 *   for i in 0 .. n-1 (read = i mod S, write = (i+S-1) mod S):
 *     wait until S-2 groups are pending                          (those of i have arrived)
 *     barrier                              (for all threads; and all have left iteration i-1)
 *     if i+S-1 &lt; n: copy the tiles of iteration i+S-1 to slot write
 *     commit
 *     the body, its tiles read from slot read
 *   wait for all groups
 * </pre>
 *
 * Slot {@code write} is the one that iteration {@code i-1} read, which the barrier has closed.
 * Every iteration commits one group, so that the count of pending groups says the same in the tail.
 *
 * <p>Tiles staged through registers have two slots: iteration {@code i} loads the next tile to
 * registers before its body and stores it to the slot that iteration {@code i-1} read after it; the
 * next barrier publishes it.
 */
final class LoopPipeline {
  private final OpBuilder out;
  private final Op.For loop;
  private final List<Stream> async;
  private final List<Stream> staged;
  private final int stages;
  private final boolean inLoop;
  private final Map<Stream, Value> rings = new HashMap<>();

  /**
   * @param inLoop whether the loop itself is run more than once, so that the next run's first
   *     copies must wait for this run's last reads
   */
  LoopPipeline(OpBuilder out, Op.For loop, List<Stream> streams, int stages, boolean inLoop) {
    this.out = out;
    this.loop = loop;
    this.async = streams.stream().filter(Stream.Async.class::isInstance).toList();
    this.staged = streams.stream().filter(Stream.Staged.class::isInstance).toList();
    this.stages = stages;
    this.inLoop = inLoop;
  }

  void write() {
    out.at(loop.location());
    async.forEach(stream -> rings.put(stream, ring(stream, stages)));
    staged.forEach(stream -> rings.put(stream, ring(stream, 2)));
    writePrologue();
    List<Value> slots = new ArrayList<>();
    if (!async.isEmpty()) {
      slots.add(out.i32(0));
      slots.add(out.i32(stages - 1));
    }
    if (!staged.isEmpty()) {
      slots.add(out.i32(0));
    }
    writeLoop(slots);
    out.at(loop.location());
    // No wait: the groups still pending are those of the last iterations, and they are empty.
    if (inLoop) {
      out.barrier();
    }
  }

  private Value ring(Stream stream, int slots) {
    Type.Tile tile = stream.load().result().tile();
    List<Integer> shape = new ArrayList<>(tile.shape());
    shape.add(0, slots);
    out.at(stream.load().location());
    Value ring = out.sharedAlloc(new Type.Shared(shape, tile.dtype()));
    out.at(loop.location());
    return ring;
  }

  // ---------------------------------------------------------------- before the loop

  private void writePrologue() {
    for (int p = 0; p < stages - 1 && !async.isEmpty(); p++) {
      Value induction = after(loop.lower(), p);
      int slot = p;
      out.when(
          remains(loop.lower(), p),
          _ -> async.forEach(stream -> copy(stream, induction, out.i32(slot))));
      out.asyncCommit();
    }
    if (!staged.isEmpty()) {
      out.when(
          remains(loop.lower(), 0),
          _ -> {
            for (Stream stream : staged) {
              Value tile = load(stream, loop.lower());
              out.sharedStore(slot(stream, out.i32(0)), tile);
            }
          });
    }
  }

  /** The induction variable some iterations later. */
  private Value after(Value induction, int iterations) {
    return iterations == 0
        ? induction
        : out.add(induction, out.mul(loop.step(), out.i32(iterations)));
  }

  /**
   * Whether the loop has an iteration some iterations after {@code induction}. Subtracted from the
   * bound, where it cannot overflow upward.
   */
  private Value remains(Value induction, int iterations) {
    Value bound =
        iterations == 0
            ? loop.upper()
            : out.sub(loop.upper(), out.mul(loop.step(), out.i32(iterations)));
    return out.compare(ComparePredicate.LT, induction, bound);
  }

  // ---------------------------------------------------------------- moving one tile

  private Value slot(Stream stream, Value index) {
    Value ring = rings.get(stream);
    if (ring == null) {
      throw new IllegalStateException("no ring for " + stream);
    }
    return out.sharedSlice(ring, index);
  }

  private List<Value> offsets(Stream stream, Value induction) {
    Block slice = PipelineLoops.offsets(loop, stream.load()).orElseThrow();
    return RegionCopy.inline(slice, List.of(induction), out);
  }

  private void copy(Stream stream, Value induction, Value index) {
    Op.Load load = stream.load();
    out.at(load.location());
    List<Value> offsets = offsets(stream, induction);
    out.copyAsync(
        slot(stream, index),
        load.tensor(),
        offsets,
        load.bounds(),
        stream instanceof Stream.Async a ? Optional.of(a.layout()) : Optional.empty());
  }

  private Value load(Stream stream, Value induction) {
    Op.Load load = stream.load();
    out.at(load.location());
    List<Value> offsets = offsets(stream, induction);
    return out.add(
            new Op.Load(
                out.fresh(load.result().type()),
                load.tensor(),
                offsets,
                load.bounds(),
                load.fill(),
                load.location()))
        .result();
  }

  // ---------------------------------------------------------------- the loop

  private void writeLoop(List<Value> slots) {
    List<Value> arguments = new ArrayList<>(loop.body().arguments());
    slots.forEach(slot -> arguments.add(out.fresh(slot.type())));
    List<Value> slotArguments = arguments.subList(loop.body().arguments().size(), arguments.size());
    List<Value> inits = new ArrayList<>(loop.inits());
    inits.addAll(slots);
    Block body =
        out.region(
            arguments,
            _ -> {
              List<Value> yields = new ArrayList<>();
              List<Value> nextSlots = writeBody(slotArguments, yields);
              yields.addAll(nextSlots);
              return yields;
            });
    List<Value> results = new ArrayList<>(loop.results());
    slots.forEach(slot -> results.add(out.fresh(slot.type())));
    out.add(
        new Op.For(results, loop.lower(), loop.upper(), loop.step(), inits, body, loop.location()));
  }

  /**
   * @param slots the arguments that count slots
   * @param yields receives what the loop's own values are next
   * @return what the slots are next
   */
  private List<Value> writeBody(List<Value> slots, List<Value> yields) {
    List<Value> nextSlots = new ArrayList<>();
    if (!async.isEmpty()) {
      out.asyncWait(stages - 2);
    }
    out.barrier();
    if (!async.isEmpty()) {
      Value write = slots.get(1);
      Value induction = loop.induction();
      out.when(
          remains(induction, stages - 1),
          _ -> async.forEach(s -> copy(s, after(induction, stages - 1), write)));
      out.at(loop.location());
      out.asyncCommit();
    }
    Value stagedSlot = slots.getLast();
    List<Value> nextTiles = staged.isEmpty() ? List.of() : loadNext();
    Substitution substitution = new Substitution();
    for (Op op : loop.body().ops()) {
      out.at(op.location());
      if (op instanceof Op.Yield yield) {
        yields.addAll(substitution.of(yield.values()));
      } else {
        writeOp(op, slots, substitution);
      }
    }
    out.at(loop.location());
    if (!async.isEmpty()) {
      nextSlots.add(next(slots.get(0), stages));
      nextSlots.add(next(slots.get(1), stages));
    }
    if (!staged.isEmpty()) {
      Value other = next(stagedSlot, 2);
      for (int i = 0; i < staged.size(); i++) {
        out.sharedStore(slot(staged.get(i), other), nextTiles.get(i));
      }
      nextSlots.add(other);
    }
    return nextSlots;
  }

  private List<Value> loadNext() {
    Value induction = loop.induction();
    return out.ifElse(
        remains(induction, 1),
        _ -> {
          Value next = after(induction, 1);
          return staged.stream().map(stream -> load(stream, next)).toList();
        },
        _ ->
            staged.stream()
                .map(s -> out.constant(s.load().result().type(), zero(s.load().result())))
                .toList());
  }

  private static Literal zero(Value tile) {
    return Literal.zero(tile.type().dtype());
  }

  private Value next(Value slot, int slots) {
    Value one = out.add(slot, out.i32(1));
    Value wraps = out.compare(ComparePredicate.EQ, one, out.i32(slots));
    return out.select(wraps, out.i32(0), one);
  }

  private void writeOp(Op op, List<Value> slots, Substitution substitution) {
    if (op instanceof Op.Load load) {
      Optional<Stream> stream = stream(load);
      if (stream.isPresent()) {
        Value index = stream.get() instanceof Stream.Async ? slots.get(0) : slots.getLast();
        readForms(load.result(), slot(stream.get(), index), substitution);
        return;
      }
    }
    if (op instanceof Op.ConvertLayout c
        && loop.body().ops().stream()
            .anyMatch(
                o -> o instanceof Op.Load l && l.result().equals(c.x()) && stream(l).isPresent())) {
      return;
    }
    out.add(substitution.apply(op));
  }

  private Optional<Stream> stream(Op.Load load) {
    List<Stream> all = new ArrayList<>(async);
    all.addAll(staged);
    return all.stream().filter(s -> s.load().equals(load)).findFirst();
  }

  /** Reads the slot in every layout in which the load's tile is used. */
  private void readForms(Value tile, Value slot, Substitution substitution) {
    boolean usedItself = false;
    for (Op op : loop.body().ops()) {
      if (op instanceof Op.ConvertLayout c && c.x().equals(tile)) {
        Value read = out.sharedLoad(slot, c.result().tile());
        substitution.replace(c.result(), read);
      } else {
        usedItself |= Traversal.ops(op).anyMatch(o -> o.operands().contains(tile));
      }
    }
    if (usedItself) {
      substitution.replace(tile, out.sharedLoad(slot, tile.tile()));
    }
  }
}
