package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;

/**
 * Integers of less than 8 bits to bytes, four at once. Signed ones are distances from the least
 * value with the sign bit flipped; the highest bit of every byte is set while the offset is
 * subtracted, so that no byte borrows from the next.
 */
final class IntegersToBytes {
  private static final int HIGHEST = 0x80;

  private final ThreadBuilder ops;
  private final DType to;

  IntegersToBytes(ThreadBuilder ops, DType to) {
    this.ops = ops;
    this.to = to;
  }

  void convert(BitStream stream, IntegerCodes codes, int count, Element[] results) {
    for (LaneStreams bytes : LaneStreams.of(ops, stream, 4, count)) {
      for (int index = 0; index < bytes.length(); index++) {
        ThreadValue vector = ops.bitcast(word(bytes, index, codes), ThreadType.vector(to, 4));
        LowBitCast.place(results, bytes, index, 4, vector);
      }
    }
  }

  private ThreadValue word(LaneStreams bytes, int index, IntegerCodes codes) {
    if (codes.zero() == 0) {
      return bytes.field(index, 0, codes.bits(), 0);
    }
    ThreadValue above = bytes.field(index, 0, codes.bits(), 0, HIGHEST | codes.flip());
    ThreadValue zero = Words.constant(ops, bytes.splat(codes.zero()));
    return Words.xor(ops, ops.binary(BinaryKind.SUB, above, zero), bytes.splat(HIGHEST));
  }
}
