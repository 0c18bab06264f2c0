package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;

/** The bits of a tile as a thread holds them, register after register, in words of 32. */
final class TileWords {
  private static final int WORD = 32;

  private final ThreadBuilder ops;
  private final Registers tile;

  TileWords(ThreadBuilder ops, Registers tile) {
    this.ops = ops;
    this.tile = tile;
  }

  /** The bits of the thread, {@value #WORD} in each {@code u32}; beyond the last one, anything. */
  List<ThreadValue> all() {
    int bits = tile.dtype().bits();
    if (tile.stream().isPresent()) {
      return tile.stream().get().words();
    }
    List<ThreadValue> words = new ArrayList<>();
    if (bits == 2 * WORD) {
      for (int i = 0; i < tile.count(); i++) {
        ThreadValue pair = ops.bitcast(tile.scalar(ops, i), ThreadType.vector(DType.U32, 2));
        words.add(ops.extract(pair, 0));
        words.add(ops.extract(pair, 1));
      }
      return words;
    }
    boolean whole = bits >= Byte.SIZE && WORD % bits == 0;
    int total = tile.count() * bits;
    for (int first = 0; first < total; first += WORD) {
      words.add(
          whole && first + WORD <= total
              ? ops.bitcast(
                  tile.packed(ops, Registers.range(first / bits, WORD / bits)), ThreadType.U32)
              : shifted(first, Math.min(first + WORD, total)));
    }
    return words;
  }

  /** The word of the bits from {@code first} up to {@code end}, put together from elements. */
  private ThreadValue shifted(int first, int end) {
    int bits = tile.dtype().bits();
    ThreadValue word = unsigned(first / bits);
    int inside = first % bits;
    if (inside > 0) {
      word = shift(BinaryKind.SHR, word, inside);
    }
    for (int i = first / bits + 1; i * bits < end; i++) {
      ThreadValue part = shift(BinaryKind.SHL, unsigned(i), i * bits - first);
      word = ops.binary(BinaryKind.OR, word, part);
    }
    return word;
  }

  private ThreadValue shift(BinaryKind kind, ThreadValue word, int amount) {
    return ops.binary(kind, word, word(amount));
  }

  private ThreadValue word(long value) {
    return ops.constant(ThreadType.U32, Literal.of(value));
  }

  /** The bits of an element of up to 32 bits, zeros above. */
  private ThreadValue unsigned(int register) {
    ThreadValue x = tile.scalar(ops, register);
    DType type = x.type().element();
    if (type.bits() == 1) {
      ThreadValue truth =
          x.type().equals(ThreadType.PREDICATE) ? x : ops.bitcast(x, ThreadType.PREDICATE);
      return ops.select(truth, word(1), word(0));
    }
    DType unsigned = new IntType(type.bits(), false);
    ThreadValue bits = !(type instanceof IntType) ? ops.bitcast(x, ThreadType.scalar(unsigned)) : x;
    return converted(converted(bits, unsigned), DType.U32);
  }

  private ThreadValue converted(ThreadValue x, DType to) {
    return x.type().element().equals(to) ? x : ops.convert(x, to, Rounding.NEAREST_EVEN, false);
  }
}
