package dev.tilewright.emulator.numeric;

/**
 * A binary floating-point format of at most 32 bits.
 *
 * @param exponentBits width of the exponent field
 * @param mantissaBits width of the mantissa field
 * @param infinities whether the top exponent holds infinities; if not ({@code e4m3}), it holds
 *     numbers, and only the all-ones mantissa is NaN
 */
public record FloatFormat(int exponentBits, int mantissaBits, boolean infinities) {
  public static final FloatFormat F16 = new FloatFormat(5, 10, true);
  public static final FloatFormat BF16 = new FloatFormat(8, 7, true);
  public static final FloatFormat TF32 = new FloatFormat(8, 10, true);
  public static final FloatFormat F32 = new FloatFormat(8, 23, true);
  public static final FloatFormat E5M2 = new FloatFormat(5, 2, true);
  public static final FloatFormat E4M3 = new FloatFormat(4, 3, false);

  private int bias() {
    return (1 << (exponentBits - 1)) - 1;
  }

  private int minExponent() {
    return 1 - bias();
  }

  /** The largest finite value. */
  public double max() {
    int top = (1 << exponentBits) - (infinities ? 2 : 1);
    double significand = 2 - Math.scalb(infinities ? 1.0 : 2.0, -mantissaBits);
    return Math.scalb(significand, top - bias());
  }

  /**
   * Rounds a double to a value of this format: ±infinity where it overflows, also for {@code e4m3}.
   * Directed modes stop at the largest finite value.
   */
  public double round(double x, Rounding mode) {
    if (x == 0 || !Double.isFinite(x)) {
      return x;
    }
    int exponent = Math.max(Math.getExponent(x), minExponent());
    int shift = mantissaBits - exponent;
    double rounded = Math.scalb(mode.integral(Math.scalb(x, shift)), -shift);
    if (rounded == 0) {
      return Math.copySign(0.0, x);
    }
    if (Math.abs(rounded) <= max()) {
      return rounded;
    }
    boolean finite =
        switch (mode) {
          case NEAREST_EVEN, NEAREST_AWAY -> false;
          case ZERO -> true;
          case DOWN -> x > 0;
          case UP -> x < 0;
        };
    return Math.copySign(finite ? max() : Double.POSITIVE_INFINITY, x);
  }

  /** Rounds and saturates to the largest finite value. NaN stays NaN. */
  public double roundSaturating(double x, Rounding mode) {
    double r = round(x, mode);
    return Math.abs(r) > max() ? Math.copySign(max(), r) : r;
  }

  /**
   * The bits of a value of this format. NaN becomes the format's canonical NaN (positive, all
   * ones); an infinity of a format without any becomes NaN.
   */
  public int encode(double x) {
    int bits = exponentBits + mantissaBits;
    int allOnes = (1 << bits) - 1;
    if (Double.isNaN(x)) {
      return allOnes;
    }
    int sign = Double.doubleToRawLongBits(x) < 0 ? 1 << bits : 0;
    double a = Math.abs(x);
    if (Double.isInfinite(a)) {
      return sign | (infinities ? ((1 << exponentBits) - 1) << mantissaBits : allOnes);
    }
    if (a == 0) {
      return sign;
    }
    int exponent = Math.getExponent(a);
    if (exponent < minExponent()) {
      return sign | (int) Math.scalb(a, mantissaBits - minExponent());
    }
    int fraction = (int) Math.scalb(a, mantissaBits - exponent) & ((1 << mantissaBits) - 1);
    return sign | (exponent + bias()) << mantissaBits | fraction;
  }

  /** The value of a bit pattern. */
  public double decode(int bits) {
    int width = exponentBits + mantissaBits;
    int fraction = bits & ((1 << mantissaBits) - 1);
    int exponent = bits >>> mantissaBits & ((1 << exponentBits) - 1);
    double sign = (bits >>> width & 1) != 0 ? -1.0 : 1.0;
    boolean top = exponent == (1 << exponentBits) - 1;
    if (top && infinities) {
      return fraction == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    if (top && fraction == (1 << mantissaBits) - 1) {
      return Double.NaN;
    }
    if (exponent == 0) {
      return sign * Math.scalb((double) fraction, minExponent() - mantissaBits);
    }
    return sign
        * Math.scalb((double) (fraction | 1 << mantissaBits), exponent - bias() - mantissaBits);
  }
}
