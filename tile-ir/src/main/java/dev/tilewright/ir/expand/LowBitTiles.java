package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.expand.Registers.Field;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.expand.lowbit.BitStream;
import dev.tilewright.ir.expand.lowbit.Element;
import dev.tilewright.ir.expand.lowbit.LowBitCast;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** Casts of tiles whose elements lie packed in words: whole words at a time. */
final class LowBitTiles {
  private final Code code;
  private final Target target;
  private final CompileReport report;

  LowBitTiles(Expansion expansion) {
    this.code = expansion.code();
    this.target = expansion.target();
    this.report = expansion.report();
  }

  /** The tile converted; empty if its elements are not packed or are converted one by one. */
  Optional<Registers> convert(Op.Cast cast, Registers tile) {
    DType to = cast.result().type().dtype();
    Optional<LowBitCast> way =
        LowBitCast.of(
            tile.dtype(), to, cast.rounding(), cast.saturate(), target.byteFloatConversions());
    if (way.isEmpty()) {
      return oneByOne(cast, tile);
    }
    Map<ThreadValue, BitStream> seen = new HashMap<>();
    List<Field> fields = new ArrayList<>();
    for (Slot slot : tile.slots()) {
      field(slot, seen).ifPresent(fields::add);
    }
    if (fields.size() < tile.count()) {
      if (tile.dtype() instanceof IntType && (to instanceof IntType || to.bits() > Byte.SIZE)) {
        return oneByOne(cast, tile);
      }
      // Nothing is converted to or from the others one by one: they are packed first.
      BitStream packed = new BitStream(new TileWords(code.ops(), tile).all(), tile.dtype());
      fields = IntStream.range(0, tile.count()).mapToObj(i -> new Field(packed, i)).toList();
    }
    note(cast, way.get().toString());
    Map<BitStream, Integer> counts = new LinkedHashMap<>();
    fields.forEach(field -> counts.merge(field.stream(), field.index() + 1, Math::max));
    Map<BitStream, List<Element>> converted = new HashMap<>();
    counts.forEach(
        (stream, count) -> converted.put(stream, way.get().convert(code.ops(), stream, count)));
    List<Slot> slots = new ArrayList<>();
    for (Field field : fields) {
      Element element = Objects.requireNonNull(converted.get(field.stream())).get(field.index());
      slots.add(new Lane(element.vector(), element.lane()));
    }
    return Optional.of(new Registers(slots));
  }

  private Optional<Registers> oneByOne(Op.Cast cast, Registers tile) {
    DType from = tile.dtype();
    if (from.bits() > 1 && from.bits() < Byte.SIZE) {
      DType to = cast.result().type().dtype();
      note(cast, "%s to %s: element by element".formatted(from.name(), to.name()));
    }
    return Optional.empty();
  }

  private void note(Op.Cast cast, String how) {
    report.note("ExpandTiles", cast.location(), how);
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
