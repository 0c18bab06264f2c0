package dev.tilewright.samples.weights;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.layout.weights.WeightFormat.Scales;
import dev.tilewright.samples.gemm.ErrorBound;
import dev.tilewright.samples.gemm.GemmErrorBound;
import dev.tilewright.samples.kernels.WeightGemm;
import java.util.stream.LongStream;

/**
 * How far an element of a product with quantised weights may be from the exact product of the
 * activations with the weights that codes, scales and zero points mean.
 *
 * <p>Every step from a code to a weight that is taken in the type of the activations, of unit
 * roundoff u, rounds once, unless it is exact: after r of them a weight is within ρ = (1 + u)ʳ − 1
 * of its value, relatively, or as far as a weight of the least normal number is. The sums are those
 * of any product (see {@link GemmErrorBound}); scales that multiply them add terms of f32 to the
 * count.
 *
 * @param roundings r
 * @param act the type of the activations
 * @param sums of products of weights and activations, with the roundings of f32 scales
 */
public record WeightErrorBound(int roundings, FloatType act, GemmErrorBound sums)
    implements ErrorBound {
  /** Scales of a group, a row and the matrix, and adding up groups. */
  private static final int F32_STEPS = 4;

  public static WeightErrorBound of(WeightGemm kernel, int k) {
    FloatType act = (FloatType) kernel.act();
    int steps = k + F32_STEPS + (kernel.scaleSums() ? Math.ceilDiv(k, kernel.bk()) : 0);
    return new WeightErrorBound(
        roundings(kernel.format(), act, kernel.scaleSums()),
        act,
        new GemmErrorBound(steps, act, kernel.out()));
  }

  private static int roundings(WeightFormat format, FloatType act, boolean scaleSums) {
    // Codes of most types are numbers of f16 and bf16; those of a codebook are rounded to them.
    int roundings = isExact(format.type(), act) ? 0 : 1;
    if (format.zeros().isPresent()) {
      boolean exactDifference =
          format.type() instanceof IntType && format.zeros().get() instanceof IntType;
      roundings += exactDifference ? 0 : 1;
      roundings += isExact(format.zeros().get(), act) ? 0 : 1;
    }
    boolean onWeights =
        !scaleSums && format.scales().filter(s -> s.group() != Scales.ROW).isPresent();
    if (onWeights) {
      Scales scales = format.scales().orElseThrow();
      roundings += isExact(scales.type(), act) ? 0 : 1;
      roundings += 1;
    }
    return roundings;
  }

  /** Whether every number of the type is one of the other. */
  private static boolean isExact(DType type, FloatType act) {
    return switch (type) {
      case IntType integer -> integer.bits() <= act.mantissaBits() + 1;
      case FloatType floats ->
          floats.mantissaBits() <= act.mantissaBits()
              && floats.maxFinite() <= act.maxFinite()
              && floats.leastPositive() >= act.leastPositive();
      case StoredType stored ->
          LongStream.range(0, 1L << stored.bits())
              .mapToDouble(stored::decode)
              .allMatch(number -> act.decode(act.encode(number)) == number);
    };
  }

  /** What a weight contributes to {@link #of}'s magnitude for one unit of activation. */
  public double magnitude(double weight) {
    return roundings == 0 ? Math.abs(weight) : Math.max(Math.abs(weight), act.leastNormal());
  }

  /**
   * @param magnitude the sum of the activations' absolute values times {@link #magnitude(double)}
   */
  @Override
  public double of(double product, double magnitude) {
    double unit = Math.scalb(1.0, -(act.mantissaBits() + 1));
    double weights = magnitude * (Math.pow(1 + unit, roundings) - 1);
    return weights + sums.of(Math.abs(product) + weights, magnitude + weights);
  }

  @Override
  public boolean admits(double actual, double product, double magnitude) {
    double bound = of(product, magnitude);
    return bound == Double.POSITIVE_INFINITY || Math.abs(actual - product) <= bound;
  }
}
