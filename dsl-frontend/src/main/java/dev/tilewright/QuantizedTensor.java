package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.layout.weights.WeightFormat.Scales;
import java.util.List;
import java.util.Optional;

/**
 * A matrix of quantised weights: the parameters of a kernel that hold its packed codes, and its
 * scales and zero points where its {@link WeightFormat} has them. For a matrix {@code w} of n rows
 * and k columns:
 *
 * <ul>
 *   <li>{@code w}: the codes, as {@link KernelBuilder#packed} declares them;
 *   <li>{@code w_scales}: {@code [groups of a row, rows of all tiles]};
 *   <li>{@code w_zeros}: the same shape;
 *   <li>{@code w_scale}: a number, f32.
 * </ul>
 *
 * <p>Where weights are scaled is the kernel's choice. {@link #weights} does it before the product,
 * in the type of the activations: one multiplication for each weight, one rounding, and any number
 * of groups in a tile. {@link #numbers} leaves it to the product's sums, in f32, exact but for that
 * type's rounding: with {@link #scaleSums} one group at a time, one multiplication for each sum.
 * Scales of whole rows are for {@link #finish} in either case.
 */
public final class QuantizedTensor {
  private final WeightFormat format;
  private final PackedTensor codes;
  private final Optional<GlobalTensor> scales;
  private final Optional<GlobalTensor> zeros;
  private final Optional<Scalar> matrixScale;

  QuantizedTensor(
      WeightFormat format,
      PackedTensor codes,
      Optional<GlobalTensor> scales,
      Optional<GlobalTensor> zeros,
      Optional<Scalar> matrixScale) {
    this.format = format;
    this.codes = codes;
    this.scales = scales;
    this.zeros = zeros;
    this.matrixScale = matrixScale;
  }

  static QuantizedTensor declare(
      KernelBuilder k,
      Site site,
      String name,
      WeightFormat format,
      PackedOrder order,
      Dim rows,
      Dim columns) {
    int group = format.scales().map(Scales::group).orElse(Scales.ROW);
    if (group != Scales.ROW && group % order.columns() != 0 && order.columns() % group != 0) {
      throw rows.trace.fail(
          site,
          Misuse.WEIGHT_TILE,
          "tiles of %d columns of '%s' cut groups of %d".formatted(order.columns(), name, group),
          List.of(),
          "one must be a multiple of the other");
    }
    Dim groups = group == Scales.ROW ? k.dim(1) : columns.ceilDiv(group);
    Dim padded = rows.ceilDiv(order.rows()).times(order.rows());
    return new QuantizedTensor(
        format,
        k.packed(
            name, format.type().equals(DType.I1) ? DType.U1 : format.type(), order, rows, columns),
        format.scales().map(s -> k.in(name + "_scales", s.type(), groups, padded)),
        format.zeros().map(z -> k.in(name + "_zeros", z, groups, padded)),
        format.matrixScale()
            ? Optional.of(k.scalar(name + "_scale", DType.F32))
            : Optional.empty());
  }

  private PackedOrder order() {
    return codes.order();
  }

  /**
   * Tile (row, column) with all that its groups say: {@code (number − zero) · scale}, but for
   * scales of whole rows and of the matrix.
   *
   * @param as the type of the activations; it must hold every number of the codes' type
   */
  public Tile weights(ScalarValue row, ScalarValue column, DType as) {
    Tile numbers = numbers(row, column, as);
    return scales.isEmpty() || isOfRows()
        ? numbers
        : numbers.times(shared(scales.get(), row, column, as));
  }

  /** Tile (row, column) without scales: {@code number − zero}. */
  public Tile numbers(ScalarValue row, ScalarValue column, DType as) {
    Tile numbers = codes.tile(row, column).cast(as);
    if (format.type().equals(DType.I1)) {
      // Tiles of i1 are masks: the codes are those of u1, and 1 means -1.
      numbers = numbers.times(-1);
    }
    return zeros.isEmpty() ? numbers : numbers.minus(shared(zeros.get(), row, column, as));
  }

  /**
   * The sums over the columns of a tile, whose rows are those of tile (row, column), times their
   * scales.
   *
   * @param sums f32, one row for each row of the tile, of one group
   * @throws IllegalArgumentException if a tile has columns of several groups
   */
  public Tile scaleSums(Tile sums, ScalarValue row, ScalarValue column) {
    if (scales.isEmpty() || isOfRows()) {
      return sums;
    }
    if (group() % order().columns() != 0) {
      throw new IllegalArgumentException(
          "sums over %d columns belong to several groups of %d: scale the weights"
              .formatted(order().columns(), group()));
    }
    return sums.times(column(scales.get(), row, column));
  }

  /**
   * What is left to do with sums over all columns: scales of whole rows and of the matrix.
   *
   * @param sums f32, one row for each row of the tiles of that row
   */
  public Tile finish(Tile sums, ScalarValue row) {
    Tile scaled = sums;
    if (scales.isPresent() && isOfRows()) {
      scaled = scaled.times(column(scales.get(), row, row));
    }
    if (matrixScale.isPresent()) {
      scaled = scaled.times(matrixScale.get());
    }
    return scaled;
  }

  private int group() {
    return format.scales().map(Scales::group).orElse(Scales.ROW);
  }

  private boolean isOfRows() {
    return group() == Scales.ROW;
  }

  /** One number for each row, in f32. */
  private Tile column(GlobalTensor tensor, ScalarValue row, ScalarValue column) {
    return block(tensor, row, column, 1).cast(DType.F32).t();
  }

  /** What groups share, for every weight of a tile. */
  private Tile shared(GlobalTensor tensor, ScalarValue row, ScalarValue column, DType as) {
    int columns = order().columns();
    int groups = isOfRows() ? 1 : Math.max(1, columns / group());
    Tile block = block(tensor, row, column, groups);
    Tile shared = tensor.dtype().equals(as) ? block : block.cast(as);
    return shared
        .t()
        .reshape(order().rows(), groups, 1)
        .broadcastTo(order().rows(), groups, columns / groups)
        .reshape(order().rows(), columns);
  }

  /** {@code [groups, rows]} of a tensor of scales or zero points. */
  private Tile block(GlobalTensor tensor, ScalarValue row, ScalarValue column, int groups) {
    int rows = order().rows();
    if (isOfRows()) {
      return tensor.tile(0, row, 1, rows).load();
    }
    int tiles = Math.max(1, group() / order().columns());
    Scalar block = tiles == 1 ? column.scalar() : column.scalar().div(tiles);
    return tensor.tile(block, row, groups, rows).load();
  }
}
