package dev.tilewright.samples.kernels;

import dev.tilewright.dtype.FloatType;

/**
 * How far results of the sample kernels may be from the exact ones. Elementary steps are rounded to
 * {@code f32} with relative error at most u = 2⁻²⁴; γ(n) = n·u / (1 − n·u) bounds a sum of n terms
 * in any order, relative to the sum of their magnitudes (Higham, <i>Accuracy and Stability of
 * Numerical Algorithms</i>, sections 2.2 and 4.2). How exact elementary functions are is said at
 * {@link dev.tilewright.ir.thread.pass.ExpandMath}.
 */
final class ErrorBounds {
  private static final double U = 0x1p-24;

  /** {@code ex2.approx}: relative. */
  private static final double EXP2 = 0x1p-22;

  /** {@code rsqrt.approx}: relative. */
  private static final double RSQRT = 0x1p-22;

  /** The greatest slope of v / (1 + exp(-v)), 1.0998 at 2.4. */
  private static final double SILU_SLOPE = 1.1;

  /** {@code tanh}: relative, and |tanh| is at most 1. */
  private static final double TANH = 0x1p-20;

  /** The greatest slope of gelu, 1.129 at √2 (of both its forms, to three digits). */
  private static final double GELU_SLOPE = 1.13;

  /** The greatest of |t · tanh' t| = |t / cosh² t|, at t = 0.772: 0.448. */
  private static final double TANH_CONDITION = 0.45;

  private ErrorBounds() {}

  static double gamma(int n) {
    return n * U / (1 - n * U);
  }

  /** Storing a number of that magnitude: half a unit in the last place. */
  static double storing(FloatType type, double magnitude) {
    double relative = Math.scalb(1.0, -(type.mantissaBits() + 1));
    return Math.max(magnitude * relative, type.leastPositive() / 2);
  }

  /**
   * One element of a softmax.
   *
   * <p>The maximum is exact. The distance d to it is rounded, which moves exp(d) by the factor
   * exp(|d|·u) at most; the exponential itself errs by 2⁻²² + |d|·2⁻²³. All terms of the sum are
   * positive, so that it errs relatively by no more than its worst term and γ(n). The division is
   * rounded correctly. No step underflows while |d| stays below 80.
   *
   * @param exact the exact element
   * @param distance of its argument to the row's maximum
   * @param greatest the greatest distance in the row
   * @param n the terms of the sum
   */
  static double softmax(FloatType type, double exact, double distance, double greatest, int n) {
    double term = exponential(distance);
    double sum = exponential(greatest);
    double upper = (1 + term) * (1 + U) / ((1 - sum) * (1 - gamma(n)));
    double error = exact * (upper - 1);
    return error + storing(type, exact + error);
  }

  private static double exponential(double distance) {
    double d = Math.abs(distance) * (1 + U);
    return Math.exp(d * U) * (1 + EXP2 + d * 0x1p-23) - 1;
  }

  /**
   * One element of gelu(a · bᵀ + bias).
   *
   * <p>The argument v errs by the matrix product's bound and the rounding of the addition; gelu
   * carries that on with its slope. Of the inner argument t every factor is rounded: three products
   * and two constants in the cube, an addition, a product and a constant, 8·u together, all terms
   * having one sign; tanh damps a relative error of t by |t · tanh' t|. Then 1 + tanh is rounded,
   * once more the product with v; halving is exact. What is of second order in u is below a
   * hundredth of the rest.
   *
   * @param exact the exact element
   * @param argument the exact argument v of gelu
   * @param argumentError how far the product that was computed may be from the exact one
   */
  static double gelu(FloatType type, double exact, double argument, double argumentError) {
    double v = Math.abs(argument) + argumentError;
    double error = argumentError + U * v;
    double factor = TANH + TANH_CONDITION * 8 * U + 2 * U;
    double total = 1.01 * (GELU_SLOPE * error + v / 2 * factor + U * (Math.abs(exact) + error));
    return total + storing(type, Math.abs(exact) + total);
  }

  /**
   * One element of a row over its root mean square.
   *
   * <p>All squares are positive: their sum errs by γ(n) relatively, the mean by u more, the number
   * of elements and ε are rounded, and so is the sum with ε. The root halves a relative error; two
   * products follow.
   *
   * @param exact the exact element
   */
  static double rmsNorm(FloatType type, double exact, int n) {
    double scale = 1.01 * (gamma(n) + 4 * U) / 2 + RSQRT;
    double error = Math.abs(exact) * 1.01 * (scale + 2 * U);
    return error + storing(type, Math.abs(exact) + error);
  }

  /**
   * What a row without its mean may be off by, in any element: the sum of two numbers is rounded, n
   * of them are added up (relative to their magnitudes), the mean and the difference are rounded.
   *
   * @param magnitude the mean magnitude of the row's sums
   * @param greatest the greatest of them
   */
  static double centring(double magnitude, double greatest, int n) {
    return 1.01 * (U * greatest + (gamma(n) + 2 * U) * magnitude + U * (greatest + magnitude));
  }

  /**
   * One element of a normalised row, {@code centred · scale · weight + bias}.
   *
   * <p>Where no centred element is off by more than E, their mean square is off by 2·E·(mean
   * magnitude) + E², beside the roundings of a sum of squares. The root halves what that is of
   * (variance + ε), and three operations follow.
   *
   * @param product {@code centred · scale · weight}, exact
   * @param slope {@code scale · weight}, exact
   * @param centring E
   * @param magnitude the mean magnitude of the centred elements
   * @param variance variance + ε, exact
   */
  static double layerNorm(
      FloatType type,
      double product,
      double slope,
      double bias,
      double centring,
      double magnitude,
      double variance,
      int n) {
    double squares = centring * (2 * magnitude + centring);
    double spread = squares / variance + 1.01 * (gamma(n) + 4 * U);
    double scale = spread / 2 / (1 - spread) + RSQRT;
    double error =
        1.01
            * (centring * Math.abs(slope) * (1 + scale)
                + Math.abs(product) * (scale + 2 * U)
                + U * (Math.abs(product) + Math.abs(bias)));
    return error + storing(type, Math.abs(product + bias) + error);
  }

  /** A sum of two products, each rounded, as is their sum. */
  static double turned(FloatType type, double first, double second) {
    double magnitude = Math.abs(first) + Math.abs(second);
    double error = 1.01 * 2 * U * magnitude;
    return error + storing(type, Math.abs(first + second) + error);
  }

  /**
   * One element of silu(g) · v.
   *
   * <p>silu carries an error of its argument on with its slope; of 1 + exp(-g), the exponential
   * errs as in a softmax and the sum is rounded, as are the quotient and the product with v.
   *
   * @param gate g and what it may be off by
   * @param linear v and what it may be off by
   */
  static double swiGlu(
      FloatType type, double gate, double gateError, double linear, double linearError) {
    double silu = gate / (1 + Math.exp(-gate));
    double relative = exponential(Math.abs(gate) + gateError) + 2 * U;
    double siluError = SILU_SLOPE * gateError + Math.abs(silu) * relative;
    double error =
        1.01
            * (siluError * (Math.abs(linear) + linearError)
                + Math.abs(silu) * linearError
                + U * Math.abs(silu * linear));
    return error + storing(type, Math.abs(silu * linear) + error);
  }
}
