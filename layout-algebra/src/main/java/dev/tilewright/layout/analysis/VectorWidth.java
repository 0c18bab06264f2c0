package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many elements every lane can move with one instruction.
 *
 * @param elements the width, a power of two
 * @param registers all register slots of a lane in the order in which the instructions take them:
 *     slots {@code registers[i * elements .. (i + 1) * elements)} are adjacent in memory, in this
 *     order, starting at a multiple of {@code elements}
 */
public record VectorWidth(int elements, List<Integer> registers) {

  public VectorWidth {
    registers = List.copyOf(registers);
  }

  /**
   * The widest vectors of an access.
   *
   * <p>A width {@code V} is possible iff every digit of other axes than {@code register} moves by
   * multiples of {@code V}, and the slots of a lane fall into whole aligned blocks of {@code V}.
   * The base address is taken to be aligned.
   *
   * @param addresses hardware axes to offsets in elements, {@code memory.compose(registers)}
   * @param elementBits bits of an element, a power of two
   * @param maxBytes the widest access of the machine in bytes
   */
  public static VectorWidth of(Layout addresses, int elementBits, int maxBytes) {
    if (Integer.bitCount(elementBits) != 1) {
      throw new IllegalArgumentException(
          "elements of " + elementBits + " bits are accessed through a view as bytes");
    }
    int widest = Math.max(1, Integer.highestOneBit(maxBytes * 8 / elementBits));
    for (int v = widest; v > 1; v /= 2) {
      List<Integer> registers = group(addresses, v);
      if (!registers.isEmpty()) {
        return new VectorWidth(v, registers);
      }
    }
    return new VectorWidth(1, group(addresses, 1));
  }

  /** The slots grouped for a given width, if the access can be made with it. */
  public static Optional<VectorWidth> of(Layout addresses, int elements) {
    List<Integer> registers = group(addresses, elements);
    return registers.isEmpty()
        ? Optional.empty()
        : Optional.of(new VectorWidth(elements, registers));
  }

  /**
   * The slots grouped for a given width.
   *
   * @throws IllegalArgumentException if the access cannot be made with this width
   */
  public static VectorWidth grouped(Layout addresses, int elements) {
    List<Integer> registers = group(addresses, elements);
    if (registers.isEmpty()) {
      throw new IllegalArgumentException(
          "no vectors of " + elements + " elements in the access " + addresses);
    }
    return new VectorWidth(elements, registers);
  }

  private static List<Integer> group(Layout addresses, int v) {
    Axis memory = addresses.codomain().axis(0);
    for (Digit digit : addresses.digits()) {
      if (!digit.axis().equals(Axis.REGISTER) && digit.stride(memory) % v != 0) {
        return List.of();
      }
    }
    int register = addresses.domain().indexOf(Axis.REGISTER);
    int slots = Math.toIntExact(addresses.domain().extent(Axis.REGISTER));
    SortedMap<Long, List<List<Integer>>> blocks = new TreeMap<>();
    for (int slot = 0; slot < slots; slot++) {
      long[] point = new long[addresses.domain().rank()];
      if (register >= 0) {
        point[register] = slot;
      }
      long offset = addresses.apply(point)[0];
      blocks.computeIfAbsent(offset / v, block -> emptyLists(v)).get((int) (offset % v)).add(slot);
    }
    List<Integer> registers = new ArrayList<>();
    for (List<List<Integer>> block : blocks.values()) {
      int copies = block.getFirst().size();
      if (block.stream().anyMatch(slotsAt -> slotsAt.size() != copies)) {
        return List.of();
      }
      for (int copy = 0; copy < copies; copy++) {
        for (List<Integer> slotsAt : block) {
          registers.add(slotsAt.get(copy));
        }
      }
    }
    return registers;
  }

  private static List<List<Integer>> emptyLists(int count) {
    List<List<Integer>> lists = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }
}
