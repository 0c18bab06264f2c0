package dev.tilewright.ptx;

import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadPrinter;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which values a matrix instruction may overwrite with its result, and a loop with what it carries,
 * so that a loop over k adds in place instead of copying: those that nothing else reads, that the
 * same block defines, and whose registers are theirs alone. That is so of values that loops carry
 * and yield, of other matrix instructions, and of what was awaited if nothing reads it otherwise.
 */
final class Accumulators {
  private final Map<Integer, Integer> uses = new HashMap<>();
  private final Map<Integer, ThreadBlock> owners = new HashMap<>();
  private final Set<Integer> reusable = new HashSet<>();
  private final Set<Integer> inFlight = new HashSet<>();

  Accumulators(ThreadFunction function) {
    count(function.body());
    select(function.body());
  }

  private void count(ThreadBlock block) {
    for (ThreadOp op : block.ops()) {
      op.operands().forEach(operand -> uses.merge(operand.id(), 1, Integer::sum));
      op.regions().forEach(this::count);
    }
  }

  private void select(ThreadBlock block) {
    for (ThreadOp op : block.ops()) {
      switch (op) {
        case ThreadOp.Mma mma -> {
          reuse(mma.c(), block);
          own(mma.results(), block);
        }
        case AsyncThreadOp.GroupMma mma -> {
          reuse(mma.c(), block);
          own(mma.results(), block);
          mma.results().forEach(result -> inFlight.add(result.id()));
        }
        case AsyncThreadOp.GroupMmaWait wait -> {
          for (int i = 0; i < wait.results().size(); i++) {
            if (isFree(wait.values().get(i), block)) {
              own(List.of(wait.results().get(i)), block);
            }
          }
        }
        case ThreadOp.For loop -> {
          reuse(loop.inits(), block);
          own(loop.carried(), loop.body());
          own(loop.results(), block);
        }
        case ThreadOp.While loop -> {
          reuse(loop.inits(), block);
          own(loop.body().arguments(), loop.body());
          own(loop.results(), block);
        }
        default -> {}
      }
      check(op);
      op.regions().forEach(this::select);
    }
  }

  private void own(List<ThreadValue> values, ThreadBlock block) {
    values.forEach(value -> owners.put(value.id(), block));
  }

  private void reuse(List<ThreadValue> values, ThreadBlock block) {
    values.stream()
        .filter(value -> isFree(value, block))
        .forEach(value -> reusable.add(value.id()));
  }

  private boolean isFree(ThreadValue value, ThreadBlock block) {
    return owners.get(value.id()) == block && Integer.valueOf(1).equals(uses.get(value.id()));
  }

  /** Nothing reads what a product is still writing. */
  private void check(ThreadOp op) {
    boolean passes =
        op instanceof AsyncThreadOp.GroupMma
            || op instanceof AsyncThreadOp.GroupMmaWait
            || op instanceof ThreadOp.For
            || op instanceof ThreadOp.While
            || op instanceof ThreadOp.Yield;
    if (!passes && op.operands().stream().anyMatch(this::isInFlight)) {
      throw new IllegalArgumentException(
          "reads a matrix product without having waited for it: " + ThreadPrinter.headline(op));
    }
  }

  /** Whether the value's registers are free for the result of what reads it. */
  boolean isOverwritten(ThreadValue accumulator) {
    return reusable.contains(accumulator.id());
  }

  /** Whether a matrix product may still write the value. */
  boolean isInFlight(ThreadValue value) {
    return inFlight.contains(value.id());
  }
}
