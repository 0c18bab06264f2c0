package dev.tilewright.ptx;

import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which accumulators a matrix instruction may overwrite with its result, so that a loop over k adds
 * in place instead of copying at its end: those that nothing else reads, that the same block
 * defines, and whose registers are theirs alone, as are those of loop-carried values and of other
 * matrix instructions.
 */
final class Accumulators {
  private final Map<Integer, Integer> uses = new HashMap<>();
  private final Map<Integer, ThreadBlock> owners = new HashMap<>();
  private final Set<Integer> reusable = new HashSet<>();

  Accumulators(ThreadFunction function) {
    scan(function.body());
    select(function.body());
  }

  private void scan(ThreadBlock block) {
    for (ThreadOp op : block.ops()) {
      op.operands().forEach(operand -> uses.merge(operand.id(), 1, Integer::sum));
      if (op instanceof ThreadOp.For loop) {
        loop.carried().forEach(argument -> owners.put(argument.id(), loop.body()));
      }
      if (op instanceof ThreadOp.Mma mma) {
        mma.results().forEach(result -> owners.put(result.id(), block));
      }
      op.regions().forEach(this::scan);
    }
  }

  private void select(ThreadBlock block) {
    for (ThreadOp op : block.ops()) {
      if (op instanceof ThreadOp.Mma mma) {
        for (ThreadValue c : mma.c()) {
          if (owners.get(c.id()) == block && Integer.valueOf(1).equals(uses.get(c.id()))) {
            reusable.add(c.id());
          }
        }
      }
      op.regions().forEach(this::select);
    }
  }

  /** Whether the value's registers are free for the result of the instruction that reads it. */
  boolean isOverwritten(ThreadValue accumulator) {
    return reusable.contains(accumulator.id());
  }
}
