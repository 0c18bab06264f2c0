package dev.tilewright.ir.pass;

import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Sum;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A dimension of a tile, cut where warps take parts of it: every new dimension lies either within
 * each warp or over warps alone. So a reduction can be done within each warp first.
 *
 * @param axis the dimension that was cut, and the first of its parts
 * @param parts how many it was cut into
 * @param shape the tile's, with the parts, major to minor
 * @param overWarps the dimensions that lie over warps, ascending
 * @param layout of the tile in that shape
 */
record WarpParts(int axis, int parts, List<Integer> shape, List<Integer> overWarps, Layout layout) {

  /** Empty if the warps' parts of the dimension are not made of whole digits. */
  static Optional<WarpParts> of(Layout layout, List<Integer> shape, int axis) {
    List<Digit> warps =
        layout.digits().stream()
            .filter(digit -> digit.axis().equals(WARP) && digit.stride(dim(axis)) != 0)
            .sorted(Comparator.comparingLong(digit -> digit.stride(dim(axis))))
            .toList();
    if (layout.sum() != Sum.INTEGER || warps.stream().anyMatch(d -> d.strides().size() > 1)) {
      return Optional.empty();
    }
    List<Long> minorFirst = new ArrayList<>();
    List<Integer> over = new ArrayList<>();
    long reached = 1;
    for (Digit digit : warps) {
      long stride = digit.stride(dim(axis));
      if (stride % reached != 0) {
        return Optional.empty();
      }
      addPart(minorFirst, stride / reached);
      over.add(minorFirst.size());
      minorFirst.add(digit.extent());
      reached = stride * digit.extent();
    }
    if (shape.get(axis) % reached != 0) {
      return Optional.empty();
    }
    addPart(minorFirst, shape.get(axis) / reached);
    List<Integer> parts = minorFirst.reversed().stream().map(Math::toIntExact).toList();
    List<Integer> cutShape = new ArrayList<>(shape.subList(0, axis));
    cutShape.addAll(parts);
    cutShape.addAll(shape.subList(axis + 1, shape.size()));
    List<Integer> overWarps =
        over.reversed().stream().map(i -> axis + parts.size() - 1 - i).toList();
    return RegisterLayouts.reshape(layout, shape, cutShape)
        .map(cut -> new WarpParts(axis, parts.size(), cutShape, overWarps, cut))
        .filter(WarpParts::isClean);
  }

  private static void addPart(List<Long> parts, long extent) {
    if (extent > 1) {
      parts.add(extent);
    }
  }

  private boolean isClean() {
    return layout.digits().stream()
        .allMatch(
            digit ->
                overWarps.stream().allMatch(d -> digit.stride(dim(d)) == 0)
                    || digit.axis().equals(WARP));
  }

  /** The parts that lie within each warp, descending: removing one leaves the others in place. */
  List<Integer> withinWarps() {
    return IntStream.range(0, parts)
        .map(i -> axis + parts - 1 - i)
        .filter(d -> !overWarps.contains(d))
        .boxed()
        .toList();
  }
}
