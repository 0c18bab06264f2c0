package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadRewriter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;

/**
 * Writes matrix descriptors as arithmetic on 32 bits, {@code ((address & 0x3FFFF) >> 4 | bits) +
 * offset / 16} beside a constant, so that descriptors at fixed distances share all but the last
 * addition. Shared memory ends below 2¹⁸, so that nothing carries.
 */
final class LowerDescriptors {
  private static final int ADDRESS_MASK = 0x3FFFF;
  private static final int UNIT = 16;

  private LowerDescriptors() {}

  static ThreadFunction run(ThreadFunction function) {
    return ThreadRewriter.rewrite(
        function,
        (op, rewriter) -> {
          if (op instanceof ThreadOp.MatrixDescriptor descriptor) {
            rewriter.replace(descriptor.result(), lower(descriptor, rewriter.out()));
          } else {
            rewriter.keep(op);
          }
        });
  }

  private static ThreadValue lower(ThreadOp.MatrixDescriptor op, ThreadBuilder out) {
    if (op.offset() % UNIT != 0) {
      throw new IllegalArgumentException(
          "the matrix at offset " + op.offset() + " is not aligned to " + UNIT + " bytes");
    }
    ThreadValue address = out.binary(BinaryKind.AND, op.address(), out.i32(ADDRESS_MASK));
    ThreadValue units = out.binary(BinaryKind.SHR, address, out.i32(4));
    ThreadValue base = out.binary(BinaryKind.OR, units, out.i32((int) op.bits()));
    ThreadValue low = out.binary(BinaryKind.ADD, base, out.i32(op.offset() / UNIT));
    ThreadValue high = out.i32((int) (op.bits() >> 32));
    ThreadValue words = out.build(List.of(low, high));
    return out.bitcast(words, ThreadType.scalar(DType.I64));
  }
}
