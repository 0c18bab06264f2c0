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
import java.util.TreeMap;

/**
 * A read of shared memory that transposes among groups of lanes (CDNA4 ISA, {@code
 * ds_read_b64_tr_b16} and the like).
 *
 * <p>A group of lanes reads a block of {@code n} rows, {@code n} being the elements that a lane
 * receives, and as many columns as the group has lanes. The rows may lie anywhere, in chunks of
 * {@code n} elements: lane {@code s} of the group supplies the address of chunk {@code s % c} of
 * row {@code s / c}, a row having {@code c} chunks, and receives column {@code s}, one element of
 * each row.
 *
 * @param registers for every instruction the slots that it fills, row by row
 * @param chunks which tile element starts the chunk whose address a lane supplies: {@code register}
 *     (the instruction), {@code lane} and the other hardware axes to tile dimensions
 */
public record TransposedRead(List<List<Integer>> registers, Layout chunks) {

  private static final String WHAT = "no transposed read serves this access";

  /**
   * What the instruction is.
   *
   * @param groupLanes the lanes that exchange elements, a power of two
   * @param laneBytes what a lane supplies the address of, and receives
   */
  public record Form(int groupLanes, int laneBytes) {}

  public TransposedRead {
    registers = registers.stream().map(List::copyOf).toList();
  }

  /** The number of instructions. */
  public int instructions() {
    return registers.size();
  }

  /**
   * The use of transposed reads for an access, if they apply: lanes that follow each other must
   * read elements that are adjacent, and everything else must move by whole chunks.
   *
   * @param shared tile dimensions to offsets in elements
   * @param fragment register, lane and other hardware axes to tile dimensions
   * @param elementBits bits of an element, a power of two
   */
  public static Result<TransposedRead> applies(
      Layout shared, Layout fragment, int elementBits, Form form) {
    int n = form.laneBytes() * Byte.SIZE / elementBits;
    if (Integer.bitCount(elementBits) != 1 || n < 1 || n > form.groupLanes()) {
      return refused("a lane of a group of %d receives %d elements", form.groupLanes(), n);
    }
    if (fragment.domain().extent(Axis.LANE) % form.groupLanes() != 0) {
      return refused(
          "%d lanes are no whole groups of %d",
          fragment.domain().extent(Axis.LANE), form.groupLanes());
    }
    return shared
        .compose(fragment)
        .then(addresses -> checked(addresses, n))
        .then(addresses -> plan(fragment, n, form.groupLanes()));
  }

  private static Result<TransposedRead> refused(String why, Object... values) {
    return Result.refused(new Reason.NotRepresentable(WHAT, why.formatted(values)));
  }

  private static Result<Layout> checked(Layout addresses, int n) {
    Axis memory = addresses.codomain().axis(0);
    long place = 1;
    for (Digit digit : addresses.bits()) {
      boolean inChunk = digit.axis().equals(Axis.LANE) && place < n;
      long stride = digit.stride(memory);
      if (inChunk ? stride != place : stride % n != 0) {
        return Result.refused(
            new Reason.NotRepresentable(
                WHAT,
                "a digit of axis %s moves by %d elements, not by %s"
                    .formatted(digit.axis(), stride, inChunk ? "" + place : "a multiple of " + n)));
      }
      place *= digit.axis().equals(Axis.LANE) ? digit.extent() : 1;
    }
    return addresses.offset(memory) % n == 0
        ? Result.ok(addresses)
        : Result.refused(
            new Reason.NotRepresentable(
                WHAT, "it starts at element %d".formatted(addresses.offset(memory))));
  }

  private static Result<TransposedRead> plan(Layout fragment, int n, int groupLanes) {
    List<Long> rows = new ArrayList<>();
    List<Digit> instructions = new ArrayList<>();
    long place = 1;
    for (Digit digit : fragment.bits()) {
      if (digit.axis().equals(Axis.REGISTER)) {
        if (digit.extent() == 2 && 1L << rows.size() < n) {
          rows.add(place);
        } else {
          instructions.add(
              new Digit(
                  Axis.REGISTER, digit.extent(), new TreeMap<>(Map.of(Axis.REGISTER, place))));
        }
        place *= digit.extent();
      }
    }
    if (1L << rows.size() < n) {
      return refused("%d registers are no multiple of %d", place, n);
    }
    Layout selector = selector(fragment.domain(), n, groupLanes, rows, instructions);
    List<List<Integer>> registers = new ArrayList<>();
    for (long instruction = 0; instruction < place / n; instruction++) {
      List<Integer> slots = new ArrayList<>();
      for (int row = 0; row < n; row++) {
        // The first lane of a group that supplies a chunk of this row.
        Map<Axis, Long> at =
            Map.of(Axis.REGISTER, instruction, Axis.LANE, (long) row * (groupLanes / n));
        slots.add((int) selector.apply(Axis.REGISTER, at));
      }
      registers.add(slots);
    }
    return Result.ok(new TransposedRead(registers, fragment.compose(selector).orThrow()));
  }

  /** Which slot of which lane holds the first element of the chunk that a lane addresses. */
  private static Layout selector(
      Space hardware, int n, int groupLanes, List<Long> rows, List<Digit> instructions) {
    LayoutBuilder builder = Layout.into(hardware);
    hardware.axes().forEach(axis -> builder.digit(axis, 1));
    builder.digit(Axis.LANE, groupLanes / n, Axis.LANE, n);
    rows.forEach(place -> builder.digit(Axis.LANE, 2, Axis.REGISTER, place));
    builder.digit(Axis.LANE, hardware.extent(Axis.LANE) / groupLanes, Axis.LANE, groupLanes);
    instructions.forEach(builder::digit);
    for (Space.Dim dim : hardware.dims()) {
      if (!dim.axis().equals(Axis.LANE) && !dim.axis().equals(Axis.REGISTER)) {
        builder.digit(dim.axis(), dim.extent(), dim.axis(), 1);
      }
    }
    return builder.build();
  }
}
