package dev.tilewright.layout.weights;

import dev.tilewright.dtype.DType;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A matrix of weights as codes, scales and zero points, in no particular order yet.
 *
 * @param codes row by row
 * @param scales codes of the scales' type, [group][row]; empty without
 * @param zeros codes of the zero points' type, [group][row]; empty without
 * @param matrixScale 1 without
 */
public record QuantizedMatrix(
    WeightFormat format,
    int rows,
    int columns,
    byte[] codes,
    long[] scales,
    long[] zeros,
    float matrixScale) {

  public QuantizedMatrix {
    int shared = format.groups(columns) * rows;
    check("codes", codes.length, Math.multiplyExact(rows, columns));
    check("scales", scales.length, shared);
    check("zero points", zeros.length, format.zeros().isPresent() ? shared : 0);
  }

  private static void check(String what, int actual, int expected) {
    if (actual != expected) {
      throw new IllegalArgumentException(
          "the matrix has %d %s, not %d".formatted(expected, what, actual));
    }
  }

  /** The code of a weight, zero-extended. */
  public long code(int row, int column) {
    return codes[row * columns + column] & 0xff;
  }

  /** The weights row by row: what a kernel's results are held against. */
  public double[] decode() {
    double[] weights = new double[codes.length];
    double[] numbers =
        IntStream.range(0, 1 << format.type().bits()).mapToDouble(format.type()::decode).toArray();
    int mask = numbers.length - 1;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int at = row * columns + column;
        weights[at] =
            format.weight(
                numbers[codes[at] & mask], zero(row, column), scale(row, column), matrixScale);
      }
    }
    return weights;
  }

  private double scale(int row, int column) {
    return format.scales().map(s -> s.type().decode(scales[s.of(column) * rows + row])).orElse(1.0);
  }

  private double zero(int row, int column) {
    return format
        .zeros()
        .map(z -> z.decode(zeros[format.scales().orElseThrow().of(column) * rows + row]))
        .orElse(0.0);
  }

  /**
   * The matrix in tiles of that order. What tiles reach beyond the matrix is zero, or the number
   * that code 0 means: activations there are zero too, and rows there are nobody's.
   */
  public PackedWeights pack(PackedOrder order) {
    if (order.width() != format.type().bits()) {
      throw new IllegalArgumentException(
          "an order of %d-bit codes does not pack %s"
              .formatted(order.width(), format.type().name()));
    }
    int rowTiles = Math.ceilDiv(rows, order.rows());
    int columnTiles = Math.ceilDiv(columns, order.columns());
    byte[] packed = new byte[Math.multiplyExact(rowTiles * columnTiles, order.byteCount())];
    long none = zeroCode(format.type());
    IntStream.range(0, rowTiles)
        .parallel()
        .forEach(
            i -> {
              TilePacker packer = new TilePacker(order);
              long[] tile = new long[order.size()];
              for (int j = 0; j < columnTiles; j++) {
                Arrays.fill(tile, none);
                gather(i * order.rows(), j * order.columns(), order, tile);
                System.arraycopy(
                    packer.pack(tile),
                    0,
                    packed,
                    (i * columnTiles + j) * order.byteCount(),
                    order.byteCount());
              }
            });
    int padded = rowTiles * order.rows();
    return new PackedWeights(
        format, order, rows, columns, packed, pad(scales, padded), pad(zeros, padded), matrixScale);
  }

  private static long zeroCode(DType type) {
    long code = type.encode(0);
    return Double.isFinite(type.decode(code)) ? code : 0;
  }

  private void gather(int firstRow, int firstColumn, PackedOrder order, long[] tile) {
    int height = Math.min(order.rows(), rows - firstRow);
    int width = Math.min(order.columns(), columns - firstColumn);
    for (int row = 0; row < height; row++) {
      for (int column = 0; column < width; column++) {
        tile[row * order.columns() + column] = code(firstRow + row, firstColumn + column);
      }
    }
  }

  private long[] pad(long[] shared, int padded) {
    long[] wide = new long[shared.length / Math.max(1, rows) * padded];
    for (int from = 0, to = 0; from < shared.length; from += rows, to += padded) {
      System.arraycopy(shared, from, wide, to, rows);
    }
    return wide;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof QuantizedMatrix that
        && format.equals(that.format)
        && rows == that.rows
        && columns == that.columns
        && Arrays.equals(codes, that.codes)
        && Arrays.equals(scales, that.scales)
        && Arrays.equals(zeros, that.zeros)
        && matrixScale == that.matrixScale;
  }

  @Override
  public int hashCode() {
    return Objects.hash(format, rows, columns, Arrays.hashCode(codes));
  }

  @Override
  public String toString() {
    return "%d×%d weights of %s".formatted(rows, columns, format);
  }
}
