package dev.tilewright.dtype;

/**
 * -1, 0 or 1, the weights of BitNet b1.58 (Ma et al., "The Era of 1-bit LLMs", 2024), as codes of
 * two bits: the code is the value plus one. Code 3 means 2; it can be read, and {@link #encode}
 * never gives it.
 *
 * <p>The codes are the digits of {@link TernaryPacking}, the dense form of five elements in a byte.
 */
public record TernaryType() implements StoredType {
  private static final int ZERO = 1;

  @Override
  public int bits() {
    return 2;
  }

  @Override
  public String name() {
    return "ternary";
  }

  @Override
  public double maxFinite() {
    return 1;
  }

  @Override
  public double decode(long code) {
    return (code & 3) - ZERO;
  }

  @Override
  public long encode(double value) {
    return encode(value, Rounding.NEAREST_EVEN, Overflow.SATURATE);
  }

  /** Rounded to an integer; what is beyond -1 and 1 always saturates, and NaN gives 0. */
  @Override
  public long encode(double value, Rounding rounding, Overflow overflow) {
    long rounded = DType.I64.decodeLong(DType.I64.encode(value, rounding, Overflow.SATURATE));
    return Math.clamp(rounded, -1L, 1L) + ZERO;
  }

  @Override
  public String toString() {
    return name();
  }
}
