package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;

/** Arithmetic on {@code u32} with numbers known now. */
final class Words {
  private Words() {}

  static ThreadValue constant(ThreadBuilder ops, int bits) {
    return ops.constant(ThreadType.U32, Literal.of(Integer.toUnsignedLong(bits)));
  }

  static ThreadValue shiftRight(ThreadBuilder ops, ThreadValue word, int by) {
    return by == 0 ? word : ops.binary(BinaryKind.SHR, word, constant(ops, by));
  }

  /** To the right; to the left if {@code by} is negative. */
  static ThreadValue shift(ThreadBuilder ops, ThreadValue word, int by) {
    return by >= 0
        ? shiftRight(ops, word, by)
        : ops.binary(BinaryKind.SHL, word, constant(ops, -by));
  }

  static ThreadValue and(ThreadBuilder ops, ThreadValue word, int mask) {
    return ops.binary(BinaryKind.AND, word, constant(ops, mask));
  }

  static ThreadValue or(ThreadBuilder ops, ThreadValue x, ThreadValue y) {
    return ops.binary(BinaryKind.OR, x, y);
  }

  static ThreadValue xor(ThreadBuilder ops, ThreadValue word, int mask) {
    return mask == 0 ? word : ops.binary(BinaryKind.XOR, word, constant(ops, mask));
  }

  static ThreadValue xor(ThreadBuilder ops, ThreadValue x, ThreadValue y) {
    return ops.binary(BinaryKind.XOR, x, y);
  }

  /** The lowest bits, {@code count} of them. */
  static int low(int count) {
    return count == Integer.SIZE ? -1 : (1 << count) - 1;
  }
}
