package dev.tilewright.samples.attention;

import dev.tilewright.dtype.FloatType;
import dev.tilewright.samples.kernels.Attention;

/**
 * What {@link Attention} computes, in {@code double}, and how far a correct result may be from it.
 *
 * <p><b>Where errors come from.</b> u = 2⁻²⁴ is the roundoff of {@code f32}; sums of products may
 * truncate, hence 2u in γ(n) = 2nu / (1 − 2nu) (see {@link
 * dev.tilewright.samples.gemm.GemmErrorBound}). In a row, a score s with magnitude |s| = Σ|q·k|
 * errs by γ(d)·|s|, and its exponent t = s·log₂e/√d by that, the rounded constant's u·|t| and once
 * more u·|t| for rounding: e(t) in all. A power 2^(t−m) then errs relatively by
 *
 * <ul>
 *   <li>2^(2·e(t)) − 1 for the exponent's own error and that of the exponent that is the maximum,
 *   <li>exp(ln 2·u·R) − 1 for rounding t − m, R being the distance between the greatest and the
 *       least exponent of the row (the maximum m is exact),
 *   <li>2⁻²² for {@code ex2.approx}, and 2⁻¹²⁶ absolutely where results below that become zero.
 * </ul>
 *
 * Each later step multiplies it by 2^(m−m'). Numerator and denominator are multiplied by the same
 * numbers, so that it does not matter how exact these are; only that each product is rounded, once
 * a step. As a factor of the second product a power is rounded to the input type: relatively by
 * half a unit in its last place, or by half of that type's least number where it is subnormal.
 *
 * <p><b>How they add up.</b> With w = 2^(t−M) for the final maximum M, the result is N / L, N = Σ
 * w·v and L = Σ w ≥ 1. Every term passes through at most n + 2·B roundings, B the number of steps:
 * γ(n + 2B). So N errs by Σ|v|·(w·(E + r) + a), all of it once more by γ, E the greatest relative
 * error of a power, r and a what rounding a factor adds, and L relatively by E and γ. The quotient
 * is rounded, and stored.
 */
public final class AttentionReference {
  private static final double U = 0x1p-24;
  private static final double EXP2 = 0x1p-22;
  private static final double LEAST_POWER = 0x1p-126;

  private final Attention kernel;
  private final int n;
  private final int width;
  private final double[] q;
  private final double[] k;
  private final double[] v;

  /**
   * @param n rows of k and v
   * @param width columns of all of them
   * @param q row-major, as k and v
   */
  public AttentionReference(
      Attention kernel, int n, int width, double[] q, double[] k, double[] v) {
    this.kernel = kernel;
    this.n = n;
    this.width = width;
    this.q = q;
    this.k = k;
    this.v = v;
  }

  /**
   * One row of one head.
   *
   * @param exact as many elements as the head has columns
   * @param bound the greatest distances of correct results from them
   */
  public record Row(double[] exact, double[] bound) {}

  /** That of row {@code i} of q and head {@code head}. */
  public Row row(int i, int head) {
    int seen = kernel.causal() ? Math.min(n, i + 1) : n;
    int first = head * kernel.d();
    int columns = Math.min(kernel.d(), width - first);
    double scale = 1 / (Math.sqrt(kernel.d()) * Math.log(2));
    double[] exponents = new double[seen];
    double most = Double.NEGATIVE_INFINITY;
    double least = Double.POSITIVE_INFINITY;
    double exponentError = 0;
    for (int j = 0; j < seen; j++) {
      double score = 0;
      double magnitude = 0;
      for (int c = first; c < first + columns; c++) {
        double term = q[i * width + c] * k[j * width + c];
        score += term;
        magnitude += Math.abs(term);
      }
      double error = gamma(kernel.d()) * magnitude * scale;
      double t = score * scale;
      exponents[j] = t;
      most = Math.max(most, t);
      least = Math.min(least, t);
      exponentError = Math.max(exponentError, error + 2 * U * (1 + U) * (Math.abs(t) + error));
    }
    double range = (most - least + 2 * exponentError) * (1 + U);
    double power = Math.exp(Math.log(2) * (2 * exponentError + U * range)) * (1 + EXP2) - 1;
    return row(first, columns, exponents, most, power);
  }

  private Row row(int first, int columns, double[] exponents, double most, double power) {
    FloatType in = (FloatType) kernel.in();
    FloatType out = (FloatType) kernel.out();
    int steps = Math.ceilDiv(n, kernel.bn());
    double sums = gamma(n + 2 * steps);
    double rounding = Math.scalb(1.0, -(in.mantissaBits() + 1));
    double absolute = in.leastPositive() / 2 + LEAST_POWER;
    double denominator = 0;
    double[] exact = new double[columns];
    double[] error = new double[columns];
    for (int j = 0; j < exponents.length; j++) {
      double w = Math.pow(2, exponents[j] - most);
      denominator += w;
      for (int c = 0; c < columns; c++) {
        double value = v[j * width + first + c];
        exact[c] += w * value;
        double weight = w * (1 + power) * (1 + rounding) - w + absolute;
        error[c] += Math.abs(value) * (weight + (w + weight) * sums);
      }
    }
    double relative = (1 + power) * (1 + sums) - 1 + exponents.length * LEAST_POWER / denominator;
    double[] bound = new double[columns];
    for (int c = 0; c < columns; c++) {
      exact[c] /= denominator;
      double quotient = (error[c] / denominator + Math.abs(exact[c]) * relative) / (1 - relative);
      double divided = quotient + U * (Math.abs(exact[c]) + quotient);
      bound[c] = divided + storing(out, Math.abs(exact[c]) + divided);
    }
    return new Row(exact, bound);
  }

  private static double storing(FloatType type, double magnitude) {
    double relative = Math.scalb(1.0, -(type.mantissaBits() + 1));
    return Math.max(magnitude * relative, type.leastPositive() / 2);
  }

  private static double gamma(int n) {
    return 2 * n * U / (1 - 2 * n * U);
  }
}
