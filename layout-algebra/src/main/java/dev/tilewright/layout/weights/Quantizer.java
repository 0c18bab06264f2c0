package dev.tilewright.layout.weights;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.Rounding;
import java.util.stream.IntStream;

/**
 * Rounds weights to a format, every weight to the nearest one that its group can represent.
 *
 * <p>Without zero points a scale takes the weight of the largest magnitude in its group to the
 * type's; powers of two ({@code e8m0}) are chosen as OCP Microscaling 1.0 says (section 6.3): the
 * largest exponent in the group less the type's. With zero points, the least and the largest weight
 * of a group, zero being among them, go to the ends of the type's range. With a matrix scale, that
 * takes the largest magnitude of the matrix to the largest that codes and scales of 8 bits can say
 * within f16's range; scales of more bits have room of their own, and the largest is 1.
 */
public final class Quantizer {
  private final WeightFormat format;
  private final DType type;

  /** The largest and least number of the type. */
  private final double most;

  private final double least;

  /** The largest magnitude that both signs have, if the type has signs. */
  private final double reach;

  private Quantizer(WeightFormat format) {
    this.format = format;
    this.type = format.type();
    double[] numbers =
        IntStream.range(0, 1 << type.bits())
            .mapToDouble(type::decode)
            .filter(Double::isFinite)
            .toArray();
    this.most = IntStream.range(0, numbers.length).mapToDouble(i -> numbers[i]).max().orElseThrow();
    this.least =
        IntStream.range(0, numbers.length).mapToDouble(i -> numbers[i]).min().orElseThrow();
    this.reach = most > 0 ? most : -least;
  }

  /**
   * Quantises a matrix.
   *
   * @param weights row by row, finite
   */
  public static QuantizedMatrix quantize(
      WeightFormat format, int rows, int columns, double[] weights) {
    if (weights.length != Math.multiplyExact(rows, columns)) {
      throw new IllegalArgumentException(
          "%d×%d weights are not %d".formatted(rows, columns, weights.length));
    }
    return new Quantizer(format).quantize(rows, columns, weights);
  }

  private QuantizedMatrix quantize(int rows, int columns, double[] weights) {
    int groups = format.groups(columns);
    long[] scales = new long[groups * rows];
    long[] zeros = new long[format.zeros().isPresent() ? groups * rows : 0];
    byte[] codes = new byte[weights.length];
    float matrix = matrixScale(weights);
    for (int row = 0; row < rows; row++) {
      for (int group = 0; group < Math.max(1, groups); group++) {
        int size = groupSize(columns);
        int from = row * columns + group * size;
        int to = row * columns + Math.min(columns, (group + 1) * size);
        Group shared = group(weights, from, to, matrix);
        if (groups > 0) {
          scales[group * rows + row] = shared.scaleCode();
        }
        if (zeros.length > 0) {
          zeros[group * rows + row] = shared.zeroCode();
        }
        for (int at = from; at < to; at++) {
          double number = weights[at] / (shared.scale() * matrix) + shared.zero();
          codes[at] = (byte) type.encode(number);
        }
      }
    }
    return new QuantizedMatrix(format, rows, columns, codes, scales, zeros, matrix);
  }

  private int groupSize(int columns) {
    int size = format.scales().map(WeightFormat.Scales::group).orElse(WeightFormat.Scales.ROW);
    return size == WeightFormat.Scales.ROW ? columns : size;
  }

  private float matrixScale(double[] weights) {
    if (!format.matrixScale()) {
      return 1;
    }
    double largest = 0;
    for (double weight : weights) {
      largest = Math.max(largest, Math.abs(weight));
    }
    double scalesReach = format.scales().map(s -> scalesReach(s.type())).orElse(1.0);
    float scale = (float) (largest / (reach * scalesReach));
    return scale > 0 ? scale : 1;
  }

  /** The largest scale of a group, so that it and its products with codes are numbers of f16. */
  private double scalesReach(DType scaleType) {
    return scaleType.bits() > Byte.SIZE ? 1 : Math.min(scaleType.maxFinite(), 0x1p15 / reach);
  }

  /** What the weights of a group share. */
  private record Group(long scaleCode, double scale, long zeroCode, double zero) {}

  private Group group(double[] weights, int from, int to, float matrix) {
    if (format.scales().isEmpty()) {
      return new Group(0, 1, 0, 0);
    }
    double low = 0;
    double high = 0;
    for (int at = from; at < to; at++) {
      low = Math.min(low, weights[at] / matrix);
      high = Math.max(high, weights[at] / matrix);
    }
    DType scaleType = format.scales().get().type();
    if (format.zeros().isPresent()) {
      long code = scaleCode(scaleType, (high - low) / (most - least));
      double scale = scaleType.decode(code);
      DType zeroType = format.zeros().get();
      long zeroCode = zeroType.encode(least - low / scale);
      return new Group(code, scale, zeroCode, zeroType.decode(zeroCode));
    }
    double largest = type.signed() ? Math.max(-low, high) : high;
    long code =
        scaleType.equals(DType.F8E8M0)
            ? powerCode(scaleType, largest)
            : scaleCode(scaleType, largest / reach);
    return new Group(code, scaleType.decode(code), 0, 0);
  }

  /** The nearest scale that is not zero; 1 for a group of zeros. */
  private static long scaleCode(DType scaleType, double scale) {
    if (scale == 0) {
      return scaleType.encode(1);
    }
    double nonZero =
        scaleType instanceof FloatType floats ? Math.max(scale, floats.leastPositive()) : scale;
    return scaleType.encode(nonZero, Rounding.NEAREST_EVEN, Overflow.SATURATE);
  }

  private long powerCode(DType scaleType, double largest) {
    if (largest == 0) {
      return scaleType.encode(1);
    }
    int exponent = Math.getExponent(largest) - Math.getExponent(reach);
    return scaleType.encode(Math.scalb(1.0, exponent));
  }
}
