package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;

/**
 * Formulas in one float type.
 *
 * @param type scalar {@code f32} or {@code f64}
 */
record MathBuilder(ThreadBuilder out, ThreadType type) {

  boolean isDouble() {
    return type.element().equals(DType.F64);
  }

  ThreadValue number(double value) {
    return out.constant(type, Literal.of(value));
  }

  ThreadValue add(ThreadValue x, ThreadValue y) {
    return out.binary(BinaryKind.ADD, x, y);
  }

  ThreadValue sub(ThreadValue x, ThreadValue y) {
    return out.binary(BinaryKind.SUB, x, y);
  }

  ThreadValue mul(ThreadValue x, ThreadValue y) {
    return out.binary(BinaryKind.MUL, x, y);
  }

  ThreadValue div(ThreadValue x, ThreadValue y) {
    return out.binary(BinaryKind.DIV, x, y);
  }

  /** The nearest integer, ties to even. */
  ThreadValue round(ThreadValue x) {
    return out.unary(UnaryKind.ROUND, x);
  }

  /** The integer that a float is, an {@code i64}; 0 of a NaN. */
  ThreadValue integer(ThreadValue x) {
    return out.convert(x, DType.I64, Rounding.TOWARD_ZERO, true);
  }

  ThreadValue less(ThreadValue x, double bound) {
    return out.compare(ComparePredicate.LT, x, number(bound));
  }

  /** {@code least} or {@code most} beyond them; NaN stays. */
  ThreadValue clamp(ThreadValue x, double least, double most) {
    ThreadValue low = out.select(less(x, least), number(least), x);
    return out.select(out.compare(ComparePredicate.GT, low, number(most)), number(most), low);
  }

  /** {@code c[0] + c[1] x + c[2] x² + …} by Horner's rule. */
  ThreadValue polynomial(ThreadValue x, double... c) {
    ThreadValue sum = number(c[c.length - 1]);
    for (int i = c.length - 2; i >= 0; i--) {
      sum = out.fma(sum, x, number(c[i]));
    }
    return sum;
  }
}
