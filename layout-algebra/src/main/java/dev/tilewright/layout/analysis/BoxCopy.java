package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The copy of a tile of a tensor into a shared layout by an engine that copies boxes (TMA, PTX ISA
 * 5.5): a box lies packed in shared memory, its first axis fastest, and the engine swizzles the
 * addresses it writes.
 *
 * @param swizzle the swizzle of all boxes, with the length of a box's lines
 * @param box the extents of a box in elements, the axis that is contiguous in the tensor first;
 *     other axes of the tile have extent 1
 * @param origins {@code box → tile dimensions}: the element with which each box starts
 * @param starts {@code box → offset} in elements, before swizzling: what the engine is told
 */
public record BoxCopy(SwizzleMode swizzle, Space box, Layout origins, Layout starts) {

  /** Counts the boxes of a tile. */
  public static final Axis BOX = new Axis("box");

  private static final String WHAT = "no copies of boxes write this layout";

  /**
   * What an engine can do.
   *
   * @param swizzles the swizzles it knows; boxes that are not swizzled are always possible
   * @param granuleBytes what the length of a line is a multiple of
   * @param alignmentBytes what the address of a box is a multiple of
   * @param maxExtent the greatest extent of a box on any axis
   * @param maxRank the greatest number of axes
   */
  public record Engine(
      List<SwizzleMode> swizzles,
      int granuleBytes,
      int alignmentBytes,
      long maxExtent,
      int maxRank) {
    public Engine {
      swizzles = List.copyOf(swizzles);
    }
  }

  /** The number of boxes. */
  public long boxes() {
    return starts.domain().size();
  }

  /**
   * The copies that write a shared layout, the fewest boxes that do it.
   *
   * @param shared tile dimensions to offsets in elements
   * @param contiguous the dimension of the tile that is contiguous in the tensor
   * @param elementBits bits of an element, a power of two
   */
  public static Result<BoxCopy> of(Layout shared, Axis contiguous, int elementBits, Engine engine) {
    if (Integer.bitCount(elementBits) != 1) {
      return refused("elements of %d bits are copied as bytes", elementBits);
    }
    Optional<BoxCopy> best = Optional.empty();
    Result<BoxCopy> plain = unswizzled(shared, contiguous, elementBits, engine);
    if (plain instanceof Result.Ok<BoxCopy>(BoxCopy copy)) {
      best = Optional.of(copy);
    }
    for (SwizzleMode mode : engine.swizzles()) {
      long line = mode.lineElements(elementBits);
      Result<BoxCopy> swizzled =
          mode.apply(shared, elementBits)
              .then(lines -> of(lines, contiguous, line, mode, elementBits, engine));
      if (swizzled instanceof Result.Ok<BoxCopy>(BoxCopy copy)
          && (best.isEmpty() || copy.boxes() < best.get().boxes())) {
        best = Optional.of(copy);
      }
    }
    return best.map(Result::ok).orElse(plain);
  }

  private static Result<BoxCopy> unswizzled(
      Layout shared, Axis contiguous, int elementBits, Engine engine) {
    long granule = Math.max(1, engine.granuleBytes() * (long) Byte.SIZE / elementBits);
    long run = firstDigit(shared, contiguous, 1).map(Digit::extent).orElse(1L);
    Result<BoxCopy> result =
        refused(
            "along %s, unswizzled, no whole number of %d bytes is contiguous",
            contiguous, engine.granuleBytes());
    long first = Math.min(run, engine.maxExtent()) / granule * granule;
    for (long line = first; line > 0 && !result.isOk(); line -= granule) {
      if (shared.domain().extent(contiguous) % line == 0) {
        SwizzleMode none = SwizzleMode.none(line * elementBits / Byte.SIZE);
        Result<BoxCopy> next = of(shared, contiguous, line, none, elementBits, engine);
        result = next.isOk() || line == first ? next : result;
      }
    }
    return result;
  }

  /** The copies into a layout from which the swizzle has been taken off, the largest that fit. */
  private static Result<BoxCopy> of(
      Layout lines, Axis contiguous, long line, SwizzleMode mode, int elementBits, Engine engine) {
    if (line > engine.maxExtent()
        || line * elementBits % (engine.granuleBytes() * (long) Byte.SIZE) != 0) {
      return refused("a line of %d elements is no side of a box", line);
    }
    Result<BoxCopy> result = refused("a line of %d elements is no box", line);
    for (Space box : boxes(lines, contiguous, line, engine)) {
      result = of(lines, box, mode, elementBits, engine);
      if (result.isOk()) {
        return result;
      }
    }
    return result;
  }

  private static Result<BoxCopy> of(
      Layout lines, Space box, SwizzleMode mode, int elementBits, Engine engine) {
    return Tiles.of(lines, box)
        .then(
            tiles -> {
              if (!tiles.inside().equals(packed(tiles.inside(), box))) {
                return refused("boxes %s do not lie packed", box);
              }
              long aligned = Math.max(1, engine.alignmentBytes() * (long) Byte.SIZE / elementBits);
              if (!tiles.startAtMultiplesOf(aligned)) {
                return refused(
                    "boxes %s would start between multiples of %d bytes",
                    box, engine.alignmentBytes());
              }
              if (overlap(tiles.starts(), box.size())) {
                return refused("boxes %s would overlap", box);
              }
              return tiles
                  .starts()
                  .reshapeDomain(Space.of(BOX, tiles.starts().domain().size()))
                  .map(starts -> new BoxCopy(mode, box, origins(tiles.starts(), box), starts));
            });
  }

  private static Result<BoxCopy> refused(String why, Object... values) {
    return Result.refused(new Reason.NotRepresentable(WHAT, why.formatted(values)));
  }

  /**
   * The boxes whose lines may lie packed, the largest first: one axis after the other is added
   * whose first digit continues those so far.
   */
  private static List<Space> boxes(Layout lines, Axis contiguous, long line, Engine engine) {
    List<Space> boxes = new ArrayList<>(List.of(Space.of(contiguous, line)));
    for (int rank = 1; rank < engine.maxRank(); rank++) {
      Space smaller = boxes.getFirst();
      Optional<Digit> next = next(lines, smaller);
      if (smaller.rank() < rank || next.isEmpty()) {
        break;
      }
      for (long extent = 2; extent <= Math.min(next.get().extent(), engine.maxExtent()); extent++) {
        if (next.get().extent() % extent == 0) {
          boxes.addFirst(smaller.with(next.get().axis(), extent));
        }
      }
    }
    return boxes;
  }

  private static Optional<Digit> next(Layout lines, Space box) {
    return lines.domain().axes().stream()
        .filter(axis -> !box.has(axis))
        .flatMap(axis -> firstDigit(lines, axis, box.size()).stream())
        .findFirst();
  }

  /** The first digit of an axis, if it has the given stride. */
  private static Optional<Digit> firstDigit(Layout memory, Axis axis, long stride) {
    return memory.digits().stream()
        .filter(digit -> digit.axis().equals(axis))
        .findFirst()
        .filter(digit -> digit.stride(memory.codomain().axis(0)) == stride);
  }

  private static Layout packed(Layout inside, Space box) {
    LayoutBuilder builder = Layout.into(inside.codomain());
    inside.domain().axes().forEach(axis -> builder.digit(axis, 1));
    long stride = 1;
    for (Space.Dim dim : box.dims()) {
      builder.digit(dim.axis(), dim.extent(), inside.codomain().axis(0), stride);
      stride *= dim.extent();
    }
    return builder.build();
  }

  private static boolean overlap(Layout starts, long size) {
    long[] sorted = new long[(int) starts.domain().size()];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = starts.apply(starts.domain().unflatten(i))[0];
    }
    Arrays.sort(sorted);
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] - sorted[i - 1] < size) {
        return true;
      }
    }
    return false;
  }

  private static Layout origins(Layout starts, Space box) {
    List<Space.Dim> dims = new ArrayList<>();
    for (Space.Dim dim : starts.domain().dims()) {
      dims.add(new Space.Dim(dim.axis(), dim.extent() * box.extent(dim.axis())));
    }
    LayoutBuilder builder = Layout.into(new Space(dims)).digit(BOX, 1);
    for (Space.Dim dim : starts.domain().dims()) {
      builder.digit(BOX, dim.extent(), dim.axis(), box.extent(dim.axis()));
    }
    return builder.build();
  }
}
