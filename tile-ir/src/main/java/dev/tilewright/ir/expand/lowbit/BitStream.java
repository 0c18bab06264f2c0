package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;

/**
 * Elements as a dense little-endian stream of bits: element {@code i} is bits {@code i·w} to {@code
 * i·w + w - 1}, where bit {@code b} is bit {@code b mod 32} of word {@code b/32}.
 *
 * @param words {@code u32}; bits beyond the last element mean nothing
 * @param dtype of at most 32 bits
 */
public record BitStream(List<ThreadValue> words, DType dtype) {
  static final int WORD = Integer.SIZE;

  public BitStream {
    words = List.copyOf(words);
  }

  /** How many whole elements there are. */
  public int count() {
    return words.size() * WORD / dtype.bits();
  }

  /** One element by itself. */
  public ThreadValue element(ThreadBuilder ops, int index) {
    ThreadValue raw = bits(ops, (long) index * dtype.bits(), dtype.bits());
    return switch (dtype) {
      case IntType integer -> converted(ops, raw, integer);
      case FloatType _, StoredType _ ->
          ops.bitcast(
              converted(ops, raw, new IntType(dtype.bits(), false)), ThreadType.scalar(dtype));
    };
  }

  private static ThreadValue converted(ThreadBuilder ops, ThreadValue x, DType to) {
    return x.type().element().equals(to) ? x : ops.convert(x, to, Rounding.NEAREST_EVEN, false);
  }

  /** A word whose lowest {@code count} bits are those from {@code first} on; above, anything. */
  ThreadValue bits(ThreadBuilder ops, long first, int count) {
    int word = Math.toIntExact(first / WORD);
    int at = (int) (first % WORD);
    if (at == 0) {
      return words.get(word);
    }
    boolean next = at + count > WORD && word + 1 < words.size();
    return next
        ? ops.funnelShift(words.get(word), words.get(word + 1), at)
        : Words.shiftRight(ops, words.get(word), at);
  }
}
