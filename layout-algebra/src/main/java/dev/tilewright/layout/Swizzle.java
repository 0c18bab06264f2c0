package dev.tilewright.layout;

/**
 * CuTe's {@code Swizzle<bits, base, shift>}: XORs {@code bits} bits of an offset with those {@code
 * |shift|} places away. With a positive shift, the bits from {@code base + shift} on are XORed into
 * the bits from {@code base} on; with a negative shift, the bits from {@code base} on into those
 * from {@code base - shift} on.
 *
 * <p>It is its own inverse, keeps the low {@code base} bits, and permutes every aligned window of
 * {@code 2^(bits + base + |shift|)} offsets.
 *
 * @param bits how many bits, at least 0
 * @param base how many low bits are kept, at least 0
 * @param shift the distance, {@code |shift| >= bits}
 */
public record Swizzle(int bits, int base, int shift) {

  public Swizzle {
    if (bits < 0 || base < 0 || Math.abs(shift) < bits || bits + base + Math.abs(shift) > 62) {
      throw new IllegalArgumentException(
          "Swizzle<%d, %d, %d> needs bits >= 0, base >= 0 and |shift| >= bits"
              .formatted(bits, base, shift));
    }
  }

  /** The number of offsets that are permuted among themselves. */
  public long window() {
    return 1L << (bits + base + Math.abs(shift));
  }

  public long apply(long offset) {
    long selected = offset & (((1L << bits) - 1) << (base + Math.max(0, shift)));
    return offset ^ (shift >= 0 ? selected >> shift : selected << -shift);
  }

  /** CuTe's text, {@code Sw<3,4,3>}. */
  @Override
  public String toString() {
    return "Sw<" + bits + "," + base + "," + shift + ">";
  }
}
