package dev.tilewright.ir.simplify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.simplify.Identities.Replacement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One sweep of local rewriting: constants are folded, {@link Identities} applied, equal pure
 * operations computed once, loops of no or one iteration and branches with a known condition taken
 * apart, and what a loop carries without changing it named directly.
 */
public final class Simplification implements Rewriter.Rule {

  /** What makes two pure operations equal; results and locations do not count. */
  private record Key(
      Class<?> kind, List<Value> operands, Type result, @Nullable Object attributes) {}

  private final Map<Value, Op> definitions = new HashMap<>();
  private final Identities identities =
      new Identities(value -> Optional.ofNullable(definitions.get(value)));

  /** What was computed in each region from the outermost to the one at hand. */
  private Deque<Map<Key, Value>> scopes = new ArrayDeque<>(List.of(new HashMap<>()));

  private Simplification() {}

  public static KernelFunction run(KernelFunction function) {
    return Rewriter.rewrite(function, new Simplification());
  }

  @Override
  public void rewrite(Op op, Rewriter rewriter) {
    switch (op) {
      case Op.Reduce reduce -> reduce(reduce, rewriter);
      case Op.Pure pure -> pure(pure, rewriter);
      case Op.For loop -> loop(loop, rewriter);
      case Op.While loop -> loop(loop, rewriter);
      case Op.If branch -> branch(branch, rewriter);
      case AsyncOp.Roles roles -> roles(roles, rewriter);
      default -> rewriter.keep(op);
    }
  }

  // ---------------------------------------------------------------- pure operations

  private void pure(Op.Pure original, Rewriter rewriter) {
    Value result = original.result();
    Op.Pure op = original;
    while (true) {
      switch (identities.of(op)) {
        case null -> {
          once(op, rewriter);
          return;
        }
        case Replacement.ByValue(Value value) when !value.type().equals(result.type()) -> {
          // The same number under another layout.
          once(op, rewriter);
          return;
        }
        case Replacement.ByValue(Value value) -> {
          rewriter.replace(result, value);
          return;
        }
        case Replacement.ByConstant(Literal literal) -> {
          once(new Op.Constant(result, literal, op.location()), rewriter);
          return;
        }
        case Replacement.ByOp(Op.Pure simpler) -> op = simpler;
        case Replacement.ByOpWithConstant(Value x, BinaryKind kind, Literal y) -> {
          Value fresh = rewriter.out().fresh(x.type());
          once(new Op.Constant(fresh, y, op.location()), rewriter);
          op = new Op.Binary(result, kind, x, rewriter.map(fresh), op.location());
        }
      }
    }
  }

  /** Writes the operation, unless its equal is there already. */
  private void once(Op.Pure op, Rewriter rewriter) {
    Key key = new Key(op.getClass(), op.operands(), op.result().type(), attributes(op));
    for (Map<Key, Value> scope : scopes) {
      Value known = scope.get(key);
      if (known != null) {
        rewriter.replace(op.result(), known);
        return;
      }
    }
    scopes.getFirst().put(key, op.result());
    definitions.put(op.result(), op);
    rewriter.out().add(op);
  }

  private static @Nullable Object attributes(Op.Pure op) {
    return switch (op) {
      case Op.Constant o -> o.value();
      case Op.Unary o -> o.kind();
      case Op.Binary o -> o.kind();
      case Op.Compare o -> o.predicate();
      case Op.Cast o -> List.of(o.rounding(), o.saturate());
      case Op.Transpose o -> o.permutation();
      case Op.Mma o -> o.instruction();
      case Op.ProgramId o -> o.axis();
      case Op.Fma _, Op.Select _, Op.Iota _, Op.Splat _, Op.Extract _ -> null;
      case Op.Broadcast _ -> null;
      case Op.Reshape _, Op.View _, Op.ConvertLayout _, Op.SharedSlice _ -> null;
      case Op.Reduce _ -> throw new IllegalArgumentException("a reduction has a region");
    };
  }

  /** The combiner is simplified by itself: it stays free of values from outside. */
  private void reduce(Op.Reduce reduce, Rewriter rewriter) {
    Deque<Map<Key, Value>> outside = scopes;
    scopes = new ArrayDeque<>(List.of(new HashMap<>()));
    rewriter.keep(reduce);
    scopes = outside;
  }

  /** Each role computes for itself: what it shares with others travels through arefs. */
  private void roles(AsyncOp.Roles roles, Rewriter rewriter) {
    Deque<Map<Key, Value>> outside = scopes;
    List<Block> bodies = new ArrayList<>();
    for (Block body : roles.bodies()) {
      scopes = new ArrayDeque<>(List.of(new HashMap<>()));
      bodies.add(rewriter.region(body));
    }
    scopes = outside;
    boolean same =
        IntStream.range(0, bodies.size()).allMatch(i -> bodies.get(i) == roles.bodies().get(i));
    rewriter.out().add(same ? roles : roles.with(List.of(), List.of(), bodies));
  }

  private Block region(Block block, Rewriter rewriter) {
    scopes.push(new HashMap<>());
    Block simplified = rewriter.region(block);
    scopes.pop();
    return simplified;
  }

  // ---------------------------------------------------------------- control flow

  private OptionalLong integer(Value value) {
    return definitions.get(value) instanceof Op.Constant constant
            && constant.value() instanceof Literal.Int(long number)
        ? OptionalLong.of(number)
        : OptionalLong.empty();
  }

  private void loop(Op.For loop, Rewriter rewriter) {
    OptionalLong trips = trips(loop);
    if (trips.isPresent() && trips.getAsLong() == 0) {
      rewriter.replace(loop.results(), loop.inits());
      return;
    }
    if (trips.isPresent() && trips.getAsLong() == 1) {
      rewriter.replace(loop.induction(), loop.lower());
      rewriter.replace(loop.carried(), loop.inits());
      rewriter.replace(loop.results(), rewriter.inline(loop.body()));
      return;
    }
    for (int i = 0; i < loop.inits().size(); i++) {
      Value init = loop.inits().get(i);
      Value carried = loop.carried().get(i);
      Value next = loop.body().yielded().get(i);
      boolean unchanged = next.equals(carried) || rewriter.map(next).equals(init);
      if (unchanged && init.type().equals(carried.type())) {
        // The slot that is left over is dead.
        rewriter.replace(carried, init);
        rewriter.replace(loop.results().get(i), init);
      }
    }
    // Arguments themselves stay; only uses are replaced.
    Block body = region(loop.body(), rewriter);
    Block kept = new Block(loop.body().arguments(), body.ops());
    rewriter
        .out()
        .add(
            body == loop.body() ? loop : loop.with(loop.operands(), loop.results(), List.of(kept)));
  }

  private void loop(Op.While loop, Rewriter rewriter) {
    Block before = loop.condition();
    for (int i = 0; i < loop.inits().size(); i++) {
      Value init = loop.inits().get(i);
      Value carried = loop.body().arguments().get(i);
      Value next = loop.body().yielded().get(i);
      boolean unchanged = next.equals(carried) || rewriter.map(next).equals(init);
      if (unchanged && init.type().equals(carried.type())) {
        // The slot that is left over is dead.
        rewriter.replace(before.arguments().get(i), init);
        rewriter.replace(carried, init);
        rewriter.replace(loop.results().get(i), init);
      }
    }
    // Arguments themselves stay; only uses are replaced.
    Block condition = region(before, rewriter);
    OptionalLong decision = integer(condition.yielded().getFirst());
    if (decision.isPresent() && decision.getAsLong() == 0) {
      // It never runs, and the condition only computes.
      for (int i = 0; i < loop.inits().size(); i++) {
        Value result = loop.results().get(i);
        if (rewriter.map(result).equals(result)) {
          rewriter.replace(result, loop.inits().get(i));
        }
      }
      return;
    }
    Block body = region(loop.body(), rewriter);
    boolean same = condition == before && body == loop.body();
    rewriter
        .out()
        .add(
            same
                ? loop
                : loop.with(
                    loop.operands(),
                    loop.results(),
                    List.of(
                        new Block(before.arguments(), condition.ops()),
                        new Block(loop.body().arguments(), body.ops()))));
  }

  private OptionalLong trips(Op.For loop) {
    if (loop.lower().equals(loop.upper())) {
      return OptionalLong.of(0);
    }
    OptionalLong lower = integer(loop.lower());
    OptionalLong upper = integer(loop.upper());
    OptionalLong step = integer(loop.step());
    if (lower.isEmpty() || upper.isEmpty() || step.isEmpty() || step.getAsLong() <= 0) {
      return OptionalLong.empty();
    }
    long span = Math.max(0, upper.getAsLong() - lower.getAsLong());
    return OptionalLong.of(Math.ceilDiv(span, step.getAsLong()));
  }

  private void branch(Op.If branch, Rewriter rewriter) {
    OptionalLong condition = integer(branch.condition());
    if (condition.isPresent()) {
      Block taken = condition.getAsLong() != 0 ? branch.thenBlock() : branch.elseBlock();
      rewriter.replace(branch.results(), rewriter.inline(taken));
      return;
    }
    Block thenBlock = region(branch.thenBlock(), rewriter);
    Block elseBlock = region(branch.elseBlock(), rewriter);
    boolean same = thenBlock == branch.thenBlock() && elseBlock == branch.elseBlock();
    rewriter
        .out()
        .add(
            same
                ? branch
                : branch.with(branch.operands(), branch.results(), List.of(thenBlock, elseBlock)));
    List<Value> results = new ArrayList<>(branch.results());
    for (int i = 0; i < results.size(); i++) {
      Value yielded = thenBlock.yielded().get(i);
      // Both name one value, which therefore was defined before the branch.
      if (yielded.equals(elseBlock.yielded().get(i))
          && yielded.type().equals(results.get(i).type())) {
        rewriter.replace(results.get(i), yielded);
      }
    }
  }
}
