package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Addresses that grow by the same amount in every iteration of a loop become values that the loop
 * carries: computed once before it, then bumped (Cooper, Simpson and Vick, "Operator Strength
 * Reduction", 2001, for structured loops, where the induction variable is plain to see).
 *
 * <p>Reduced are {@code i64} values, which global addresses are, and {@code i32} values that shared
 * accesses take as addresses. An {@code i32} that is widened on the way is a coordinate; its
 * arithmetic is taken to be without overflow, as tile IR promises for coordinates.
 */
final class ReduceStrength {
  private final ThreadBuilder fresh;
  private final Definitions definitions;

  private ReduceStrength(ThreadFunction function) {
    fresh = new ThreadBuilder(function.nextId());
    definitions = new Definitions(function.nextId());
  }

  static ThreadFunction run(ThreadFunction function) {
    return function.withBody(new ReduceStrength(function).sweep(function.body()));
  }

  private ThreadBlock sweep(ThreadBlock block) {
    List<ThreadOp> ops = new ArrayList<>(block.ops().size());
    for (ThreadOp op : block.ops()) {
      if (op instanceof ThreadOp.Pure pure) {
        definitions.add(pure);
      }
      if (op instanceof ThreadOp.For loop) {
        ThreadBlock body = sweep(loop.body());
        ops.addAll(reduce(loop.with(loop.operands(), loop.results(), List.of(body))));
      } else if (op.regions().isEmpty()) {
        ops.add(op);
      } else {
        List<ThreadBlock> regions = op.regions().stream().map(this::sweep).toList();
        ops.add(op.with(op.operands(), op.results(), regions));
      }
    }
    return new ThreadBlock(block.arguments(), ops);
  }

  // ---------------------------------------------------------------- one loop

  private List<ThreadOp> reduce(ThreadOp.For loop) {
    BitSet local = new BitSet();
    loop.body().arguments().forEach(argument -> local.set(argument.id()));
    loop.body().ops().forEach(op -> op.results().forEach(result -> local.set(result.id())));
    BitSet linear = new BitSet();
    linear.set(loop.induction().id());
    for (ThreadOp op : loop.body().ops()) {
      if (op instanceof ThreadOp.Pure pure && isLinear(pure, linear, local)) {
        linear.set(pure.result().id());
      }
    }
    List<ThreadValue> reduced = candidates(loop, linear);
    return reduced.isEmpty() ? List.of(loop) : carry(loop, reduced, linear);
  }

  /** Whether the result is {@code a + b · induction} with a and b that the loop does not change. */
  private static boolean isLinear(ThreadOp.Pure op, BitSet linear, BitSet local) {
    return switch (op) {
      case ThreadOp.Binary b -> {
        boolean x = linear.get(b.x().id());
        boolean y = linear.get(b.y().id());
        boolean xFixed = !local.get(b.x().id());
        boolean yFixed = !local.get(b.y().id());
        boolean wide = isAddress(b.result().type());
        yield wide
            && switch (b.kind()) {
              case ADD, SUB -> (x || y) && (x || xFixed) && (y || yFixed);
              case MUL -> (x && yFixed) || (y && xFixed);
              case SHL -> x && yFixed;
              case DIV, REM, MIN, MAX, AND, OR, XOR, SHR -> false;
            };
      }
      case ThreadOp.Convert c ->
          linear.get(c.x().id())
              && c.x().type().equals(ThreadType.I32)
              && c.result().type().equals(ThreadType.I64);
      case ThreadOp.Constant _,
          ThreadOp.Special _,
          ThreadOp.Unary _,
          ThreadOp.Fma _,
          ThreadOp.Compare _,
          ThreadOp.Select _,
          ThreadOp.Bitcast _,
          ThreadOp.BytePermute _,
          ThreadOp.ByteLookup _,
          ThreadOp.FunnelShift _,
          ThreadOp.Build _,
          ThreadOp.Extract _,
          ThreadOp.MatrixDescriptor _ ->
          false;
    };
  }

  private static boolean isAddress(ThreadType type) {
    return type.equals(ThreadType.I32) || type.equals(ThreadType.I64);
  }

  /** The linear values that something else than another linear value needs, in program order. */
  private static List<ThreadValue> candidates(ThreadOp.For loop, BitSet linear) {
    BitSet wanted = new BitSet();
    collect(loop.body(), linear, wanted);
    List<ThreadValue> found = new ArrayList<>();
    for (ThreadOp op : loop.body().ops()) {
      if (op instanceof ThreadOp.Pure pure && wanted.get(pure.result().id())) {
        found.add(pure.result());
      }
    }
    return found;
  }

  private static void collect(ThreadBlock block, BitSet linear, BitSet wanted) {
    for (ThreadOp op : block.ops()) {
      boolean absorbed = op instanceof ThreadOp.Pure pure && linear.get(pure.result().id());
      if (!absorbed) {
        List<ThreadValue> operands = op.operands();
        for (int i = 0; i < operands.size(); i++) {
          ThreadValue operand = operands.get(i);
          boolean address =
              operand.type().equals(ThreadType.I64) || op.sharedOperands().contains(i);
          if (address && linear.get(operand.id())) {
            wanted.set(operand.id());
          }
        }
      }
      op.regions().forEach(region -> collect(region, linear, wanted));
    }
  }

  private List<ThreadOp> carry(ThreadOp.For loop, List<ThreadValue> reduced, BitSet linear) {
    List<ThreadOp> before = new ArrayList<>();
    Rates rates = new Rates(loop, linear, before);
    List<ThreadValue> inits = new ArrayList<>(loop.inits());
    List<ThreadValue> arguments = new ArrayList<>(loop.body().arguments());
    List<ThreadValue> results = new ArrayList<>(loop.results());
    List<ThreadOp> body = new ArrayList<>();
    List<ThreadValue> next = new ArrayList<>(loop.body().yielded());
    Map<Integer, ThreadValue> carried = new HashMap<>();
    List<ThreadOp> bumps = new ArrayList<>();
    for (ThreadValue value : reduced) {
      ThreadValue argument = fresh.fresh(value.type());
      carried.put(value.id(), argument);
      arguments.add(argument);
      results.add(fresh.fresh(value.type()));
      inits.add(rates.atStart(value));
      ThreadValue bumped = fresh.fresh(value.type());
      next.add(bumped);
      bumps.add(
          new ThreadOp.Binary(
              bumped, BinaryKind.ADD, argument, rates.perIteration(value), loop.location()));
    }
    for (ThreadOp op : loop.body().ops()) {
      boolean replaced =
          op instanceof ThreadOp.Pure pure && carried.containsKey(pure.result().id());
      if (op instanceof ThreadOp.Yield yield) {
        body.addAll(bumps);
        List<ThreadValue> values = new ArrayList<>(substitute(next, carried));
        body.add(new ThreadOp.Yield(values, yield.location()));
      } else if (!replaced) {
        body.add(substitute(op, carried));
      }
    }
    List<ThreadOp> all = new ArrayList<>(before);
    all.add(
        new ThreadOp.For(
            results,
            loop.lower(),
            loop.upper(),
            loop.step(),
            inits,
            new ThreadBlock(arguments, body),
            loop.location()));
    return all;
  }

  private static List<ThreadValue> substitute(
      List<ThreadValue> values, Map<Integer, ThreadValue> carried) {
    return values.stream().map(v -> carried.getOrDefault(v.id(), v)).toList();
  }

  private static ThreadOp substitute(ThreadOp op, Map<Integer, ThreadValue> carried) {
    List<ThreadBlock> regions =
        op.regions().stream()
            .map(
                region ->
                    new ThreadBlock(
                        region.arguments(),
                        region.ops().stream().map(inner -> substitute(inner, carried)).toList()))
            .toList();
    return op.with(substitute(op.operands(), carried), op.results(), regions);
  }

  // ---------------------------------------------------------------- before the loop

  /** Computes before a loop where its linear values start and how far each iteration moves them. */
  private final class Rates {
    private final ThreadOp.For loop;
    private final BitSet linear;
    private final List<ThreadOp> before;
    private final Map<Integer, ThreadValue> starts = new LinkedHashMap<>();
    private final Map<Integer, ThreadValue> rates = new LinkedHashMap<>();

    Rates(ThreadOp.For loop, BitSet linear, List<ThreadOp> before) {
      this.loop = loop;
      this.linear = linear;
      this.before = before;
    }

    private ThreadValue write(ThreadOp.Pure op) {
      before.add(op);
      definitions.add(op);
      return op.result();
    }

    private ThreadValue binary(BinaryKind kind, ThreadValue x, ThreadValue y) {
      return write(new ThreadOp.Binary(fresh.fresh(x.type()), kind, x, y, loop.location()));
    }

    private ThreadValue number(ThreadType type, long value) {
      return write(new ThreadOp.Constant(fresh.fresh(type), Literal.of(value), loop.location()));
    }

    private ThreadOp.Pure definition(ThreadValue value) {
      ThreadOp.Pure definition = definitions.of(value);
      if (definition == null) {
        throw new IllegalStateException(value + " is linear but has no definition");
      }
      return definition;
    }

    /** The value in the first iteration. */
    ThreadValue atStart(ThreadValue value) {
      if (value.equals(loop.induction())) {
        return loop.lower();
      }
      if (!linear.get(value.id())) {
        return value;
      }
      ThreadValue known = starts.get(value.id());
      if (known == null) {
        ThreadOp.Pure op = definition(value);
        List<ThreadValue> operands = op.operands().stream().map(this::atStart).toList();
        ThreadValue result = fresh.fresh(value.type());
        known = write((ThreadOp.Pure) op.with(operands, List.of(result), List.of()));
        starts.put(value.id(), known);
      }
      return known;
    }

    /** What an iteration adds to the value. */
    ThreadValue perIteration(ThreadValue value) {
      if (value.equals(loop.induction())) {
        return loop.step();
      }
      ThreadValue known = rates.get(value.id());
      if (known == null) {
        known =
            switch (definition(value)) {
              case ThreadOp.Binary b -> rate(b);
              case ThreadOp.Convert c -> widened(perIteration(c.x()), c);
              default -> throw new IllegalStateException(value + " is not linear");
            };
        rates.put(value.id(), known);
      }
      return known;
    }

    private ThreadValue rate(ThreadOp.Binary op) {
      boolean x = linear.get(op.x().id());
      boolean y = linear.get(op.y().id());
      return switch (op.kind()) {
        case ADD -> {
          if (x && y) {
            yield binary(BinaryKind.ADD, perIteration(op.x()), perIteration(op.y()));
          }
          yield perIteration(x ? op.x() : op.y());
        }
        case SUB -> {
          ThreadValue from = x ? perIteration(op.x()) : number(op.result().type(), 0);
          yield y ? binary(BinaryKind.SUB, from, perIteration(op.y())) : from;
        }
        case MUL ->
            x
                ? binary(BinaryKind.MUL, perIteration(op.x()), op.y())
                : binary(BinaryKind.MUL, op.x(), perIteration(op.y()));
        case SHL -> binary(BinaryKind.SHL, perIteration(op.x()), op.y());
        case DIV, REM, MIN, MAX, AND, OR, XOR, SHR ->
            throw new IllegalStateException(op.kind() + " is not linear");
      };
    }

    private ThreadValue widened(ThreadValue rate, ThreadOp.Convert op) {
      ThreadValue result = fresh.fresh(ThreadType.I64);
      return write((ThreadOp.Pure) op.with(List.of(rate), List.of(result), List.of()));
    }
  }
}
