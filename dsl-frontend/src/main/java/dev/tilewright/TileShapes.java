package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.BitView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Operations that change a tile's shape. */
final class TileShapes {
  private TileShapes() {}

  /** Extents as a user wrote them: checked to be positive. */
  static List<Integer> extents(Trace trace, Site site, int... extents) {
    if (extents.length == 0) {
      throw trace.fail(
          site,
          Misuse.RANK_MISMATCH,
          "a tile has at least one dimension",
          List.of(),
          "write the extent of each dimension, outermost first");
    }
    for (int extent : extents) {
      trace.sizes().checkPositive(site, "tile extent", extent);
    }
    return Arrays.stream(extents).boxed().toList();
  }

  static Tile reshape(Site site, TileValue x, int... extents) {
    List<Integer> shape = extents(x.trace, site, extents);
    if (elements(shape) != elements(x.shape())) {
      throw x.trace.fail(
          site,
          Misuse.RESHAPE_COUNT,
          "a tile of %s has %d elements, one of %s has %d"
              .formatted(
                  TileOps.shape(x.shape()),
                  elements(x.shape()),
                  TileOps.shape(shape),
                  elements(shape)),
          List.of(x.note("this " + x.describe() + " was made here")),
          "a reshape keeps all elements; broadcastTo repeats them");
    }
    return x.trace.tile(site, x.trace.ops().reshape(x.read(site), shape));
  }

  static Tile view(Site site, TileValue x, DType as) {
    List<Diagnostic.Note> notes = List.of(x.note("this " + x.describe() + " was made here"));
    if (x.dtype().equals(DType.I1) || as.equals(DType.I1)) {
      throw x.trace.fail(
          site,
          Misuse.OPERATION_DTYPE,
          "masks have no view, and no tile is viewed as one",
          notes,
          "select makes numbers of a mask, a comparison makes a mask of numbers; single bits are"
              + " u1");
    }
    Value value = x.read(site);
    if (BitView.shape(value.tile(), as).isEmpty()) {
      int row = x.rank() == 0 ? 1 : x.shape().getLast();
      throw x.trace.fail(
          site,
          Misuse.VIEW_BITS,
          "a row of %d elements of %s has %d bits, which are no whole number of %s"
              .formatted(row, x.dtype().name(), (long) row * x.dtype().bits(), as.name()),
          notes,
          "rows of a multiple of %d elements can be viewed"
              .formatted(BitView.run(x.dtype().bits(), as.bits())));
    }
    return x.trace.tile(site, as.equals(x.dtype()) ? value : x.trace.ops().view(value, as));
  }

  private static long elements(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  static Tile expand(Site site, TileValue x, int axis) {
    if (axis < 0 || axis > x.rank()) {
      throw axisOutOfRange(site, x, axis, x.rank());
    }
    List<Integer> shape = new ArrayList<>(x.shape());
    shape.add(axis, 1);
    return x.trace.tile(site, x.trace.ops().reshape(x.read(site), shape));
  }

  static Tile broadcastTo(Site site, TileValue x, int... extents) {
    List<Integer> shape = extents(x.trace, site, extents);
    boolean fits =
        shape.size() == x.rank()
            && IntStream.range(0, x.rank())
                .allMatch(i -> x.shape().get(i) == 1 || x.shape().get(i).equals(shape.get(i)));
    if (!fits) {
      throw x.trace.fail(
          site,
          Misuse.BROADCAST,
          "shape " + TileOps.shape(x.shape()) + " does not repeat to " + TileOps.shape(shape),
          List.of(x.note("this " + x.describe() + " was made here")),
          "only dimensions of extent 1 are repeated; add one with expand(axis)");
    }
    Value value = TileOps.broadcast(x.trace, x.read(site), shape);
    return x.trace.tile(site, value);
  }

  static Tile transpose(Site site, TileValue x, int... order) {
    List<Integer> permutation = Arrays.stream(order).boxed().toList();
    List<Integer> sorted = permutation.stream().sorted().toList();
    if (!sorted.equals(IntStream.range(0, x.rank()).boxed().toList())) {
      throw x.trace.fail(
          site,
          Misuse.PERMUTATION,
          "the order "
              + permutation.stream().map(String::valueOf).collect(Collectors.joining(", "))
              + " does not name each of the "
              + x.rank()
              + " dimensions once",
          List.of(x.note("this " + x.describe() + " was made here")),
          "dimension i of the result is dimension order[i] of the tile");
    }
    return x.trace.tile(site, x.trace.ops().transpose(x.read(site), permutation));
  }

  static void checkMatrix(Site site, TileValue x) {
    if (x.rank() != 2) {
      throw x.trace.fail(
          site,
          Misuse.RANK_MISMATCH,
          "t() swaps two dimensions, but this tile has " + x.rank(),
          List.of(x.note("this " + x.describe() + " was made here")),
          "use transpose(order…)");
    }
  }

  static void checkAxis(Site site, TileValue x, int axis) {
    if (axis < 0 || axis >= x.rank()) {
      throw axisOutOfRange(site, x, axis, x.rank() - 1);
    }
  }

  private static KernelDefinitionException axisOutOfRange(
      Site site, TileValue x, int axis, int last) {
    return x.trace.fail(
        site,
        Misuse.AXIS_OUT_OF_RANGE,
        "axis " + axis + " is out of range for a tile of " + TileOps.shape(x.shape()),
        List.of(x.note("this " + x.describe() + " was made here")),
        "axes count from 0, the outermost: 0 to " + last + " here");
  }
}
