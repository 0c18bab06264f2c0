package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What one role does with arefs, in order, for given sizes. */
final class RoleTrace {

  /** What an event does to a slot. */
  enum Kind {
    ACQUIRE_WRITE,
    COMMIT,
    ACQUIRE_READ,
    RELEASE
  }

  /**
   * @param turn the number of the slot's use, from 0, on that side
   */
  record Event(Kind kind, Value aref, int turn, Op op) {}

  private record Held(Value aref, int turn) {}

  /** Beyond this a trace says no more. */
  private static final int LONGEST = 4_000;

  private final ScalarValues scalars;
  private final List<Event> events = new ArrayList<>();
  private final Map<Value, Held> tokens = new HashMap<>();
  private final Map<Value, Integer> written = new HashMap<>();
  private final Map<Value, Integer> read = new HashMap<>();

  private RoleTrace(ScalarValues scalars) {
    this.scalars = scalars;
  }

  /**
   * @param scalars what is known before the role begins
   */
  static RoleTrace of(Block body, ScalarValues scalars) {
    RoleTrace trace = new RoleTrace(scalars.copy());
    trace.block(body);
    return trace;
  }

  List<Event> events() {
    return events;
  }

  /** Whether there is more than {@link #events()} has. */
  boolean cut() {
    return events.size() >= LONGEST;
  }

  private void block(Block block) {
    for (Op op : block.ops()) {
      if (cut()) {
        return;
      }
      switch (op) {
        case AsyncOp.AcquireWrite o -> acquired(o, o.token(), o.aref(), Kind.ACQUIRE_WRITE);
        case AsyncOp.AcquireRead o -> acquired(o, o.token(), o.aref(), Kind.ACQUIRE_READ);
        case AsyncOp.Commit o -> used(o, o.token(), Kind.COMMIT);
        case AsyncOp.Release o -> used(o, o.token(), Kind.RELEASE);
        case Op.For loop -> loop(loop);
        case Op.While loop -> loop(loop);
        case Op.If branch -> {
          Block taken = scalars.holds(branch) ? branch.thenBlock() : branch.elseBlock();
          block(taken);
          move(branch.results(), taken.yielded());
        }
        default -> scalars.execute(op);
      }
    }
  }

  private void acquired(Op op, Value token, Value aref, Kind kind) {
    Map<Value, Integer> turns = kind == Kind.ACQUIRE_WRITE ? written : read;
    int turn = turns.merge(aref, 1, Integer::sum) - 1;
    tokens.put(token, new Held(aref, turn));
    events.add(new Event(kind, aref, turn, op));
  }

  private void used(Op op, Value token, Kind kind) {
    Held held = Objects.requireNonNull(tokens.get(token), token::toString);
    events.add(new Event(kind, held.aref(), held.turn(), op));
  }

  private void loop(Op.For loop) {
    if (loop.inits().stream().noneMatch(init -> init.type() instanceof Type.Token)
        && Traversal.ops(loop.body()).noneMatch(RoleTrace::concernsArefs)) {
      return;
    }
    move(loop.results(), loop.inits());
    OptionalLong lower = scalars.of(loop.lower());
    OptionalLong step = scalars.of(loop.step());
    long trips = scalars.trips(loop);
    for (long i = 0; i < trips && !cut(); i++) {
      if (lower.isPresent() && step.isPresent()) {
        scalars.put(loop.induction(), lower.getAsLong() + i * step.getAsLong());
      }
      move(loop.carried(), loop.results());
      block(loop.body());
      if (!cut()) {
        move(loop.results(), loop.body().yielded());
      }
    }
  }

  private void loop(Op.While loop) {
    move(loop.results(), loop.inits());
    for (int i = 0; i < LONGEST && !cut(); i++) {
      move(loop.condition().arguments(), loop.results());
      block(loop.condition());
      if (!scalars.holds(loop, i)) {
        return;
      }
      move(loop.body().arguments(), loop.results());
      block(loop.body());
      if (!cut()) {
        move(loop.results(), loop.body().yielded());
      }
    }
  }

  private static boolean concernsArefs(Op op) {
    return op instanceof AsyncOp.AcquireWrite || op instanceof AsyncOp.AcquireRead;
  }

  private void move(List<Value> targets, List<Value> sources) {
    scalars.move(targets, sources);
    List<@Nullable Held> held = new ArrayList<>();
    for (Value source : sources) {
      held.add(tokens.get(source));
    }
    for (int i = 0; i < targets.size(); i++) {
      Held its = held.get(i);
      if (its != null) {
        tokens.put(targets.get(i), its);
      }
    }
  }
}
