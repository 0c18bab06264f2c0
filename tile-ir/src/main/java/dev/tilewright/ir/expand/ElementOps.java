package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;
import java.util.function.Function;

/**
 * An elementwise operation on one element, or on a vector of them.
 *
 * <p>Integers of less than 16 bits have no arithmetic of their own: it is done in {@code i32} and
 * the result cut off, which is the same modulo their range.
 */
final class ElementOps {
  private final Code code;

  ElementOps(Code code) {
    this.code = code;
  }

  /**
   * Whether the operation is arithmetic on elements; then {@link #apply} expands it, on scalars as
   * on the elements of tiles.
   */
  static boolean isElementwise(Op op) {
    return switch (op) {
      case Op.Unary _, Op.Binary _, Op.Fma _, Op.Compare _, Op.Select _, Op.Cast _ -> true;
      default -> false;
    };
  }

  /** The result of the elementwise operation {@code op} for the given operands. */
  ThreadValue apply(Op op, List<ThreadValue> x) {
    return switch (op) {
      case Op.Unary unary -> narrow(x, wide -> ops().unary(unary.kind(), wide.getFirst()));
      case Op.Binary binary -> binary(binary.kind(), x);
      case Op.Fma _ -> ops().fma(x.get(0), x.get(1), x.get(2));
      case Op.Compare compare -> {
        List<ThreadValue> wide = isSmall(x.getFirst()) ? widened(x) : x;
        yield ops().compare(compare.predicate(), wide.get(0), wide.get(1));
      }
      case Op.Select _ -> ops().select(x.get(0), x.get(1), x.get(2));
      case Op.Cast cast -> cast(cast, x.getFirst());
      default -> throw new IllegalArgumentException("not elementwise: " + op);
    };
  }

  private ThreadBuilder ops() {
    return code.ops();
  }

  private ThreadValue binary(BinaryKind kind, List<ThreadValue> x) {
    ThreadType type = x.getFirst().type();
    if (type.equals(ThreadType.I32) || type.equals(ThreadType.I64)) {
      return code.binary(kind, x.get(0), x.get(1));
    }
    return narrow(x, wide -> ops().binary(kind, wide.get(0), wide.get(1)));
  }

  private ThreadValue cast(Op.Cast cast, ThreadValue x) {
    DType to = cast.result().type().dtype();
    return x.type().element().equals(to)
        ? x
        : ops().convert(x, to, cast.rounding(), cast.saturate());
  }

  private static boolean isSmall(ThreadValue x) {
    return x.type().element() instanceof IntType type && type.bits() > 1 && type.bits() < 16;
  }

  private ThreadValue narrow(List<ThreadValue> x, Function<List<ThreadValue>, ThreadValue> op) {
    if (!isSmall(x.getFirst())) {
      return op.apply(x);
    }
    DType small = x.getFirst().type().element();
    return ops().convert(op.apply(widened(x)), small, Rounding.TOWARD_ZERO, false);
  }

  private List<ThreadValue> widened(List<ThreadValue> x) {
    return x.stream().map(v -> ops().convert(v, DType.I32, Rounding.NEAREST_EVEN, false)).toList();
  }
}
