package dev.tilewright.ir.thread;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * How many 32-bit registers a thread has in use at once, at most, if operations run in their order.
 *
 * <p>An estimate: an assembler reorders, recomputes and shares registers. Constants are taken to be
 * immediate, conditions to lie in predicate registers, and everything else to fill whole registers
 * of its own.
 */
public final class RegisterEstimate {
  private final Set<ThreadValue> constants = new HashSet<>();
  private int most;

  private RegisterEstimate() {}

  /** The greatest number over all places of the function. */
  public static int of(ThreadFunction function) {
    RegisterEstimate estimate = new RegisterEstimate();
    estimate.collectConstants(function.body());
    estimate.before(function.body(), Set.of());
    return estimate.most;
  }

  private void collectConstants(ThreadBlock block) {
    for (ThreadOp op : block.ops()) {
      if (op instanceof ThreadOp.Constant constant) {
        constants.add(constant.result());
      }
      op.regions().forEach(this::collectConstants);
    }
  }

  /** What is in use before a block, its arguments included, given what is in use after it. */
  private Set<ThreadValue> before(ThreadBlock block, Set<ThreadValue> after) {
    Set<ThreadValue> live = new LinkedHashSet<>(after);
    for (ThreadOp op : block.ops().reversed()) {
      use(live, op.results());
      count(live);
      op.results().forEach(live::remove);
      switch (op) {
        case ThreadOp.For loop -> {
          // What the body reads from outside is in use all the time, for the next turn; so is what
          // the loop itself counts with.
          live.addAll(enclosing(loop.body(), Set.of()));
          use(live, List.of(loop.upper(), loop.step(), loop.induction()));
          live.addAll(enclosing(loop.body(), live));
          live.remove(loop.induction());
        }
        case ThreadOp.While loop -> {
          // As above; the condition comes before the body and after it.
          live.addAll(enclosing(loop.body(), Set.of()));
          live.addAll(enclosing(loop.condition(), Set.of()));
          Set<ThreadValue> entry = enclosing(loop.body(), live);
          entry.addAll(enclosing(loop.condition(), live));
          live.addAll(entry);
        }
        case ThreadOp.If branch -> {
          Set<ThreadValue> entry = enclosing(branch.thenBlock(), live);
          entry.addAll(enclosing(branch.elseBlock(), live));
          live.addAll(entry);
        }
        case AsyncThreadOp.Partial partial -> {
          Set<ThreadValue> entry = new LinkedHashSet<>();
          partial.regions().forEach(region -> entry.addAll(enclosing(region, live)));
          live.addAll(entry);
        }
        default -> {}
      }
      use(live, op.operands());
      count(live);
    }
    return live;
  }

  private Set<ThreadValue> enclosing(ThreadBlock block, Set<ThreadValue> after) {
    Set<ThreadValue> live = before(block, after);
    block.arguments().forEach(live::remove);
    return live;
  }

  private void use(Set<ThreadValue> live, Collection<ThreadValue> values) {
    values.stream().filter(value -> !constants.contains(value)).forEach(live::add);
  }

  private void count(Set<ThreadValue> live) {
    int registers = 0;
    for (ThreadValue value : live) {
      boolean predicate = value.type().equals(ThreadType.PREDICATE);
      registers += predicate ? 0 : Math.ceilDiv(value.type().bits(), 32);
    }
    most = Math.max(most, registers);
  }
}
