package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.expand.Registers.Field;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.expand.lowbit.BitStream;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a thread holds, seen as elements of another width ({@link View}): its bits as words of 32,
 * of which elements of 8, 16, 32 and 64 bits are parts as they are, and others are shifted out.
 */
final class BitViews {
  private static final int WORD = 32;

  private final Expansion expansion;
  private final ThreadBuilder ops;

  BitViews(Expansion expansion) {
    this.expansion = expansion;
    this.ops = expansion.ops();
  }

  Registers expand(Op.View op) {
    DType from = op.x().type().dtype();
    DType to = op.result().type().dtype();
    Result<View> view =
        View.of(
            expansion.layout(op, op.x()),
            from.bits(),
            expansion.layout(op, op.result()),
            to.bits());
    if (view instanceof Result.Refused<View>(var reason)) {
      throw new StagedFormException(op, "a view leaves every bit in its thread", reason.sentence());
    }
    Registers tile = expansion.values().tile(op.x());
    return from.bits() == to.bits()
        ? renamed(tile, to)
        : cut(new TileWords(ops, tile).all(), to, tile.count() * from.bits() / to.bits());
  }

  /** The same registers under another type. */
  private Registers renamed(Registers tile, DType to) {
    Map<ThreadValue, ThreadValue> seen = new HashMap<>();
    List<Slot> slots = new ArrayList<>();
    for (Slot slot : tile.slots()) {
      slots.add(
          switch (slot) {
            case Lane(var vector, int lane) ->
                new Lane(
                    seen.computeIfAbsent(
                        vector, v -> ops.bitcast(v, ThreadType.vector(to, v.type().lanes()))),
                    lane);
            case Field(BitStream stream, int index) ->
                new Field(new BitStream(stream.words(), to), index);
          });
    }
    return new Registers(slots);
  }

  // ---------------------------------------------------------------- elements

  private Registers cut(List<ThreadValue> words, DType to, int count) {
    int bits = to.bits();
    List<Slot> slots = new ArrayList<>();
    if (bits == 2 * WORD) {
      for (int i = 0; i < count; i++) {
        ThreadValue pair = ops.build(words.subList(2 * i, 2 * i + 2));
        slots.add(new Lane(ops.bitcast(pair, ThreadType.scalar(to)), 0));
      }
      return new Registers(slots);
    }
    if (bits >= Byte.SIZE && WORD % bits == 0) {
      int perWord = WORD / bits;
      List<ThreadValue> vectors =
          words.stream().map(word -> ops.bitcast(word, ThreadType.vector(to, perWord))).toList();
      for (int i = 0; i < count; i++) {
        slots.add(new Lane(vectors.get(i / perWord), i % perWord));
      }
      return new Registers(slots);
    }
    return Registers.of(new BitStream(words, to), count);
  }
}
