package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Type;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of shared memory, or the part of one that fixed leading coordinates select.
 *
 * @param base the buffer's first unit in its memory
 * @param whole the type of the buffer as allocated: its layout places the elements of every part
 * @param fixed the leading coordinates
 * @param guard for a slot of an aref: what gives the right to it
 */
record SharedBuffer(
    SharedMemory memory,
    int base,
    Type.Shared whole,
    List<Integer> fixed,
    Channel.@Nullable Token guard) {

  SharedBuffer(SharedMemory memory, int base, Type.Shared whole) {
    this(memory, base, whole, List.of(), null);
  }

  SharedBuffer guardedBy(Channel.Token token) {
    return new SharedBuffer(memory, base, whole, fixed, token);
  }

  SharedBuffer slice(int index) {
    List<Integer> deeper = new ArrayList<>(fixed);
    deeper.add(index);
    return new SharedBuffer(memory, base, whole, List.copyOf(deeper), guard);
  }

  /** Where the elements lie, in units, in row-major order of the part's shape. */
  int[] units(Places places) {
    int[] offsets = places.of(whole, fixed);
    int[] units = new int[offsets.length];
    for (int i = 0; i < units.length; i++) {
      units[i] =
          base + Math.toIntExact((long) offsets[i] * whole.dtype().bits() / memory.unitBits());
    }
    return units;
  }

  /** How many units the buffer takes. */
  static int unitCount(Type.Shared type, int unitBits) {
    long elements = type.layout().map(layout -> layout.codomain().size()).orElseGet(type::elements);
    return Math.toIntExact(Math.ceilDiv(elements * type.dtype().bits(), (long) unitBits));
  }

  /** Offsets of elements, computed once for all blocks. */
  static final class Places {
    private record Key(Optional<Layout> layout, List<Integer> shape, List<Integer> fixed) {}

    private final Map<Key, int[]> known = new ConcurrentHashMap<>();

    int[] of(Type.Shared whole, List<Integer> fixed) {
      return known.computeIfAbsent(
          new Key(whole.layout(), whole.shape(), fixed), _ -> compute(whole, fixed));
    }

    private static int[] compute(Type.Shared whole, List<Integer> fixed) {
      List<Integer> shape = whole.shape();
      int[] offsets = new int[Indexing.count(shape.subList(fixed.size(), shape.size()))];
      long[] element = new long[shape.size()];
      for (int i = 0; i < fixed.size(); i++) {
        element[i] = fixed.get(i);
      }
      for (int e = 0; e < offsets.length; e++) {
        offsets[e] = Math.toIntExact(offset(whole, element));
        for (int i = shape.size() - 1; i >= fixed.size(); i--) {
          element[i]++;
          if (element[i] < shape.get(i)) {
            break;
          }
          element[i] = 0;
        }
      }
      return offsets;
    }

    private static long offset(Type.Shared whole, long[] element) {
      if (whole.layout().isPresent()) {
        return whole.layout().get().apply(element)[0];
      }
      long offset = 0;
      for (int i = 0; i < element.length; i++) {
        offset = offset * whole.shape().get(i) + element[i];
      }
      return offset;
    }
  }
}
