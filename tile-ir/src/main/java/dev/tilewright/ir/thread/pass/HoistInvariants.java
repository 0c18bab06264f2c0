package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Moves pure operations out of innermost loops in which their operands do not change. Not out of
 * the loops around them: what is done once for many iterations costs little, and what is kept over
 * an inner loop costs a register there. Predicates stay: a thread has seven registers for them, and
 * to make one again is cheaper than to keep it. So do integer divisions by what may be zero, which
 * the loop may guard.
 */
final class HoistInvariants {
  private final BitSet nonZero = new BitSet();

  private HoistInvariants() {}

  static ThreadFunction run(ThreadFunction function) {
    return function.withBody(new HoistInvariants().sweep(function.body()));
  }

  private ThreadBlock sweep(ThreadBlock block) {
    List<ThreadOp> ops = new ArrayList<>(block.ops().size());
    for (ThreadOp op : block.ops()) {
      if (op instanceof ThreadOp.Constant constant
          && constant.value() instanceof Literal.Int(long n)
          && n != 0) {
        nonZero.set(constant.result().id());
      }
      if (isLoop(op)) {
        ops.add(split(op, ops));
      } else if (op.regions().isEmpty()) {
        ops.add(op);
      } else {
        List<ThreadBlock> regions = op.regions().stream().map(this::sweep).toList();
        ops.add(op.with(op.operands(), op.results(), regions));
      }
    }
    return new ThreadBlock(block.arguments(), ops);
  }

  /** The loop without its invariant operations, which go to {@code before}. */
  private ThreadOp split(ThreadOp loop, List<ThreadOp> before) {
    List<ThreadBlock> regions = loop.regions().stream().map(this::sweep).toList();
    if (regions.stream().noneMatch(HoistInvariants::hasLoop)) {
      regions = regions.stream().map(region -> invariantFree(region, before)).toList();
    }
    return loop.with(loop.operands(), loop.results(), regions);
  }

  private ThreadBlock invariantFree(ThreadBlock region, List<ThreadOp> before) {
    BitSet varying = new BitSet();
    region.arguments().forEach(argument -> varying.set(argument.id()));
    return separate(region, varying, before);
  }

  private static boolean isLoop(ThreadOp op) {
    return op instanceof ThreadOp.For || op instanceof ThreadOp.While;
  }

  private static boolean hasLoop(ThreadBlock block) {
    return block.ops().stream()
        .anyMatch(op -> isLoop(op) || op.regions().stream().anyMatch(HoistInvariants::hasLoop));
  }

  /**
   * The block without what does not vary; the arms of branches lose theirs too, and so does what
   * only some of the threads run.
   */
  private ThreadBlock separate(ThreadBlock block, BitSet varying, List<ThreadOp> before) {
    List<ThreadOp> stay = new ArrayList<>(block.ops().size());
    for (ThreadOp op : block.ops()) {
      if (op instanceof ThreadOp.Pure pure && movable(pure) && invariant(op, varying)) {
        before.add(op);
        continue;
      }
      op.results().forEach(result -> varying.set(result.id()));
      if (op.regions().isEmpty() || isLoop(op)) {
        stay.add(op);
      } else {
        List<ThreadBlock> arms =
            op.regions().stream().map(arm -> separate(arm, varying, before)).toList();
        stay.add(op.with(op.operands(), op.results(), arms));
      }
    }
    return new ThreadBlock(block.arguments(), stay);
  }

  private static boolean invariant(ThreadOp op, BitSet varying) {
    for (ThreadValue operand : op.operands()) {
      if (varying.get(operand.id())) {
        return false;
      }
    }
    return true;
  }

  private boolean movable(ThreadOp.Pure op) {
    ThreadType type = op.result().type();
    if (type.element() instanceof IntType t && t.bits() == 1) {
      return op instanceof ThreadOp.Constant;
    }
    return !(op instanceof ThreadOp.Binary b)
        || !(type.element() instanceof IntType)
        || (b.kind() != BinaryKind.DIV && b.kind() != BinaryKind.REM)
        || nonZero.get(b.y().id());
  }
}
