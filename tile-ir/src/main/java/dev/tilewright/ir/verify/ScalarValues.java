package dev.tilewright.ir.verify;

import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.interpret.IntArithmetic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Integer scalars of one block at a launch with given sizes. Of what is not known (scalars that are
 * passed, what tiles tell) loops iterate a given number of times, and conditions hold or do not.
 */
final class ScalarValues {
  private final Map<Value, Long> values;
  private final int unknownTrips;
  private final boolean unknownCondition;

  /** Whether one of the two was needed, here or in a copy. */
  private final AtomicBoolean guessed;

  private ScalarValues(
      Map<Value, Long> values, AtomicBoolean guessed, int unknownTrips, boolean unknownCondition) {
    this.values = values;
    this.guessed = guessed;
    this.unknownTrips = unknownTrips;
    this.unknownCondition = unknownCondition;
  }

  /**
   * The first block, up to the end of its body, its regions left out.
   *
   * @param size of every dimension, or the next multiple of its divisor
   */
  static ScalarValues of(
      KernelFunction function, long size, int unknownTrips, boolean unknownCondition) {
    ScalarValues scalars =
        new ScalarValues(new HashMap<>(), new AtomicBoolean(), unknownTrips, unknownCondition);
    for (Parameter parameter : function.parameters()) {
      if (parameter instanceof Parameter.Dimension dimension) {
        scalars.put(
            dimension.value(),
            Math.ceilDiv(size, (long) dimension.divisor()) * dimension.divisor());
      }
    }
    scalars.enter(function.body());
    return scalars;
  }

  /** What stands before the roles, wherever they are: of loops around them the first iteration. */
  private void enter(Block block) {
    for (Op op : block.ops()) {
      execute(op);
      if (op instanceof Op.For loop) {
        move(List.of(loop.induction()), List.of(loop.lower()));
      }
      if (op instanceof Op.While loop) {
        move(loop.condition().arguments(), loop.inits());
        move(loop.body().arguments(), loop.inits());
      }
      if (!(op instanceof Op.Reduce)) {
        op.regions().forEach(this::enter);
      }
    }
  }

  ScalarValues copy() {
    return new ScalarValues(new HashMap<>(values), guessed, unknownTrips, unknownCondition);
  }

  /** Whether something was not known that was asked for. */
  boolean guessed() {
    return guessed.get();
  }

  OptionalLong of(Value value) {
    Long known = values.get(value);
    return known == null ? OptionalLong.empty() : OptionalLong.of(known);
  }

  void put(Value value, long content) {
    values.put(value, content);
  }

  void move(List<Value> targets, List<Value> sources) {
    List<OptionalLong> contents = new ArrayList<>();
    sources.forEach(source -> contents.add(of(source)));
    for (int i = 0; i < targets.size(); i++) {
      if (contents.get(i).isPresent()) {
        put(targets.get(i), contents.get(i).getAsLong());
      } else {
        values.remove(targets.get(i));
      }
    }
  }

  long trips(Op.For loop) {
    OptionalLong lower = of(loop.lower());
    OptionalLong upper = of(loop.upper());
    OptionalLong step = of(loop.step());
    boolean known =
        lower.isPresent() && upper.isPresent() && step.isPresent() && step.getAsLong() > 0;
    if (!known) {
      guessed.set(true);
    }
    return known
        ? Math.ceilDiv(Math.max(0, upper.getAsLong() - lower.getAsLong()), step.getAsLong())
        : unknownTrips;
  }

  /**
   * Whether the loop runs once more after so many iterations, its condition having been executed.
   */
  boolean holds(Op.While loop, int iterations) {
    OptionalLong decision = of(loop.decision());
    if (decision.isEmpty()) {
      guessed.set(true);
    }
    return decision.isPresent() ? decision.getAsLong() != 0 : iterations < unknownTrips;
  }

  boolean holds(Op.If branch) {
    OptionalLong condition = of(branch.condition());
    if (condition.isEmpty()) {
      guessed.set(true);
    }
    return condition.isPresent() ? condition.getAsLong() != 0 : unknownCondition;
  }

  /** What the operation computes, if it is an integer scalar and its operands are known. */
  void execute(Op op) {
    OptionalLong result =
        op instanceof Op.Pure pure
                && pure.result().type() instanceof Type.Scalar(IntType _)
                && pure.operands().stream().allMatch(values::containsKey)
            ? compute(pure)
            : OptionalLong.empty();
    for (Value defined : op.results()) {
      values.remove(defined);
    }
    if (result.isPresent()) {
      put(op.results().getFirst(), result.getAsLong());
    }
  }

  private OptionalLong compute(Op.Pure op) {
    long[] x = op.operands().stream().mapToLong(v -> of(v).orElseThrow()).toArray();
    IntType type = (IntType) op.result().type().dtype();
    return switch (op) {
      case Op.Constant(var _, Literal.Int(long value), var _) -> OptionalLong.of(value);
      case Op.ProgramId _ -> OptionalLong.of(0);
      case Op.Unary o -> OptionalLong.of(IntArithmetic.unary(o.kind(), type, x[0]));
      case Op.Binary o when divides(o) && x[1] == 0 -> OptionalLong.empty();
      case Op.Binary o -> OptionalLong.of(IntArithmetic.binary(o.kind(), type, x[0], x[1]));
      case Op.Compare o when o.x().type().dtype() instanceof IntType of ->
          OptionalLong.of(IntArithmetic.compare(o.predicate(), of, x[0], x[1]) ? -1 : 0);
      case Op.Select _ -> OptionalLong.of(x[0] != 0 ? x[1] : x[2]);
      case Op.Cast o when o.x().type().dtype() instanceof IntType from ->
          OptionalLong.of(IntArithmetic.cast(from, x[0], type, o.saturate()));
      default -> OptionalLong.empty();
    };
  }

  private static boolean divides(Op.Binary op) {
    return op.kind() == BinaryKind.DIV || op.kind() == BinaryKind.REM;
  }
}
