package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.expand.Registers.Field;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.expand.lowbit.BitStream;
import dev.tilewright.ir.expand.lowbit.Element;
import dev.tilewright.ir.expand.lowbit.LowBitCast;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Casts of tiles whose elements lie packed in words: whole words at a time. */
final class LowBitTiles {
  private final Code code;

  LowBitTiles(Code code) {
    this.code = code;
  }

  /** The tile converted; empty if its elements are not packed or are converted one by one. */
  Optional<Registers> convert(Op.Cast cast, Registers tile) {
    DType to = cast.result().type().dtype();
    Optional<LowBitCast> way = LowBitCast.of(tile.dtype(), to, cast.rounding(), cast.saturate());
    if (way.isEmpty()) {
      return Optional.empty();
    }
    Map<ThreadValue, BitStream> seen = new HashMap<>();
    List<Field> fields = new ArrayList<>();
    for (Slot slot : tile.slots()) {
      Optional<Field> field = field(slot, seen);
      if (field.isEmpty()) {
        return Optional.empty();
      }
      fields.add(field.get());
    }
    Map<BitStream, Integer> counts = new LinkedHashMap<>();
    fields.forEach(field -> counts.merge(field.stream(), field.index() + 1, Math::max));
    Map<BitStream, List<Element>> converted = new HashMap<>();
    counts.forEach(
        (stream, count) -> converted.put(stream, way.get().convert(code.ops(), stream, to, count)));
    List<Slot> slots = new ArrayList<>();
    for (Field field : fields) {
      Element element = Objects.requireNonNull(converted.get(field.stream())).get(field.index());
      slots.add(new Lane(element.vector(), element.lane()));
    }
    return Optional.of(new Registers(slots));
  }

  private Optional<Field> field(Slot slot, Map<ThreadValue, BitStream> seen) {
    return switch (slot) {
      case Field field -> Optional.of(field);
      case Lane(var vector, int lane) -> {
        if (vector.type().bits() % Integer.SIZE != 0 || vector.type().isScalar()) {
          yield Optional.empty();
        }
        yield Optional.of(new Field(seen.computeIfAbsent(vector, this::stream), lane));
      }
    };
  }

  /** The words of a vector of bytes. */
  private BitStream stream(ThreadValue vector) {
    int words = vector.type().bits() / Integer.SIZE;
    ThreadValue seen = code.ops().bitcast(vector, ThreadType.vector(DType.U32, words));
    List<ThreadValue> parts = new ArrayList<>();
    for (int i = 0; i < words; i++) {
      parts.add(words == 1 ? seen : code.ops().extract(seen, i));
    }
    return new BitStream(parts, vector.type().element());
  }
}
