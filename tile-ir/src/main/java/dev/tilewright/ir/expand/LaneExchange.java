package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;
import java.util.function.UnaryOperator;

/** Values of other lanes. Shuffles move 32 bits or less; here any scalar moves, in such parts. */
final class LaneExchange {
  private final Code code;

  LaneExchange(Code code) {
    this.code = code;
  }

  /** The value in the lane whose number differs in the bits of the mask. */
  ThreadValue across(ThreadValue x, int laneMask) {
    return moved(
        x,
        part -> {
          ThreadValue result = code.ops().fresh(part.type());
          code.ops().add(new ThreadOp.ShuffleXor(result, part, laneMask, code.ops().location()));
          return result;
        });
  }

  /** The value in the lane of that number. */
  ThreadValue from(ThreadValue x, ThreadValue lane) {
    return moved(
        x,
        part -> {
          ThreadValue result = code.ops().fresh(part.type());
          code.ops().add(new ThreadOp.ShuffleIndex(result, part, lane, code.ops().location()));
          return result;
        });
  }

  private ThreadValue moved(ThreadValue x, UnaryOperator<ThreadValue> shuffle) {
    ThreadBuilder ops = code.ops();
    ThreadType type = x.type();
    if (type.equals(ThreadType.PREDICATE)) {
      ThreadValue number = ops.select(x, code.i32(1), code.i32(0));
      return ops.compare(ComparePredicate.NE, shuffle.apply(number), code.i32(0));
    }
    if (type.bits() == 64) {
      ThreadValue halves = ops.bitcast(x, ThreadType.vector(DType.I32, 2));
      ThreadValue low = shuffle.apply(ops.extract(halves, 0));
      ThreadValue high = shuffle.apply(ops.extract(halves, 1));
      return ops.bitcast(ops.build(List.of(low, high)), type);
    }
    return shuffle.apply(x);
  }
}
