package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Removes what no effect depends on: operations, the values that branches yield in vain, and the
 * values that a loop carries only to compute their own successors.
 */
final class RemoveDead {
  private final @Nullable Runnable[] demands;
  private final BitSet live = new BitSet();
  private final Deque<Integer> pending = new ArrayDeque<>();

  private RemoveDead(int size) {
    demands = new @Nullable Runnable[size];
  }

  static ThreadFunction run(ThreadFunction function) {
    RemoveDead pass = new RemoveDead(function.nextId());
    pass.scan(function.body());
    while (!pass.pending.isEmpty()) {
      Runnable demand = pass.demands[pass.pending.pop()];
      if (demand != null) {
        demand.run();
      }
    }
    return function.withBody(pass.sweep(function.body()));
  }

  private void need(ThreadValue value) {
    if (!live.get(value.id())) {
      live.set(value.id());
      pending.push(value.id());
    }
  }

  private void needAll(List<ThreadValue> values) {
    values.forEach(this::need);
  }

  // ---------------------------------------------------------------- what depends on what

  /** Notes what each value needs; returns whether the block has an effect. */
  private boolean scan(ThreadBlock block) {
    boolean effect = false;
    for (ThreadOp op : block.ops()) {
      effect |=
          switch (op) {
            case ThreadOp.Effect _ -> {
              needAll(op.operands());
              yield true;
            }
            case ThreadOp.For loop -> scan(loop);
            case ThreadOp.While loop -> scan(loop);
            case ThreadOp.If branch -> scan(branch);
            case AsyncThreadOp.Partial partial -> scan(partial);
            case ThreadOp.Pure _,
                ThreadOp.GlobalLoad _,
                ThreadOp.SharedLoad _,
                ThreadOp.LoadMatrix _,
                ThreadOp.Mma _,
                ThreadOp.ShuffleXor _,
                ThreadOp.ShuffleIndex _ -> {
              op.results().forEach(result -> demands[result.id()] = () -> needAll(op.operands()));
              yield false;
            }
            case ThreadOp.Yield _ -> false;
          };
    }
    return effect;
  }

  /** Roles meet, which is an effect. */
  private boolean scan(AsyncThreadOp.Partial partial) {
    boolean effect = partial instanceof AsyncThreadOp.Roles;
    for (ThreadBlock region : partial.regions()) {
      effect |= scan(region);
    }
    return effect;
  }

  private boolean scan(ThreadOp.For loop) {
    boolean effect = scan(loop.body());
    List<ThreadValue> bounds = List.of(loop.lower(), loop.upper(), loop.step());
    if (effect) {
      needAll(bounds);
    }
    List<ThreadValue> yielded = loop.body().yielded();
    for (int i = 0; i < loop.results().size(); i++) {
      ThreadValue init = loop.inits().get(i);
      ThreadValue next = yielded.get(i);
      ThreadValue argument = loop.carried().get(i);
      ThreadValue result = loop.results().get(i);
      Runnable demand =
          () -> {
            need(init);
            need(next);
            need(argument);
            needAll(bounds);
          };
      demands[argument.id()] = demand;
      demands[result.id()] = demand;
    }
    return effect;
  }

  private boolean scan(ThreadOp.While loop) {
    boolean effect = scan(loop.condition()) | scan(loop.body());
    if (effect) {
      need(loop.decision());
    }
    for (int i = 0; i < loop.results().size(); i++) {
      ThreadValue init = loop.inits().get(i);
      ThreadValue next = loop.body().yielded().get(i);
      ThreadValue argument = loop.body().arguments().get(i);
      ThreadValue decided = loop.condition().arguments().get(i);
      ThreadValue result = loop.results().get(i);
      Runnable demand =
          () -> {
            needAll(List.of(init, next, argument));
            need(loop.decision());
          };
      demands[argument.id()] = demand;
      demands[decided.id()] = demand;
      demands[result.id()] = demand;
    }
    return effect;
  }

  private boolean scan(ThreadOp.If branch) {
    boolean effect = scan(branch.thenBlock()) | scan(branch.elseBlock());
    if (effect) {
      need(branch.condition());
    }
    for (int i = 0; i < branch.results().size(); i++) {
      ThreadValue then = branch.thenBlock().yielded().get(i);
      ThreadValue otherwise = branch.elseBlock().yielded().get(i);
      demands[branch.results().get(i).id()] =
          () -> {
            need(then);
            need(otherwise);
            need(branch.condition());
          };
    }
    return effect;
  }

  // ---------------------------------------------------------------- what remains

  private boolean isLive(ThreadValue value) {
    return live.get(value.id());
  }

  private ThreadBlock sweep(ThreadBlock block) {
    List<ThreadOp> ops = new ArrayList<>();
    for (ThreadOp op : block.ops()) {
      switch (op) {
        case ThreadOp.For loop -> {
          ThreadOp.For rest = sweep(loop);
          if (!rest.results().isEmpty() || rest.body().ops().size() > 1) {
            ops.add(rest);
          }
        }
        case ThreadOp.While loop -> {
          ThreadOp.While rest = sweep(loop);
          if (!rest.results().isEmpty() || rest.body().ops().size() > 1) {
            ops.add(rest);
          }
        }
        case ThreadOp.If branch -> {
          ThreadOp.If rest = sweep(branch);
          if (!rest.results().isEmpty()
              || rest.thenBlock().ops().size() > 1
              || rest.elseBlock().ops().size() > 1) {
            ops.add(rest);
          }
        }
        case AsyncThreadOp.Partial partial -> {
          List<ThreadBlock> rest = partial.regions().stream().map(this::sweep).toList();
          if (partial instanceof AsyncThreadOp.Roles || rest.getFirst().ops().size() > 1) {
            ops.add(partial.with(List.of(), List.of(), rest));
          }
        }
        case ThreadOp.Effect _, ThreadOp.Yield _ -> ops.add(op);
        case ThreadOp.Pure _,
            ThreadOp.GlobalLoad _,
            ThreadOp.SharedLoad _,
            ThreadOp.LoadMatrix _,
            ThreadOp.Mma _,
            ThreadOp.ShuffleXor _,
            ThreadOp.ShuffleIndex _ -> {
          if (op.results().stream().anyMatch(this::isLive)) {
            ops.add(op);
          }
        }
      }
    }
    return new ThreadBlock(block.arguments(), ops);
  }

  private ThreadOp.For sweep(ThreadOp.For loop) {
    List<Integer> kept =
        IntStream.range(0, loop.results().size())
            .filter(i -> isLive(loop.carried().get(i)) || isLive(loop.results().get(i)))
            .boxed()
            .toList();
    List<ThreadValue> arguments = new ArrayList<>(List.of(loop.induction()));
    arguments.addAll(pick(loop.carried(), kept));
    ThreadBlock body = sweep(loop.body());
    return new ThreadOp.For(
        pick(loop.results(), kept),
        loop.lower(),
        loop.upper(),
        loop.step(),
        pick(loop.inits(), kept),
        new ThreadBlock(arguments, yielding(body, kept).ops()),
        loop.location());
  }

  private ThreadOp.While sweep(ThreadOp.While loop) {
    List<Integer> kept =
        IntStream.range(0, loop.results().size())
            .filter(i -> isLive(loop.body().arguments().get(i)) || isLive(loop.results().get(i)))
            .boxed()
            .toList();
    ThreadBlock condition = loop.condition();
    ThreadBlock body = loop.body();
    return new ThreadOp.While(
        pick(loop.results(), kept),
        pick(loop.inits(), kept),
        new ThreadBlock(pick(condition.arguments(), kept), sweep(condition).ops()),
        new ThreadBlock(pick(body.arguments(), kept), yielding(sweep(body), kept).ops()),
        loop.location());
  }

  private ThreadOp.If sweep(ThreadOp.If branch) {
    List<Integer> kept =
        IntStream.range(0, branch.results().size())
            .filter(i -> isLive(branch.results().get(i)))
            .boxed()
            .toList();
    return new ThreadOp.If(
        pick(branch.results(), kept),
        branch.condition(),
        yielding(sweep(branch.thenBlock()), kept),
        yielding(sweep(branch.elseBlock()), kept),
        branch.location());
  }

  private static List<ThreadValue> pick(List<ThreadValue> values, List<Integer> kept) {
    return kept.stream().map(values::get).toList();
  }

  private static ThreadBlock yielding(ThreadBlock block, List<Integer> kept) {
    List<ThreadOp> ops = new ArrayList<>(block.ops());
    if (ops.getLast() instanceof ThreadOp.Yield yield) {
      ops.set(ops.size() - 1, new ThreadOp.Yield(pick(yield.values(), kept), yield.location()));
    }
    return new ThreadBlock(block.arguments(), ops);
  }
}
