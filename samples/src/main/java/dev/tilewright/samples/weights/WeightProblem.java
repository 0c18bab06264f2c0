package dev.tilewright.samples.weights;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.QuantizedMatrix;
import dev.tilewright.layout.weights.Quantizer;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.samples.gemm.GemmReference;
import dev.tilewright.samples.gemm.HostMatrix;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Activations and quantised weights to multiply: {@code y = x · wᵀ}.
 *
 * @param x m×k
 * @param w n×k
 */
public record WeightProblem(HostMatrix x, QuantizedMatrix w) {

  public int m() {
    return x.rows();
  }

  public int n() {
    return w.rows();
  }

  public int k() {
    return w.columns();
  }

  /** Random activations, and normally distributed weights rounded to the format. */
  public static WeightProblem random(
      int m, int n, int k, WeightFormat format, DType act, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    HostMatrix x = HostMatrix.random(m, k, act, false, random);
    double[] weights = new double[Math.multiplyExact(n, k)];
    double spread = Optional.of(format).filter(f -> f.scales().isEmpty()).isPresent() ? 4 : 0.1;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = random.nextGaussian() * spread;
    }
    return new WeightProblem(x, Quantizer.quantize(format, n, k, weights));
  }

  /** The exact product, and the magnitudes that the bound asks for. */
  public GemmReference reference(WeightErrorBound bound) {
    double[] weights = transposed(w.decode(), n(), k());
    double[] magnitudes = weights.clone();
    for (int i = 0; i < magnitudes.length; i++) {
      magnitudes[i] = bound.magnitude(magnitudes[i]);
    }
    GemmReference product = GemmReference.of(m(), n(), k(), x.values(), weights);
    GemmReference magnitude = GemmReference.of(m(), n(), k(), x.values(), magnitudes);
    return new GemmReference(m(), n(), k(), product.product(), magnitude.magnitude());
  }

  private static double[] transposed(double[] values, int rows, int columns) {
    double[] transposed = new double[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed[column * rows + row] = values[row * columns + column];
      }
    }
    return transposed;
  }
}
