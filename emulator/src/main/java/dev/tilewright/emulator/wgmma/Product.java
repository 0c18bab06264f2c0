package dev.tilewright.emulator.wgmma;

/**
 * D = A B + D of 64 rows in binary64.
 *
 * <p>Numerical model, that of {@code mma.sync} here: products are exact; the accumulator and the
 * products are added in binary64 in the order of k, and the caller rounds the sum once to the type
 * of D. This is at least as accurate as the hardware, which keeps fewer bits while it adds (fewer
 * still for 8-bit floats). Integers and bits are exact.
 */
final class Product {
  private Product() {}

  /**
   * @param a 64 by k, row after row
   * @param b k by n, row after row
   * @param c 64 by n, row after row
   * @param k a multiple of 4
   */
  static void accumulate(double[] a, double[] b, double[] c, int n, int k) {
    for (int row = 0; row < Multiplier.ROWS; row++) {
      for (int l = 0; l < k; l += 4) {
        int at = row * k + l;
        four(a[at], a[at + 1], a[at + 2], a[at + 3], b, l * n, c, row * n, n);
      }
    }
  }

  /** Four steps of k at once: the loop that takes the time, in a form that vectorises. */
  private static void four(
      double a0, double a1, double a2, double a3, double[] b, int bAt, double[] c, int cAt, int n) {
    int b1 = bAt + n;
    int b2 = b1 + n;
    int b3 = b2 + n;
    for (int j = 0; j < n; j++) {
      c[cAt + j] = c[cAt + j] + a0 * b[bAt + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
    }
  }
}
