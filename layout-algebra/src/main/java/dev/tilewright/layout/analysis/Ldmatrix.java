package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A shared-memory access by {@code ldmatrix} (or {@code stmatrix}): 8×8 matrices of 16-bit elements
 * whose rows of 16 bytes may lie anywhere (PTX ISA 9.7.14.5.15).
 *
 * <p>One plan serves both: {@code stmatrix} writes the registers to the rows that {@code ldmatrix}
 * reads them from (9.7.14.5.16).
 *
 * @param matrices how many matrices one instruction moves: 1, 2 or 4
 * @param transposed whether it is the {@code .trans} form
 * @param registers for every 32-bit register, in the order in which the instructions deliver them,
 *     the slots of the register layout that it holds, lowest bits first; instruction {@code i}
 *     delivers the registers {@code i * matrices .. (i + 1) * matrices}
 * @param rows which tile element starts the row whose address a lane supplies: {@code register}
 *     (the instruction), {@code lane} and the other hardware axes to tile dimensions
 */
public record Ldmatrix(
    int matrices, boolean transposed, List<List<Integer>> registers, Layout rows) {

  private static final int ROW_BYTES = 16;
  private static final int REGISTER_BYTES = 4;

  public Ldmatrix {
    registers = registers.stream().map(List::copyOf).toList();
  }

  /** The number of instructions. */
  public int instructions() {
    return registers.size() / matrices;
  }

  /**
   * The use of {@code ldmatrix} for an access, if it applies.
   *
   * <p>Untransposed, a row is contiguous over the elements of one 32-bit register and the low two
   * bits of the lane; transposed, over the high three bits of the lane. Everything else must move
   * by whole rows.
   *
   * @param shared tile dimensions to offsets in elements
   * @param fragment register, lane and other hardware axes to tile dimensions
   * @param elementBytes bytes of an element: 1, 2 or 4; 2 when transposed
   */
  public static Result<Ldmatrix> applies(
      Layout shared, Layout fragment, int elementBytes, boolean transposed) {
    if (transposed && elementBytes != 2) {
      return refuse("the transposed form moves 16-bit elements, not %d bytes", elementBytes);
    }
    if (fragment.domain().extent(Axis.LANE) != 32) {
      return refuse("it needs 32 lanes, not %d", fragment.domain().extent(Axis.LANE));
    }
    return shared
        .compose(fragment)
        .then(
            addresses -> {
              int perRegister = REGISTER_BYTES / elementBytes;
              int row = ROW_BYTES / elementBytes;
              return packedDigits(addresses, perRegister, row, transposed)
                  .map(places -> plan(fragment, places, transposed));
            });
  }

  private static Result<Ldmatrix> refuse(String format, long value) {
    return Result.refused(new Reason.NotAFactor(format.formatted(value)));
  }

  /**
   * Checks the access and finds the places on the register axis of the digits, of extent two each,
   * that are packed into one 32-bit register: untransposed, those that step through the elements of
   * a register, transposed any one, which then steps from row to row.
   */
  private static Result<List<Long>> packedDigits(
      Layout addresses, int perRegister, int row, boolean transposed) {
    Axis memory = addresses.codomain().axis(0);
    if (addresses.offset(memory) % row != 0) {
      return misaligned("the first element", addresses.offset(memory), row);
    }
    long lanePlace = 1;
    long registerPlace = 1;
    SortedMap<Long, Long> packed = new TreeMap<>();
    for (Digit digit : addresses.bits()) {
      long stride = digit.stride(memory);
      if (digit.axis().equals(Axis.LANE)) {
        long expected =
            transposed
                ? (lanePlace >= 4 ? lanePlace / 4 : 0)
                : (lanePlace < 4 ? lanePlace * perRegister : 0);
        if (expected == 0 ? stride % row != 0 : stride != expected) {
          return misaligned("lane bit " + lanePlace, stride, expected == 0 ? row : expected);
        }
        lanePlace *= 2;
      } else if (digit.axis().equals(Axis.REGISTER)) {
        // Where bits of the offset are added modulo 2, strides that are no powers of two may fill a
        // register as well, in another order than the memory's.
        boolean inside =
            transposed ? packed.isEmpty() : stride < perRegister && Long.bitCount(stride) == 1;
        if (inside && digit.extent() == 2 && !packed.containsKey(stride)) {
          packed.put(stride, registerPlace);
        }
        if ((transposed || packed.getOrDefault(stride, 0L) != registerPlace) && stride % row != 0) {
          return misaligned("register bit " + registerPlace, stride, row);
        }
        registerPlace *= digit.extent();
      } else if (stride % row != 0) {
        return misaligned("axis " + digit.axis(), stride, row);
      }
    }
    if (1 << packed.size() != perRegister) {
      return Result.refused(
          new Reason.NotAFactor(
              "no register digit fills a 32-bit register with " + perRegister + " elements"));
    }
    return Result.ok(List.copyOf(packed.values()));
  }

  private static <T> Result<T> misaligned(String what, long stride, long expected) {
    return Result.refused(
        new Reason.NotAFactor(
            what + " moves by " + stride + " elements where ldmatrix needs " + expected));
  }

  private static Ldmatrix plan(Layout fragment, List<Long> packed, boolean transposed) {
    // The digits of the register axis that select a matrix: those of extent two while there is
    // room in the lanes, which then select it within an instruction, and all others.
    List<Long> inLanes = new ArrayList<>();
    List<Digit> outside = new ArrayList<>();
    long place = 1;
    for (Digit digit : fragment.bits()) {
      if (!digit.axis().equals(Axis.REGISTER)) {
        continue;
      }
      boolean inside = packed.contains(place);
      if (!inside && digit.extent() == 2 && inLanes.size() < 2) {
        inLanes.add(place);
      } else if (!inside) {
        outside.add(moving(digit.extent(), place));
      }
      place *= digit.extent();
    }
    Layout selector = selector(fragment.domain(), packed, inLanes, outside, transposed);
    int matrices = 1 << inLanes.size();
    long instructions = place / matrices >> packed.size();
    List<List<Integer>> registers = new ArrayList<>();
    for (long instruction = 0; instruction < instructions; instruction++) {
      for (long matrix = 0; matrix < matrices; matrix++) {
        long slot =
            selector.apply(
                Axis.REGISTER, Map.of(Axis.REGISTER, instruction, Axis.LANE, 8 * matrix));
        List<Integer> held = new ArrayList<>();
        held.add((int) slot);
        for (long step : packed) {
          List.copyOf(held).forEach(lower -> held.add((int) (lower + step)));
        }
        registers.add(held);
      }
    }
    return new Ldmatrix(matrices, transposed, registers, fragment.compose(selector).orThrow());
  }

  private static Digit moving(long extent, long place) {
    return new Digit(Axis.REGISTER, extent, new TreeMap<>(Map.of(Axis.REGISTER, place)));
  }

  /**
   * Which slot of which lane holds the first element of the row that a lane addresses: lane {@code
   * 8j + i} addresses row {@code i} of matrix {@code j}.
   */
  private static Layout selector(
      Space hardware,
      List<Long> packed,
      List<Long> inLanes,
      List<Digit> outside,
      boolean transposed) {
    LayoutBuilder builder = Layout.into(hardware);
    hardware.axes().forEach(axis -> builder.digit(axis, 1));
    if (transposed) {
      builder.digit(Axis.LANE, 2, Axis.REGISTER, packed.getFirst());
      builder.digit(Axis.LANE, 4, Axis.LANE, 1);
    } else {
      builder.digit(Axis.LANE, 8, Axis.LANE, 4);
    }
    inLanes.forEach(place -> builder.digit(Axis.LANE, 2, Axis.REGISTER, place));
    builder.digit(Axis.LANE, 4 >> inLanes.size());
    outside.forEach(builder::digit);
    for (Space.Dim dim : hardware.dims()) {
      if (!dim.axis().equals(Axis.LANE) && !dim.axis().equals(Axis.REGISTER)) {
        builder.digit(dim.axis(), dim.extent(), dim.axis(), 1);
      }
    }
    return builder.build();
  }
}
