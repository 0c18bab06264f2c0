package dev.tilewright.ptx;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadRewriter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;

/**
 * Adds the address of the block's shared memory to every shared address: dynamic shared memory need
 * not start at address 0 of the shared window.
 */
final class AnchorShared {
  private AnchorShared() {}

  static ThreadFunction run(ThreadFunction function) {
    if (function.sharedBytes() == 0) {
      return function;
    }
    ThreadValue base = new ThreadValue(function.nextId(), ThreadType.I32);
    ThreadOp.Special definition =
        new ThreadOp.Special(base, SpecialRegister.SHARED_BASE, Location.UNKNOWN);
    List<ThreadOp> ops = new ArrayList<>();
    ops.add(definition);
    ops.addAll(function.body().ops());
    ThreadFunction defined = function.withBody(new ThreadBlock(function.body().arguments(), ops));
    return ThreadRewriter.rewrite(
        defined,
        (op, rewriter) -> {
          List<ThreadValue> operands = new ArrayList<>(op.operands());
          for (int shared : op.sharedOperands()) {
            ThreadValue offset = operands.get(shared);
            operands.set(shared, rewriter.out().binary(BinaryKind.ADD, offset, base));
          }
          rewriter.keep(
              op.sharedOperands().isEmpty() ? op : op.with(operands, op.results(), op.regions()));
        });
  }
}
