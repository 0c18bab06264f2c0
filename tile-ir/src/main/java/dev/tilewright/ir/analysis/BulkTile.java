package dev.tilewright.ir.analysis;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.target.WarpSpecialization;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.BoxCopy;
import dev.tilewright.layout.analysis.SwizzleMode;
import java.util.ArrayList;
import java.util.List;

/**
 * A tile as bulk copies move it: lines along the dimension whose neighbours lie side by side in the
 * tensor ({@link SwizzleMode#tile}), each copy a box of them ({@link BoxCopy}).
 *
 * @param layout the tile's dimensions to offsets in elements
 * @param copy the boxes
 * @param alignment a buffer begins at a multiple of this many bytes
 */
public record BulkTile(
    List<Integer> shape, DType dtype, int unit, Layout layout, BoxCopy copy, int alignment) {

  public BulkTile {
    shape = List.copyOf(shape);
  }

  /**
   * How bulk copies move the tile, in the longest lines that its rows are made of.
   *
   * @param unit the dimension along which neighbours lie side by side in the tensor, or -1
   */
  public static Result<BulkTile> of(
      List<Integer> shape, int unit, DType dtype, WarpSpecialization target) {
    return all(shape, unit, dtype, target).then(tiles -> Result.ok(tiles.getFirst()));
  }

  /**
   * All ways in which bulk copies move the tile: in swizzled lines, the longest first, and last row
   * by row as it is.
   */
  public static Result<List<BulkTile>> all(
      List<Integer> shape, int unit, DType dtype, WarpSpecialization target) {
    if (unit < 0) {
      return refused("no dimension of its tensor is known to be contiguous");
    }
    if (dtype.bits() % Byte.SIZE != 0) {
      return refused("elements of %d bits share bytes", dtype.bits());
    }
    int row = shape.get(unit) * dtype.bits() / Byte.SIZE;
    Result<List<BulkTile>> refusal =
        refused(
            "its rows of %d bytes are no multiple of %d",
            row, target.engine().swizzles().getLast().lineBytes());
    List<BulkTile> tiles = new ArrayList<>();
    for (SwizzleMode mode : target.engine().swizzles()) {
      if (row % mode.lineBytes() == 0) {
        switch (of(shape, unit, dtype, mode, target)) {
          case Result.Ok<BulkTile>(BulkTile tile) -> tiles.add(tile);
          case Result.Refused<BulkTile>(Reason reason) -> refusal = Result.refused(reason);
        }
      }
    }
    if (!tiles.isEmpty()
        && of(shape, unit, dtype, SwizzleMode.none(row), target)
            instanceof Result.Ok<BulkTile>(BulkTile plain)) {
      tiles.add(plain);
    }
    return tiles.isEmpty() ? refusal : Result.ok(List.copyOf(tiles));
  }

  private static Result<BulkTile> of(
      List<Integer> shape, int unit, DType dtype, SwizzleMode mode, WarpSpecialization target) {
    Space tile = Space.tile(shape.stream().mapToLong(Integer::longValue).toArray());
    return mode.tile(tile, Axis.dim(unit), dtype.bits())
        .then(
            layout ->
                BoxCopy.of(layout, Axis.dim(unit), dtype.bits(), target.engine())
                    .then(
                        copy ->
                            Result.ok(
                                new BulkTile(
                                    shape, dtype, unit, layout, copy, alignment(copy, target)))));
  }

  private static int alignment(BoxCopy copy, WarpSpecialization target) {
    return Math.toIntExact(
        Math.max(target.engine().alignmentBytes(), copy.swizzle().alignmentBytes()));
  }

  private static <T> Result<T> refused(String why, Object... values) {
    return Result.refused(
        new Reason.NotRepresentable("no bulk copy moves the tile", why.formatted(values)));
  }

  /** Bytes that the copies of one tile transfer. */
  public int transferredBytes() {
    long elements = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    return Math.toIntExact(elements * dtype.bits() / Byte.SIZE);
  }

  /** Bytes of shared memory. */
  public int bytes() {
    return Math.toIntExact(layout.codomain().size() * dtype.bits() / Byte.SIZE);
  }

  /** Bytes from one buffer of a ring to the next. */
  public long slotBytes() {
    return Math.ceilDiv(bytes(), alignment()) * (long) alignment();
  }

  /** The distance of two buffers of a ring, in elements. */
  private long step() {
    return slotBytes() * Byte.SIZE / dtype.bits();
  }

  /**
   * The layout of some tiles one after the other, their number in front of the dimensions: it says
   * how far they lie apart; within itself, each lies as {@link #layout} says.
   */
  public Layout ring(int stages) {
    LayoutBuilder ring =
        Layout.into(Space.of(Axis.OFFSET, step() * stages))
            .digit(Axis.dim(0), stages, Axis.OFFSET, step());
    long stride = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    for (int d = 0; d < shape.size(); d++) {
      stride /= shape.get(d);
      ring.digit(Axis.dim(d + 1), shape.get(d), Axis.OFFSET, stride);
    }
    return ring.build();
  }
}
