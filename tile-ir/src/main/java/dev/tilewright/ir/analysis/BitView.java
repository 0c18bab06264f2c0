package dev.tilewright.ir.analysis;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Type;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a {@code View} makes of shapes and layouts: rows along the last dimension are cut anew. */
public final class BitView {
  private BitView() {}

  /** The shape of a tile seen as elements of another type; empty if their bits do not fill it. */
  public static Optional<List<Integer>> shape(Type.Tile tile, DType dtype) {
    if (tile.rank() == 0) {
      return tile.dtype().bits() == dtype.bits() ? Optional.of(tile.shape()) : Optional.empty();
    }
    long bits = (long) tile.shape().getLast() * tile.dtype().bits();
    if (bits % dtype.bits() != 0) {
      return Optional.empty();
    }
    List<Integer> shape = new ArrayList<>(tile.shape());
    shape.set(shape.size() - 1, Math.toIntExact(bits / dtype.bits()));
    return Optional.of(shape);
  }

  /**
   * The register layout of what is seen, every thread keeping its bits in their order.
   *
   * @param layout of the tile that is viewed
   * @param shape of the tile that is seen
   * @return empty if some thread does not hold whole elements
   */
  public static Optional<Layout> layout(Layout layout, int bits, List<Integer> shape, int seen) {
    if (bits == seen) {
      return Optional.of(layout);
    }
    Space tile = Space.tile(shape.stream().mapToLong(Integer::longValue).toArray());
    return layout.recast(Axis.REGISTER, Axis.dim(shape.size() - 1), bits, seen)
            instanceof Result.Ok<Layout>(Layout recast)
        ? Optional.of(recast).filter(l -> l.codomain().equals(tile))
        : Optional.empty();
  }

  /** How many elements of one width make up whole elements of the other. */
  public static int run(int bits, int seen) {
    int a = bits;
    int b = seen;
    while (b != 0) {
      int rest = a % b;
      a = b;
      b = rest;
    }
    return seen / a;
  }
}
