package dev.tilewright.samples.gemm;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;

/**
 * How far an element of a GEMM may be from the exact product.
 *
 * <p>Floats: products of the input types are exact in the accumulator's {@code f32}. A sum of k
 * terms in any order, each addition rounded with relative error at most u, is within γ·Σ|a·b| of
 * the exact sum, γ = k·u / (1 − k·u) (Higham, <i>Accuracy and Stability of Numerical
 * Algorithms</i>, section 4.2). Matrix instructions may truncate instead of rounding, hence u =
 * 2⁻²³ and not 2⁻²⁴. Storing the result adds half a unit in the last place of the output type.
 *
 * <p>Integers: sums are exact modulo 2³², and so is the result.
 */
public record GemmErrorBound(int k, DType in, DType out) implements ErrorBound {

  private static final double ACCUMULATOR_ROUNDOFF = 0x1p-23;
  private static final double ACCUMULATOR_LEAST = 0x1p-149;

  @Override
  public double of(double product, double magnitude) {
    double sum = accumulation(magnitude);
    return sum + storing(Math.abs(product) + sum);
  }

  private double accumulation(double magnitude) {
    if (in instanceof IntType) {
      return 0;
    }
    double ku = k * ACCUMULATOR_ROUNDOFF;
    double error = magnitude * (ku / (1 - ku)) + k * ACCUMULATOR_LEAST;
    return magnitude + error > Float.MAX_VALUE ? Double.POSITIVE_INFINITY : error;
  }

  private double storing(double greatest) {
    return switch (out) {
      case IntType _ -> 0;
      case StoredType type ->
          throw new IllegalArgumentException("no product is stored as " + type.name());
      case FloatType type -> {
        if (greatest > type.maxFinite()) {
          yield Double.POSITIVE_INFINITY;
        }
        double relative = Math.scalb(1.0, -(type.mantissaBits() + 1));
        yield Math.max(greatest * relative, type.leastPositive() / 2);
      }
    };
  }

  @Override
  public boolean admits(double actual, double product, double magnitude) {
    if (Double.isNaN(product) || Double.isInfinite(product)) {
      return Double.compare(actual, product) == 0;
    }
    if (in instanceof IntType && out instanceof IntType) {
      return actual == (int) (long) product;
    }
    double bound = of(product, magnitude);
    return bound == Double.POSITIVE_INFINITY || Math.abs(actual - product) <= bound;
  }
}
