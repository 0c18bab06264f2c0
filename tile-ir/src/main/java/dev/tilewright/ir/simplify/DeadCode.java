package dev.tilewright.ir.simplify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Removes what nothing needs: operations without effect whose results are unused, loops and
 * branches of which only such is left, and values that a loop carries or a branch hands out for
 * nobody. A value that only its own next value depends on is unused, too.
 */
public final class DeadCode {
  private final Set<Value> live = new HashSet<>();
  private boolean grown;

  private DeadCode() {}

  public static KernelFunction remove(KernelFunction function) {
    DeadCode analysis = new DeadCode();
    do {
      analysis.grown = false;
      analysis.mark(function.body());
    } while (analysis.grown);
    return function.withBody(analysis.sweep(function.body()));
  }

  // ---------------------------------------------------------------- what is needed

  private void need(Value value) {
    grown |= live.add(value);
  }

  private void need(List<Value> values) {
    values.forEach(this::need);
  }

  private boolean isLive(Op op) {
    return hasEffect(op) || op.results().stream().anyMatch(live::contains);
  }

  private static boolean hasEffect(Op op) {
    return Traversal.ops(op)
        .anyMatch(
            inner ->
                switch (inner) {
                  case Op.Effect _ -> true;
                  case AsyncOp.Roles _, AsyncOp.ArefCreate _, AsyncOp.MbarrierCreate _ -> false;
                  // Among the products, too: waits count them.
                  case AsyncOp _ -> true;
                  case WorkspaceOp.AddKept _ -> false;
                  case WorkspaceOp _ -> true;
                  default -> false;
                });
  }

  /** One pass backwards; what loops carry may need another. */
  private void mark(Block block) {
    for (Op op : block.ops().reversed()) {
      if (!isLive(op)) {
        continue;
      }
      switch (op) {
        case Op.For loop -> {
          need(List.of(loop.lower(), loop.upper(), loop.step()));
          for (int i = 0; i < loop.results().size(); i++) {
            if (carries(loop, i)) {
              need(loop.inits().get(i));
              need(loop.body().yielded().get(i));
            }
          }
          mark(loop.body());
        }
        case Op.While loop -> {
          need(loop.decision());
          for (int i = 0; i < loop.results().size(); i++) {
            if (carries(loop, i)) {
              need(loop.inits().get(i));
              need(loop.body().yielded().get(i));
            }
          }
          mark(loop.body());
          mark(loop.condition());
        }
        case Op.If branch -> {
          need(branch.condition());
          for (int i = 0; i < branch.results().size(); i++) {
            if (live.contains(branch.results().get(i))) {
              need(branch.thenBlock().yielded().get(i));
              need(branch.elseBlock().yielded().get(i));
            }
          }
          mark(branch.thenBlock());
          mark(branch.elseBlock());
        }
        case AsyncOp.Roles roles -> roles.bodies().forEach(this::mark);
        default -> {
          need(op.operands());
          // The combiner of a reduction, whole.
          Traversal.ops(op).forEach(inner -> need(inner.operands()));
        }
      }
    }
  }

  private boolean carries(Op.For loop, int i) {
    return live.contains(loop.results().get(i)) || live.contains(loop.carried().get(i));
  }

  private boolean carries(Op.While loop, int i) {
    return live.contains(loop.results().get(i))
        || live.contains(loop.condition().arguments().get(i))
        || live.contains(loop.body().arguments().get(i));
  }

  // ---------------------------------------------------------------- what is left

  private Block sweep(Block block) {
    List<Op> ops = new ArrayList<>(block.ops().size());
    boolean same = true;
    for (Op op : block.ops()) {
      if (op instanceof Op.Yield) {
        ops.add(op);
      } else if (isLive(op)) {
        Op swept = sweep(op);
        same &= swept == op;
        ops.add(swept);
      } else {
        same = false;
      }
    }
    return same ? block : new Block(block.arguments(), ops);
  }

  private Op sweep(Op op) {
    return switch (op) {
      case Op.For loop -> {
        int[] kept =
            IntStream.range(0, loop.results().size()).filter(i -> carries(loop, i)).toArray();
        Block body = sweep(loop.body());
        if (kept.length == loop.results().size()) {
          yield body == loop.body()
              ? loop
              : loop.with(loop.operands(), loop.results(), List.of(body));
        }
        List<Value> arguments = new ArrayList<>(List.of(loop.induction()));
        arguments.addAll(pick(loop.carried(), kept));
        yield new Op.For(
            pick(loop.results(), kept),
            loop.lower(),
            loop.upper(),
            loop.step(),
            pick(loop.inits(), kept),
            yielding(new Block(arguments, body.ops()), kept),
            loop.location());
      }
      case Op.While loop -> {
        int[] kept =
            IntStream.range(0, loop.results().size()).filter(i -> carries(loop, i)).toArray();
        Block condition = sweep(loop.condition());
        Block body = sweep(loop.body());
        if (kept.length == loop.results().size()) {
          yield condition == loop.condition() && body == loop.body()
              ? loop
              : loop.with(loop.operands(), loop.results(), List.of(condition, body));
        }
        yield new Op.While(
            pick(loop.results(), kept),
            pick(loop.inits(), kept),
            new Block(pick(condition.arguments(), kept), condition.ops()),
            yielding(new Block(pick(body.arguments(), kept), body.ops()), kept),
            loop.location());
      }
      case Op.If branch -> {
        int[] kept =
            IntStream.range(0, branch.results().size())
                .filter(i -> live.contains(branch.results().get(i)))
                .toArray();
        Block thenBlock = sweep(branch.thenBlock());
        Block elseBlock = sweep(branch.elseBlock());
        if (kept.length == branch.results().size()) {
          yield thenBlock == branch.thenBlock() && elseBlock == branch.elseBlock()
              ? branch
              : branch.with(branch.operands(), branch.results(), List.of(thenBlock, elseBlock));
        }
        yield new Op.If(
            pick(branch.results(), kept),
            branch.condition(),
            yielding(thenBlock, kept),
            yielding(elseBlock, kept),
            branch.location());
      }
      case AsyncOp.Roles roles -> {
        List<Block> bodies = roles.bodies().stream().map(this::sweep).toList();
        boolean same =
            IntStream.range(0, bodies.size()).allMatch(i -> bodies.get(i) == roles.bodies().get(i));
        yield same ? roles : roles.with(List.of(), List.of(), bodies);
      }
      default -> op;
    };
  }

  private static List<Value> pick(List<Value> values, int[] kept) {
    return IntStream.of(kept).mapToObj(values::get).toList();
  }

  private static Block yielding(Block block, int[] kept) {
    List<Op> ops = new ArrayList<>(block.ops());
    Op.Yield yield = (Op.Yield) ops.removeLast();
    ops.add(new Op.Yield(pick(yield.values(), kept), yield.location()));
    return new Block(block.arguments(), ops);
  }
}
