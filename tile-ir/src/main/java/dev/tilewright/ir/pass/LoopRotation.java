package dev.tilewright.ir.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.RegionCopy;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.schedule.ModuloSchedule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Writes a loop as its modulo schedule says. With two stages, A and B:
 *
 * <pre>
 *   if it iterates at all:
 *     A(first)
 *     for i from the second on: A(i) and B(i - 1), in the order of the schedule
 *     B(last)
 * </pre>
 *
 * With more stages, as many iterations are in the loop at once; where there are fewer in all, the
 * loop as it was does them. Values that a later turn uses are carried to it.
 */
final class LoopRotation {
  private final LoopDependences loop;
  private final ModuloSchedule schedule;
  private final UnaryOperator<Value> outside;
  private final OpBuilder out;

  /** The last stage; and the turn that the loop in the middle does, turns before it counted. */
  private final int last;

  /** What the values of nodes are in each turn. */
  private final Map<Value, Map<Integer, Value>> made = new HashMap<>();

  private int turn;

  /** What is written again in this turn, for each stage. */
  private final Map<Integer, Map<Value, Value>> again = new HashMap<>();

  /** The induction variable of the iteration that a stage is at, in this turn. */
  private IntFunction<Value> induction;

  /**
   * @param outside what stands for a value from outside the loop
   */
  LoopRotation(
      LoopDependences loop, ModuloSchedule schedule, UnaryOperator<Value> outside, OpBuilder out) {
    this.loop = loop;
    this.schedule = schedule;
    this.outside = outside;
    this.out = out;
    this.last = schedule.stages() - 1;
    this.induction = _ -> loop.loop().induction();
  }

  /**
   * @param enough whether there is an iteration for every stage but one, whatever the sizes are
   * @return the loop's results
   */
  List<Value> write(boolean enough) {
    if (enough) {
      return overlapped();
    }
    Op.For old = loop.loop();
    Value guarded = out.add(outside.apply(old.lower()), steps(last - 1));
    Value condition = out.compare(ComparePredicate.LT, guarded, outside.apply(old.upper()));
    return out.ifElse(condition, _ -> overlapped(), _ -> asItWas());
  }

  private List<Value> asItWas() {
    return last == 1
        ? loop.loop().inits().stream().map(outside).toList()
        : copy(loop.loop(), loop.loop().operands().stream().map(outside).toList()).results();
  }

  private Value steps(int count) {
    return out.mul(outside.apply(loop.loop().step()), out.i32(count));
  }

  private List<Value> overlapped() {
    Op.For old = loop.loop();
    Value lower = outside.apply(old.lower());
    for (turn = 0; turn < last; turn++) {
      int now = turn;
      induction = stage -> out.add(lower, steps(now - stage));
      turn(0, now);
    }
    turns(lower);
    Value upper = outside.apply(old.upper());
    Value step = outside.apply(old.step());
    for (turn = last + 1; turn <= 2 * last; turn++) {
      int ahead = turn - last;
      induction =
          stage -> {
            Value before = out.sub(out.sub(upper, lower), out.i32(1));
            Value whole = out.mul(out.binary(BinaryKind.DIV, before, step), step);
            return out.add(out.add(lower, whole), steps(ahead - stage));
          };
      turn(ahead, last);
    }
    List<Value> results = new ArrayList<>();
    for (Value value : old.body().yielded()) {
      results.add(madeIn(value, last + stage(value)));
    }
    return results;
  }

  // ---------------------------------------------------------------- the turns in the middle

  /** A value of so many turns ago. */
  private record Carried(Value value, int age) {}

  private void turns(Value lower) {
    Op.For old = loop.loop();
    List<Carried> carried = carried();
    List<Value> inits = carried.stream().map(this::init).toList();
    List<Value> results =
        out.forLoop(
            out.add(lower, steps(last)),
            outside.apply(old.upper()),
            outside.apply(old.step()),
            inits,
            arguments -> {
              turn = last;
              induction = stage -> out.sub(arguments.getFirst(), steps(stage));
              for (int i = 0; i < carried.size(); i++) {
                put(carried.get(i).value(), last - carried.get(i).age(), arguments.get(i + 1));
              }
              turn(0, last);
              return carried.stream().map(c -> madeIn(c.value(), last + 1 - c.age())).toList();
            });
    for (int i = 0; i < carried.size(); i++) {
      put(carried.get(i).value(), last + 1 - carried.get(i).age(), results.get(i));
    }
  }

  /** What later turns use, in the order of the nodes. */
  private List<Carried> carried() {
    Map<Value, Integer> oldest = new LinkedHashMap<>();
    for (int node = 0; node < loop.graph().nodes().size(); node++) {
      for (Op op : loop.ops(node)) {
        for (Value operand : op.operands()) {
          for (LoopDependences.Source source : loop.sources(operand)) {
            int age = schedule.stage(node) + source.distance() - stage(source.value());
            oldest.merge(source.value(), age, Math::max);
          }
        }
      }
    }
    for (Value value : loop.loop().body().yielded()) {
      if (stage(value) == 0) {
        oldest.merge(value, 1, Math::max);
      }
    }
    List<Carried> carried = new ArrayList<>();
    oldest.forEach(
        (value, age) -> {
          for (int i = 1; i <= age; i++) {
            carried.add(new Carried(value, i));
          }
        });
    return carried;
  }

  private Value init(Carried carried) {
    int iteration = last - carried.age() - stage(carried.value());
    return iteration < 0 ? before(carried.value()) : madeIn(carried.value(), last - carried.age());
  }

  /** What the loop begins with in place of what the iteration before the first would have made. */
  private Value before(Value value) {
    return outside.apply(loop.loop().inits().get(loop.loop().body().yielded().indexOf(value)));
  }

  // ---------------------------------------------------------------- one turn

  private int stage(Value value) {
    return schedule.stage(loop.nodeOf(value));
  }

  private void put(Value value, int turnOfIt, Value made) {
    this.made.computeIfAbsent(value, _ -> new HashMap<>()).put(turnOfIt, made);
  }

  private Value madeIn(Value value, int turnOfIt) {
    return Objects.requireNonNull(
        made.getOrDefault(value, Map.of()).get(turnOfIt),
        () -> value + " is not made in turn " + turnOfIt);
  }

  private void turn(int firstStage, int lastStage) {
    again.clear();
    for (int node : schedule.order()) {
      int stage = schedule.stage(node);
      if (firstStage <= stage && stage <= lastStage) {
        for (Op op : loop.ops(node)) {
          out.at(op.location());
          List<Value> operands = op.operands().stream().map(v -> use(v, stage)).toList();
          Op copy = copy(op, operands);
          for (int i = 0; i < op.results().size(); i++) {
            put(op.results().get(i), turn, copy.results().get(i));
          }
        }
      }
    }
    out.at(loop.loop().location());
  }

  /** The value that one is in the iteration that a stage is at. */
  private Value use(Value value, int stage) {
    int carried = loop.loop().carried().indexOf(value);
    if (carried >= 0) {
      Value source = loop.loop().body().yielded().get(carried);
      return turn < last && turn == stage
          ? before(source)
          : madeIn(source, turn - (stage + 1 - stage(source)));
    }
    if (loop.isOfNode(value)) {
      return madeIn(value, turn - (stage - stage(value)));
    }
    if (value.equals(loop.loop().induction())) {
      return again(value, stage, () -> induction.apply(stage));
    }
    return loop.free(value)
        .map(
            op ->
                again(
                    value,
                    stage,
                    () -> {
                      List<Value> operands =
                          op.operands().stream().map(v -> use(v, stage)).toList();
                      return copy(op, operands).results().getFirst();
                    }))
        .orElseGet(() -> outside.apply(value));
  }

  private Value again(Value value, int stage, Supplier<Value> written) {
    Map<Value, Value> known = again.computeIfAbsent(stage, _ -> new HashMap<>());
    Value before = known.get(value);
    if (before != null) {
      return before;
    }
    Value now = written.get();
    known.put(value, now);
    return now;
  }

  /** A copy with values of its own, also for what its regions use from outside the loop. */
  private Op copy(Op op, List<Value> operands) {
    Substitution renamed = new Substitution();
    for (Value value : Traversal.freeValues(op)) {
      if (!outside.apply(value).equals(value)) {
        renamed.replace(value, outside.apply(value));
      }
    }
    Op over = renamed.isEmpty() ? op : renamed.apply(op);
    return RegionCopy.op(over, operands, out);
  }
}
