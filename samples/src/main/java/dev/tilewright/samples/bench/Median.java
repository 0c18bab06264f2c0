package dev.tilewright.samples.bench;

import java.util.List;

/** The middle of a sample: what a slow launch or a garbage collection cannot move. */
public final class Median {

  private Median() {}

  /**
   * @param values at least one
   */
  public static double of(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
