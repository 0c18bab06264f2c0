package dev.tilewright.samples.weights;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.QuantizedMatrix;
import dev.tilewright.layout.weights.Quantizer;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.samples.InputException;
import dev.tilewright.samples.gemm.GemmReference;
import dev.tilewright.samples.gemm.HostMatrix;
import java.nio.file.Path;
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
    return read(Optional.empty(), Optional.empty(), m, n, k, format, act, seed);
  }

  /**
   * Matrices from files; one without a file is random, of the size that the other and the given
   * sizes leave.
   *
   * @param fileX activations, m×k
   * @param fileW weights, n×k, which are rounded to the format
   */
  public static WeightProblem read(
      Optional<Path> fileX,
      Optional<Path> fileW,
      int m,
      int n,
      int k,
      WeightFormat format,
      DType act,
      long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Optional<HostMatrix> readX = fileX.map(file -> HostMatrix.read(file, "X", act));
    Optional<HostMatrix> readW = fileW.map(file -> HostMatrix.readAsStored(file, "W"));
    int inner = readX.map(HostMatrix::columns).or(() -> readW.map(HostMatrix::columns)).orElse(k);
    HostMatrix x = readX.orElseGet(() -> HostMatrix.random(m, inner, act, false, random));
    int rows = readW.map(HostMatrix::rows).orElse(n);
    double[] weights =
        readW.map(HostMatrix::values).orElseGet(() -> gaussian(rows * inner, format, random));
    if (readW.isPresent() && readW.get().columns() != inner) {
      throw new InputException(
          "X has %d columns and W has %d: both are k".formatted(inner, readW.get().columns()));
    }
    return new WeightProblem(x, Quantizer.quantize(format, rows, inner, weights));
  }

  /** Without scales, weights as large as a few of the smallest integers. */
  private static double[] gaussian(int count, WeightFormat format, SplittableRandom random) {
    double spread = format.scales().isEmpty() ? 4 : 0.1;
    double[] weights = new double[count];
    for (int i = 0; i < count; i++) {
      weights[i] = random.nextGaussian() * spread;
    }
    return weights;
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
