package dev.tilewright.dtype;

/**
 * A binary floating-point number: sign, exponent and mantissa, from the highest bit down ({@link
 * Specials#SCALE} has an exponent only). With exponent field {@code x} and mantissa field {@code y}
 * it means {@code ±2^(x-bias)·(1 + y/2^m)}, and {@code ±2^(1-bias)·y/2^m} when {@code x} is 0
 * (subnormals).
 *
 * @param exponentBits at least 1; with {@code mantissaBits} at most 7, or a format of 16 bits and
 *     more that has a name
 * @param mantissaBits the bits after the binary point
 * @param specials which codes are no ordinary numbers
 */
public record FloatType(int exponentBits, int mantissaBits, Specials specials) implements DType {

  private static final int DOUBLE_BIAS = 1023;
  private static final int DOUBLE_MANTISSA_BITS = 52;

  public FloatType {
    boolean small = exponentBits >= 1 && mantissaBits >= 0 && exponentBits + mantissaBits <= 7;
    boolean valid =
        switch (specials) {
          case IEEE ->
              small
                  ? exponentBits >= 2 && mantissaBits >= 1
                  : wideFormat(exponentBits, mantissaBits);
          case FN, FNUZ -> small;
          case SCALE -> exponentBits == 8 && mantissaBits == 0;
        };
    if (!valid) {
      throw new IllegalArgumentException(
          "no float has "
              + exponentBits
              + " exponent and "
              + mantissaBits
              + " mantissa bits with specials "
              + specials
              + ": up to 8 bits need an exponent bit (IEEE: two, and a mantissa bit); beyond are"
              + " f16, bf16, tf32, f32 and f64, all IEEE");
    }
  }

  private static boolean wideFormat(int e, int m) {
    return switch (e) {
      case 5 -> m == 10;
      case 8 -> m == 7 || m == 10 || m == 23;
      case 11 -> m == 52;
      default -> false;
    };
  }

  @Override
  public String name() {
    return DTypeNames.of(this);
  }

  @Override
  public boolean signed() {
    return specials != Specials.SCALE;
  }

  @Override
  public int bits() {
    return signBit() + exponentBits + mantissaBits + padding();
  }

  /** What is subtracted from the exponent field. */
  public int bias() {
    int half = 1 << (exponentBits - 1);
    return specials == Specials.FNUZ ? half : half - 1;
  }

  /** Whether some codes mean infinity. */
  public boolean hasInfinity() {
    return specials == Specials.IEEE;
  }

  /** Whether some code means NaN. */
  public boolean hasNan() {
    return switch (specials) {
      case IEEE, FNUZ, SCALE -> true;
      case FN -> bits() == 8;
    };
  }

  @Override
  public double maxFinite() {
    return magnitude(maxCode());
  }

  /** The smallest value above zero. */
  public double leastPositive() {
    return magnitude(specials == Specials.SCALE ? 0 : 1);
  }

  /** The smallest value above zero that has the full precision. */
  public double leastNormal() {
    return Math.scalb(1.0, leastExponent());
  }

  @Override
  public double decode(long code) {
    long field = (code & (-1L >>> (Long.SIZE - bits()))) >>> padding();
    long magnitude = field & (-1L >>> (Long.SIZE - exponentBits - mantissaBits));
    boolean negative = field != magnitude;
    if (specials == Specials.FNUZ && negative && magnitude == 0) {
      return Double.NaN;
    }
    if (magnitude > maxCode()) {
      boolean infinite = hasInfinity() && magnitude == maxCode() + 1;
      if (!infinite) {
        return Double.NaN;
      }
      return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    double value = magnitude(magnitude);
    return negative ? -value : value;
  }

  @Override
  public long encode(double value) {
    Overflow overflow = bits() >= 16 ? Overflow.NATURAL : Overflow.SATURATE;
    return encode(value, Rounding.NEAREST_EVEN, overflow);
  }

  @Override
  public long encode(double value, Rounding rounding, Overflow overflow) {
    if (Double.isNaN(value)) {
      return nanCode();
    }
    boolean negative = signed() && Double.doubleToRawLongBits(value) < 0;
    double magnitude = Math.abs(value);
    if (Double.isInfinite(magnitude)) {
      return beyond(negative, overflow);
    }
    long code = round(magnitude, negative, rounding);
    if (code <= maxCode()) {
      return place(code, negative);
    }
    // IEEE 754 section 7.4: a direction that points inward stops at the largest finite number.
    boolean outward = rounding.increments(negative, true, 1);
    return outward ? beyond(negative, overflow) : place(maxCode(), negative);
  }

  /** The magnitude's code as if there were no largest exponent. */
  private long round(double magnitude, boolean negative, Rounding rounding) {
    if (magnitude == 0) {
      return 0;
    }
    // magnitude = significand · 2^(exponent - 52), significand below 2^53, subnormals included.
    int field = (int) (Double.doubleToRawLongBits(magnitude) >>> DOUBLE_MANTISSA_BITS);
    long significand = Double.doubleToRawLongBits(magnitude) & ((1L << DOUBLE_MANTISSA_BITS) - 1);
    if (field == 0) {
      field = 1;
    } else {
      significand |= 1L << DOUBLE_MANTISSA_BITS;
    }
    int exponent = field - DOUBLE_BIAS;
    if (specials == Specials.SCALE && magnitude < leastNormal()) {
      return 0;
    }
    // The distance of neighbours is 2^(scale - mantissaBits).
    int scale = Math.max(exponent, leastExponent());
    int cut = DOUBLE_MANTISSA_BITS - mantissaBits + scale - exponent;
    long kept = cut < Long.SIZE ? significand >>> cut : 0;
    long lost = cut < Long.SIZE ? significand - (kept << cut) : significand;
    // A normal number's leading one adds the missing 1 to the exponent field, and so does a carry.
    long code = ((long) (scale - leastExponent()) << mantissaBits) + kept;
    if (specials == Specials.SCALE) {
      code--;
    }
    if (lost != 0) {
      // Beyond 2^62 the half is more than any 53-bit significand.
      int half = cut < Long.SIZE - 1 ? Long.compare(lost, 1L << (cut - 1)) : -1;
      if (rounding.increments(negative, (code & 1) != 0, half)) {
        code++;
      }
    }
    return code;
  }

  private long beyond(boolean negative, Overflow overflow) {
    return switch (overflow) {
      case SATURATE -> place(maxCode(), negative);
      case NATURAL -> {
        if (hasInfinity()) {
          yield place(maxCode() + 1, negative);
        }
        yield hasNan() ? nanCode() : place(maxCode(), negative);
      }
    };
  }

  private long place(long magnitudeCode, boolean negative) {
    if (specials == Specials.FNUZ && magnitudeCode == 0) {
      return 0;
    }
    long sign = negative ? 1L << (exponentBits + mantissaBits) : 0;
    return (sign | magnitudeCode) << padding();
  }

  private long nanCode() {
    return switch (specials) {
      case IEEE -> place(maxCode() + 1 + (1L << (mantissaBits - 1)), false);
      case FN, SCALE -> hasNan() ? maxCode() + 1 : maxCode();
      case FNUZ -> 1L << (exponentBits + mantissaBits);
    };
  }

  /** The value of a finite, non-negative code. */
  private double magnitude(long code) {
    long exponentField = code >>> mantissaBits;
    long mantissa = code & ((1L << mantissaBits) - 1);
    if (exponentField == 0 && specials != Specials.SCALE) {
      return mantissa * Math.scalb(1.0, leastExponent() - mantissaBits);
    }
    long biased = exponentField - bias() + DOUBLE_BIAS;
    return Double.longBitsToDouble(
        biased << DOUBLE_MANTISSA_BITS | mantissa << (DOUBLE_MANTISSA_BITS - mantissaBits));
  }

  /** The code of the largest finite value. */
  private long maxCode() {
    long all = -1L >>> (Long.SIZE - exponentBits - mantissaBits);
    return switch (specials) {
      case IEEE -> all - (1L << mantissaBits);
      case FN -> hasNan() ? all - 1 : all;
      case FNUZ -> all;
      case SCALE -> all - 1;
    };
  }

  private int leastExponent() {
    return specials == Specials.SCALE ? -bias() : 1 - bias();
  }

  private int signBit() {
    return signed() ? 1 : 0;
  }

  /** Bits below the mantissa that carry nothing: those of {@code tf32}. */
  private int padding() {
    return exponentBits == 8 && mantissaBits == 10 ? 13 : 0;
  }

  @Override
  public String toString() {
    return name();
  }
}
