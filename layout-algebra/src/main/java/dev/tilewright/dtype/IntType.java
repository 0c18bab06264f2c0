package dev.tilewright.dtype;

/**
 * An integer, two's complement when signed, so that {@code i1} holds 0 and -1.
 *
 * @param bits 1 to 8, 16, 32 or 64
 */
public record IntType(int bits, boolean signed) implements DType {

  public IntType {
    if ((bits < 1 || bits > 8) && bits != 16 && bits != 32 && bits != 64) {
      throw new IllegalArgumentException("integers have 1 to 8, 16, 32 or 64 bits, not " + bits);
    }
  }

  @Override
  public String name() {
    return (signed ? "i" : "u") + bits;
  }

  /** The smallest value. */
  public long min() {
    return signed ? -1L << (bits - 1) : 0;
  }

  /** The largest value; for {@code u64} its code, which is -1. */
  public long max() {
    return signed ? ~min() : mask();
  }

  @Override
  public double maxFinite() {
    return unsignedLong() ? 0x1p64 : max();
  }

  /** The value of a code; for {@code u64} the code itself. */
  public long decodeLong(long code) {
    int unused = Long.SIZE - bits;
    return signed ? code << unused >> unused : code & mask();
  }

  /**
   * The code of a value.
   *
   * @param value a signed number, also when the type is {@code u64}
   */
  public long encodeLong(long value, Overflow overflow) {
    return switch (overflow) {
      case NATURAL -> value & mask();
      case SATURATE ->
          (unsignedLong() ? Math.max(value, 0) : Math.clamp(value, min(), max())) & mask();
    };
  }

  @Override
  public double decode(long code) {
    long value = decodeLong(code);
    if (unsignedLong() && value < 0) {
      // Halving keeps the lost bit as a sticky one, so that rounding sees it.
      return 2.0 * ((value >>> 1) | (value & 1));
    }
    return value;
  }

  @Override
  public long encode(double value) {
    return encode(value, Rounding.NEAREST_EVEN, Overflow.SATURATE);
  }

  @Override
  public long encode(double value, Rounding rounding, Overflow overflow) {
    if (Double.isNaN(value)) {
      return 0;
    }
    double rounded = toInteger(value, rounding);
    return switch (overflow) {
      case NATURAL -> lowBits(rounded) & mask();
      case SATURATE -> {
        if (rounded <= (double) min()) {
          yield min() & mask();
        }
        yield (rounded >= maxFinite() ? max() : lowBits(rounded)) & mask();
      }
    };
  }

  private static double toInteger(double value, Rounding rounding) {
    double magnitude = Math.abs(value);
    double floor = Math.floor(magnitude);
    if (floor == magnitude) {
      return value;
    }
    boolean odd = ((long) floor & 1) != 0;
    int half = Double.compare(magnitude - floor, 0.5);
    boolean up = rounding.increments(value < 0, odd, half);
    return Math.copySign(up ? floor + 1 : floor, value);
  }

  /** The value of an integral {@code double} modulo 2⁶⁴; 0 for infinity. */
  private static long lowBits(double integer) {
    if (Math.abs(integer) < 0x1p63) {
      return (long) integer;
    }
    int exponent = Math.getExponent(integer);
    if (exponent >= 52 + Long.SIZE) {
      return 0;
    }
    long significand = (Double.doubleToRawLongBits(integer) & ((1L << 52) - 1)) | (1L << 52);
    long magnitude = significand << (exponent - 52);
    return integer < 0 ? -magnitude : magnitude;
  }

  private boolean unsignedLong() {
    return bits == Long.SIZE && !signed;
  }

  private long mask() {
    return -1L >>> (Long.SIZE - bits);
  }

  @Override
  public String toString() {
    return name();
  }
}
