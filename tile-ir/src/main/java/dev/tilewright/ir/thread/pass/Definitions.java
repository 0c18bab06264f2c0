package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Which operation computes a value, for those that are operations without side effects. */
final class Definitions {
  private ThreadOp.@Nullable Pure[] byId;

  Definitions(int size) {
    byId = new ThreadOp.@Nullable Pure[size];
  }

  void add(ThreadOp.Pure op) {
    int id = op.result().id();
    if (id >= byId.length) {
      byId = Arrays.copyOf(byId, Math.max(id + 1, 2 * byId.length));
    }
    byId[id] = op;
  }

  ThreadOp.@Nullable Pure of(ThreadValue value) {
    return value.id() < byId.length ? byId[value.id()] : null;
  }

  /** The number that a value is, in every element. */
  @Nullable Literal literal(ThreadValue value) {
    return of(value) instanceof ThreadOp.Constant constant ? constant.value() : null;
  }

  /** Whether the value is that integer. */
  boolean isInteger(ThreadValue value, long number) {
    return literal(value) instanceof Literal.Int(long n) && n == number;
  }

  /** Whether the value is that float, down to the sign of zero. */
  boolean isFloat(ThreadValue value, double number) {
    return literal(value) instanceof Literal.Float(double f)
        && Double.doubleToRawLongBits(f) == Double.doubleToRawLongBits(number);
  }
}
