package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Sum;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A memory layout cut into equal tiles that all lie alike: {@code memory(n·|tile| + x) = starts(n)
 * + inside(x)}.
 *
 * @param inside the coordinates in a tile to offsets, 0 at zero
 * @param starts the tile's number on every axis to the offset where it starts
 */
record Tiles(Layout inside, Layout starts) {

  /**
   * @param tile the extents of a tile; axes that are not listed have extent 1
   */
  static Result<Tiles> of(Layout memory, Space tile) {
    List<Space.Dim> dims = new ArrayList<>();
    Map<Axis, Axis> names = new TreeMap<>();
    for (Space.Dim dim : memory.domain().dims()) {
      long extent = tile.extent(dim.axis());
      if (dim.extent() % extent != 0) {
        return Result.refused(new Reason.NotDivisible(dim.axis(), dim.extent(), extent));
      }
      Axis number = new Axis("tiles_of_" + dim.axis().name());
      names.put(number, dim.axis());
      dims.add(new Space.Dim(dim.axis(), extent));
      dims.add(new Space.Dim(number, dim.extent() / extent));
    }
    return memory.reshapeDomain(new Space(dims)).then(split -> of(split, names));
  }

  private static Result<Tiles> of(Layout split, Map<Axis, Axis> names) {
    Layout inside = split;
    Layout starts = split;
    for (Map.Entry<Axis, Axis> name : names.entrySet()) {
      inside = inside.slice(name.getKey(), 0);
      starts = starts.slice(name.getValue(), 0);
    }
    Layout numbered = starts.rename(names);
    return fromZero(inside)
        .then(
            whole ->
                split.sum() == Sum.INTEGER || (support(whole) & support(numbered)) == 0
                    ? Result.ok(new Tiles(whole, numbered))
                    : Result.refused(
                        new Reason.NotRepresentable(
                            "a tile", "its offsets and those of its start meet in a bit")));
  }

  private static Result<Layout> fromZero(Layout layout) {
    LayoutBuilder builder = Layout.into(layout.codomain());
    if (layout.sum() == Sum.XOR) {
      builder.xor();
    }
    layout.domain().axes().forEach(axis -> builder.digit(axis, 1));
    for (Digit digit : layout.digits()) {
      builder.digit(digit);
    }
    return builder.tryBuild();
  }

  /** The bits that values have. */
  private static long support(Layout layout) {
    long support = 0;
    for (long x = 0; x < layout.domain().size(); x++) {
      support |= layout.apply(layout.domain().unflatten(x))[0];
    }
    return support;
  }

  /** Whether every tile starts at a multiple of so many elements. */
  boolean startAtMultiplesOf(long elements) {
    Axis memory = starts.codomain().axis(0);
    return starts.offset(memory) % elements == 0
        && starts.digits().stream().allMatch(digit -> digit.stride(memory) % elements == 0);
  }
}
