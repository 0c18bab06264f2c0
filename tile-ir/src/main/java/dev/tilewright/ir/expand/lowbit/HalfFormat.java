package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.Optional;

/** A float of 16 bits, two in a word. */
enum HalfFormat {
  F16(DType.F16),
  BF16(DType.BF16);

  private final FloatType type;

  HalfFormat(FloatType type) {
    this.type = type;
  }

  static Optional<HalfFormat> of(DType type) {
    return type.equals(DType.F16)
        ? Optional.of(F16)
        : type.equals(DType.BF16) ? Optional.of(BF16) : Optional.empty();
  }

  FloatType type() {
    return type;
  }

  int mantissaBits() {
    return type.mantissaBits();
  }

  int exponentBits() {
    return type.exponentBits();
  }

  /** The code of a value that the type has. */
  int code(double value) {
    return (int) type.encode(value);
  }

  int infinity() {
    return code(Double.POSITIVE_INFINITY);
  }

  int quietNan() {
    return code(Double.NaN);
  }

  ThreadType pair() {
    return ThreadType.vector(type, 2);
  }

  /** A word as two numbers. */
  ThreadValue pair(ThreadBuilder ops, ThreadValue word) {
    return ops.bitcast(word, pair());
  }

  /** The same number in both halves. */
  ThreadValue splat(ThreadBuilder ops, double value) {
    return ops.constant(pair(), Literal.of(value));
  }

  /** {@code x · factor + addend} in both halves, rounded once; in as few instructions as can be. */
  ThreadValue scaled(ThreadBuilder ops, ThreadValue x, double factor, double addend) {
    if (factor == 1) {
      return ops.binary(BinaryKind.SUB, x, splat(ops, -addend));
    }
    if (addend == 0) {
      return ops.binary(BinaryKind.MUL, x, splat(ops, factor));
    }
    return ops.fma(x, splat(ops, factor), splat(ops, addend));
  }
}
