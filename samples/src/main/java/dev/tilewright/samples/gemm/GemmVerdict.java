package dev.tilewright.samples.gemm;

/**
 * How a result compares with its reference.
 *
 * @param wrong elements outside their bound
 * @param maxError the greatest distance from the reference, over elements where both are finite
 * @param boundThere the bound of the element with that distance
 * @param worstRow the row of the element that uses most of its bound
 * @param worstColumn its column
 * @param worstFraction how much of its bound it uses; above 1 it is wrong
 */
public record GemmVerdict(
    long wrong,
    double maxError,
    double boundThere,
    int worstRow,
    int worstColumn,
    double worstFraction) {

  public boolean correct() {
    return wrong == 0;
  }

  /**
   * @param actual the result's elements, row-major
   */
  public static GemmVerdict of(double[] actual, GemmReference reference, ErrorBound bound) {
    long wrong = 0;
    double maxError = 0;
    double boundThere = 0;
    int worst = 0;
    double worstFraction = 0;
    for (int i = 0; i < actual.length; i++) {
      double product = reference.product()[i];
      double magnitude = reference.magnitude()[i];
      boolean admitted = bound.admits(actual[i], product, magnitude);
      if (!admitted) {
        wrong++;
      }
      double allowed = bound.of(product, magnitude);
      double error = Math.abs(actual[i] - product);
      if (Double.isFinite(error) && error > maxError) {
        maxError = error;
        boundThere = allowed;
      }
      double fraction = admitted ? (error == 0 ? 0 : error / allowed) : Double.POSITIVE_INFINITY;
      if (fraction > worstFraction) {
        worstFraction = fraction;
        worst = i;
      }
    }
    int columns = reference.n();
    return new GemmVerdict(
        wrong, maxError, boundThere, worst / columns, worst % columns, worstFraction);
  }
}
