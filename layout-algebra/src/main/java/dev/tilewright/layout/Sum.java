package dev.tilewright.layout;

/**
 * How the contributions of a layout's digits are put together: in the integers, or in the
 * polynomials over F₂.
 *
 * <p>CuTe calls the two "integer strides" and "F₂ strides" (Cecka 2026, arXiv 2603.02298: strides
 * may live in any integer semimodule). A swizzle is a layout of the second kind.
 */
public enum Sum {
  /** {@code a + b} and {@code digit * stride}. */
  INTEGER {
    @Override
    public long add(long a, long b) {
      return a + b;
    }

    @Override
    public long scale(long digit, long stride) {
      return digit * stride;
    }
  },

  /**
   * {@code a ^ b} and the carry-less product: bit {@code j} of the digit contributes {@code stride
   * << j}, and contributions are XORed.
   */
  XOR {
    @Override
    public long add(long a, long b) {
      return a ^ b;
    }

    @Override
    public long scale(long digit, long stride) {
      long sum = 0;
      for (long rest = digit; rest != 0; rest &= rest - 1) {
        sum ^= stride << Long.numberOfTrailingZeros(rest);
      }
      return sum;
    }
  };

  public abstract long add(long a, long b);

  /** What a digit with value {@code digit >= 0} and the given stride contributes. */
  public abstract long scale(long digit, long stride);
}
