package dev.tilewright.layout.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.WeightFormat.Scales;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class QuantizerTest {

  @Provide
  Arbitrary<WeightFormat> formats() {
    return Arbitraries.of(
        WeightFormat.of(DType.I4).withScales(DType.F16, 32),
        WeightFormat.of(DType.I3).withScales(DType.BF16, Scales.ROW),
        WeightFormat.of(DType.U4).withScales(DType.F16, 16).withZeros(DType.U8),
        WeightFormat.of(DType.U2).withScales(DType.F16, 64).withZeros(DType.F16),
        WeightFormat.of(DType.I8).withScales(DType.F32, Scales.ROW),
        WeightFormat.of(DType.F6E3M2).withScales(DType.F16, 128),
        WeightFormat.mx(DType.F4E2M1),
        WeightFormat.mx(DType.F8E4M3),
        WeightFormat.nvfp4());
  }

  private static double[] weights(int count, long seed) {
    return new SplittableRandom(seed).doubles(count, -1, 1).toArray();
  }

  /** No code of the group's scale and zero point is nearer to the weight than the one chosen. */
  @Property(tries = 60)
  void everyWeightIsTheNearest(
      @ForAll("formats") WeightFormat format,
      @ForAll @IntRange(min = 1, max = 5) int rows,
      @ForAll @IntRange(min = 1, max = 100) int columns,
      @ForAll long seed) {
    double[] weights = weights(rows * columns, seed);
    QuantizedMatrix matrix = Quantizer.quantize(format, rows, columns, weights);
    double[] decoded = matrix.decode();
    Scales scales = format.scales().orElseThrow();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int shared = scales.of(column) * rows + row;
        double scale = scales.type().decode(matrix.scales()[shared]);
        double zero = format.zeros().map(z -> z.decode(matrix.zeros()[shared])).orElse(0.0);
        double nearest = Double.POSITIVE_INFINITY;
        for (int code = 0; code < 1 << format.type().bits(); code++) {
          double weight =
              format.weight(format.type().decode(code), zero, scale, matrix.matrixScale());
          if (Double.isFinite(weight)) {
            nearest = Math.min(nearest, Math.abs(weight - weights[row * columns + column]));
          }
        }
        double error = Math.abs(decoded[row * columns + column] - weights[row * columns + column]);
        assertEquals(nearest, error, 1e-12 * scale);
      }
    }
  }

  /** With a scale that is exact, the largest weight of a group of integers is hit exactly. */
  @Property(tries = 60)
  void theLargestWeightIsReached(@ForAll long seed) {
    double[] weights = weights(64, seed);
    WeightFormat format = WeightFormat.of(DType.I4).withScales(DType.F32, 64);
    QuantizedMatrix matrix = Quantizer.quantize(format, 1, 64, weights);
    int largest = 0;
    for (int i = 0; i < 64; i++) {
      largest = Math.abs(weights[i]) > Math.abs(weights[largest]) ? i : largest;
    }
    assertEquals(7, Math.abs(DType.I4.decode(matrix.code(0, largest))));
  }

  @Property(tries = 60)
  void unpackingUndoesPacking(
      @ForAll("formats") WeightFormat format,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 150) int columns,
      @ForAll long seed) {
    QuantizedMatrix matrix =
        Quantizer.quantize(format, rows, columns, weights(rows * columns, seed));
    PackedOrder order = PackedOrder.forFragments(format.type().bits(), 16, 16, 64);
    PackedWeights packed = matrix.pack(order);
    assertEquals(
        packed.rowTiles() * packed.columnTiles() * order.byteCount(), packed.tiles().length);
    assertEquals(matrix, packed.unpack());
  }

  /** OCP Microscaling 1.0, section 6.3: the largest exponent of the block less the type's. */
  @Test
  void microscalingChoosesPowersOfTwo() {
    double[] weights = new double[32];
    weights[3] = -11;
    QuantizedMatrix matrix = Quantizer.quantize(WeightFormat.mx(DType.F4E2M1), 1, 32, weights);
    assertEquals(2, DType.F8E8M0.decode(matrix.scales()[0]));
    assertEquals(-12, matrix.decode()[3]);
  }

  @Test
  void groupsOfZerosAreZero() {
    for (WeightFormat format :
        new WeightFormat[] {
          WeightFormat.nvfp4(),
          WeightFormat.mx(DType.F6E2M3),
          WeightFormat.of(DType.U4).withScales(DType.F16, 16).withZeros(DType.U8)
        }) {
      for (double weight : Quantizer.quantize(format, 2, 48, new double[96]).decode()) {
        assertEquals(0, weight);
      }
    }
  }

  @Test
  void formatsThatMeanNothingAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> WeightFormat.of(DType.F16));
    assertThrows(
        IllegalArgumentException.class, () -> WeightFormat.of(DType.U4).withZeros(DType.U8));
    assertThrows(
        IllegalArgumentException.class, () -> WeightFormat.of(DType.U4).withScales(DType.F16, -1));
    assertTrue(WeightFormat.nvfp4().toString().contains("f8e4m3 of 16"));
  }
}
