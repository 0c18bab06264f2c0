package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;

/**
 * {@code acc + a · b}. Each element is accumulated in the order of k, and every step {@code acc +
 * a·b} is exact but for one rounding to the accumulator's type (integers wrap).
 */
final class MatrixProduct {
  private MatrixProduct() {}

  /**
   * @param a m×k
   * @param b k×n
   * @param acc m×n, of numbers of {@code type}
   */
  static double[] floats(FloatType type, double[] a, double[] b, double[] acc, int n) {
    if (type.equals(DType.F32)) {
      return singles(a, b, acc, n);
    }
    int k = b.length / n;
    double[] result = acc.clone();
    for (int i = 0; i < acc.length / n; i++) {
      for (int l = 0; l < k; l++) {
        double x = a[i * k + l];
        for (int j = 0; j < n; j++) {
          result[i * n + j] = FloatArithmetic.fma(type, x, b[l * n + j], result[i * n + j]);
        }
      }
    }
    return result;
  }

  /** As {@link #floats}, in {@code float}, which the JIT compiler turns into vector code. */
  private static double[] singles(double[] a, double[] b, double[] acc, int n) {
    int k = b.length / n;
    float[] factors = new float[b.length];
    for (int i = 0; i < b.length; i++) {
      factors[i] = (float) b[i];
    }
    float[] row = new float[n];
    double[] result = new double[acc.length];
    for (int i = 0; i < acc.length / n; i++) {
      for (int j = 0; j < n; j++) {
        row[j] = (float) acc[i * n + j];
      }
      for (int l = 0; l < k; l++) {
        addScaled(row, (float) a[i * k + l], factors, l * n);
      }
      for (int j = 0; j < n; j++) {
        result[i * n + j] = row[j];
      }
    }
    return result;
  }

  private static void addScaled(float[] row, float x, float[] factors, int from) {
    for (int j = 0; j < row.length; j++) {
      row[j] = Math.fma(x, factors[from + j], row[j]);
    }
  }

  static long[] ints(IntType type, long[] a, long[] b, long[] acc, int n) {
    int k = b.length / n;
    long[] result = acc.clone();
    for (int i = 0; i < acc.length / n; i++) {
      for (int l = 0; l < k; l++) {
        long x = a[i * k + l];
        for (int j = 0; j < n; j++) {
          result[i * n + j] += x * b[l * n + j];
        }
      }
    }
    // Wrapping once at the end is wrapping at every step.
    for (int i = 0; i < result.length; i++) {
      result[i] = IntArithmetic.wrap(type, result[i]);
    }
    return result;
  }
}
