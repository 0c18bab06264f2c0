package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;

/** An elementwise operation on one element, or on a vector of them. */
final class ElementOps {
  private final Code code;

  ElementOps(Code code) {
    this.code = code;
  }

  /** The result of the elementwise operation {@code op} for the given operands. */
  ThreadValue apply(Op op, List<ThreadValue> x) {
    return switch (op) {
      case Op.Unary unary -> ops().unary(unary.kind(), x.getFirst());
      case Op.Binary binary -> binary(binary.kind(), x.get(0), x.get(1));
      case Op.Fma _ -> ops().fma(x.get(0), x.get(1), x.get(2));
      case Op.Compare compare -> ops().compare(compare.predicate(), x.get(0), x.get(1));
      case Op.Select _ -> ops().select(x.get(0), x.get(1), x.get(2));
      case Op.Cast cast -> cast(cast, x.getFirst());
      default -> throw new IllegalArgumentException("not elementwise: " + op);
    };
  }

  private ThreadBuilder ops() {
    return code.ops();
  }

  /** Integers may be coordinates: they are folded and hoisted as those are. */
  private ThreadValue binary(BinaryKind kind, ThreadValue x, ThreadValue y) {
    boolean index = x.type().equals(ThreadType.I32) || x.type().equals(ThreadType.I64);
    return index ? code.binary(kind, x, y) : ops().binary(kind, x, y);
  }

  private ThreadValue cast(Op.Cast cast, ThreadValue x) {
    DType to = cast.result().type().dtype();
    // A float of the same type is still changed if it is infinite and must not be.
    boolean identity =
        x.type().element().equals(to) && !(cast.saturate() && to instanceof FloatType);
    return identity ? x : ops().convert(x, to, cast.rounding(), cast.saturate());
  }
}
