package dev.tilewright;

import dev.tilewright.dtype.DType;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a tile looks like: element type and shape, without elements.
 *
 * @param extents dimension 0 outermost
 */
public record TileSpec(DType dtype, List<Integer> extents) {
  public TileSpec {
    extents = List.copyOf(extents);
  }

  /** Tiles of that type and shape. */
  public static TileSpec of(DType dtype, int... extents) {
    return new TileSpec(dtype, IntStream.of(extents).boxed().toList());
  }

  @Override
  public String toString() {
    return dtype + " " + TileOps.shape(extents);
  }
}
