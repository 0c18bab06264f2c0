package dev.tilewright.samples.gemm;

/** How far a correct result may be from the exact one. */
public interface ErrorBound {
  /**
   * @param product the exact element
   * @param magnitude the sum of the absolute values of its terms
   * @return the greatest distance of a correct result; infinite when a partial sum may overflow
   */
  double of(double product, double magnitude);

  /** Whether {@code actual} is a correct result. */
  boolean admits(double actual, double product, double magnitude);
}
