package dev.tilewright.emulator;

import java.util.Random;

/** Inputs and expected results of the pipelined f16 GEMM among the foreign kernels. */
record Gemm(int m, int n, int k, short[] a, short[] b) {
  static final String ENTRY = "gemm";
  static final int SHARED = 3 * 2 * 128 * 32 * 2;

  static Gemm random(int m, int n, int k, long seed) {
    Random random = new Random(seed);
    return new Gemm(m, n, k, halves(random, m * k), halves(random, n * k));
  }

  private static short[] halves(Random random, int count) {
    short[] values = new short[count];
    for (int i = 0; i < count; i++) {
      values[i] = Float.floatToFloat16(random.nextFloat() * 2 - 1);
    }
    return values;
  }

  static String ptx() {
    return Kernels.resource("/foreign/gemm_pipelined.ptx");
  }

  Kernels.Config config(EmulatorOptions options) {
    return Kernels.Config.of(1, 256).grid(n / 128, m / 128, 1).shared(SHARED).options(options);
  }

  Kernels.Result run(String ptx, EmulatorOptions options) {
    return Kernels.run(ptx, ENTRY, config(options), a, b, new Kernels.Fresh(4 * m * n), n, k);
  }

  /**
   * The largest difference from the exact product, in units of its error bound. Each of the k/16
   * instructions rounds once to f32: |error| <= k/16 * 2^-24 * sum |a b| to first order; twice that
   * covers the higher orders.
   */
  double worstError(float[] c) {
    double worst = 0;
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        double magnitude = 0;
        for (int l = 0; l < k; l++) {
          double product =
              (double) Float.float16ToFloat(a[i * k + l]) * Float.float16ToFloat(b[j * k + l]);
          sum += product;
          magnitude += Math.abs(product);
        }
        double bound = 2.0 * k / 16 * 0x1p-24 * magnitude;
        worst = Math.max(worst, Math.abs(c[i * n + j] - sum) / bound);
      }
    }
    return worst;
  }
}
