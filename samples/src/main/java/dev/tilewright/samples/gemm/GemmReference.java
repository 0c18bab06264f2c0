package dev.tilewright.samples.gemm;

import java.util.stream.IntStream;

/**
 * The product of two matrices in {@code double}, and what bounds the error of any other evaluation.
 *
 * @param m rows of the product
 * @param n columns of the product
 * @param k length of the sums
 * @param product row-major, {@code Σ a·b}
 * @param magnitude row-major, {@code Σ |a·b|}
 */
public record GemmReference(int m, int n, int k, double[] product, double[] magnitude) {

  /**
   * @param a row-major m×k
   * @param b row-major k×n
   */
  public static GemmReference of(int m, int n, int k, double[] a, double[] b) {
    double[] product = new double[Math.multiplyExact(m, n)];
    double[] magnitude = new double[product.length];
    IntStream.range(0, m)
        .parallel()
        .forEach(
            row -> {
              for (int inner = 0; inner < k; inner++) {
                double left = a[row * k + inner];
                for (int column = 0; column < n; column++) {
                  double term = left * b[inner * n + column];
                  product[row * n + column] += term;
                  magnitude[row * n + column] += Math.abs(term);
                }
              }
            });
    return new GemmReference(m, n, k, product, magnitude);
  }
}
