package dev.tilewright.emulator.machine;

import java.util.List;

/**
 * A function of a {@link Program}.
 *
 * @param start its first instruction
 * @param frameBytes its local and parameter variables
 * @param recursive whether it can be active twice in one thread; its registers, the half-open
 *     ranges below, are then saved by calls
 */
public record FunctionBody(
    String name,
    int start,
    int frameBytes,
    List<Place> parameters,
    List<Place> results,
    boolean recursive,
    Range words,
    Range longs,
    Range predicates) {
  public FunctionBody {
    parameters = List.copyOf(parameters);
    results = List.copyOf(results);
  }

  /** Registers {@code from} (inclusive) to {@code to} (exclusive). */
  public record Range(int from, int to) {
    int size() {
      return to - from;
    }
  }
}
