package dev.tilewright.layout.weights;

import java.util.Arrays;
import java.util.Objects;

/**
 * A matrix of weights as kernels read it.
 *
 * @param tiles the packed tiles, row of tiles by row of tiles: a tensor of bytes {@code [row tiles,
 *     column tiles, lines, 128]}
 * @param scales codes, {@code [group][row]}, with as many rows as the tiles have
 * @param zeros codes, likewise
 * @param matrixScale 1 without
 */
public record PackedWeights(
    WeightFormat format,
    PackedOrder order,
    int rows,
    int columns,
    byte[] tiles,
    long[] scales,
    long[] zeros,
    float matrixScale) {

  /** How many tiles lie below each other. */
  public int rowTiles() {
    return Math.ceilDiv(rows, order.rows());
  }

  /** How many tiles lie beside each other. */
  public int columnTiles() {
    return Math.ceilDiv(columns, order.columns());
  }

  /** The matrix that was packed. */
  public QuantizedMatrix unpack() {
    TilePacker packer = new TilePacker(order);
    byte[] codes = new byte[Math.multiplyExact(rows, columns)];
    for (int i = 0; i < rowTiles(); i++) {
      for (int j = 0; j < columnTiles(); j++) {
        int at = (i * columnTiles() + j) * order.byteCount();
        long[] tile = packer.unpack(Arrays.copyOfRange(tiles, at, at + order.byteCount()));
        scatter(i * order.rows(), j * order.columns(), tile, codes);
      }
    }
    return new QuantizedMatrix(
        format, rows, columns, codes, trim(scales), trim(zeros), matrixScale);
  }

  private void scatter(int firstRow, int firstColumn, long[] tile, byte[] codes) {
    int height = Math.min(order.rows(), rows - firstRow);
    int width = Math.min(order.columns(), columns - firstColumn);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        codes[(firstRow + row) * columns + firstColumn + column] =
            (byte) tile[row * order.columns() + column];
      }
    }
  }

  private long[] trim(long[] shared) {
    int padded = rowTiles() * order.rows();
    long[] narrow = new long[shared.length / padded * rows];
    for (int from = 0, to = 0; from < shared.length; from += padded, to += rows) {
      System.arraycopy(shared, from, narrow, to, rows);
    }
    return narrow;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PackedWeights that
        && format.equals(that.format)
        && order.equals(that.order)
        && rows == that.rows
        && columns == that.columns
        && Arrays.equals(tiles, that.tiles)
        && Arrays.equals(scales, that.scales)
        && Arrays.equals(zeros, that.zeros)
        && matrixScale == that.matrixScale;
  }

  @Override
  public int hashCode() {
    return Objects.hash(format, order, rows, columns, Arrays.hashCode(tiles));
  }

  @Override
  public String toString() {
    return "%d×%d weights of %s in tiles of %d×%d"
        .formatted(rows, columns, format, order.rows(), order.columns());
  }
}
