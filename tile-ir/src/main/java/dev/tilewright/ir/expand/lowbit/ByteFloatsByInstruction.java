package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;

/**
 * {@code e4m3} and {@code e5m2} on targets that convert pairs of them to {@code f16}; from there to
 * {@code bf16} through {@code f32}, exactly.
 */
final class ByteFloatsByInstruction {
  private final ThreadBuilder ops;
  private final DType to;

  ByteFloatsByInstruction(ThreadBuilder ops, DType to) {
    this.ops = ops;
    this.to = to;
  }

  void convert(BitStream stream, int count, Element[] results) {
    for (int at = 0; at < count; at += 4) {
      ThreadValue bytes =
          ops.bitcast(stream.words().get(at / 4), ThreadType.vector(stream.dtype(), 4));
      ThreadValue halves = converted(bytes, DType.F16);
      ThreadValue result =
          to.equals(DType.F16) ? halves : converted(converted(halves, DType.F32), to);
      for (int lane = 0; lane < Math.min(4, count - at); lane++) {
        results[at + lane] = new Element(result, lane);
      }
    }
  }

  private ThreadValue converted(ThreadValue x, DType type) {
    return ops.convert(x, type, Rounding.NEAREST_EVEN, false);
  }
}
