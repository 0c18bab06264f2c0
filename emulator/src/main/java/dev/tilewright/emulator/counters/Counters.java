package dev.tilewright.emulator.counters;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** A set of event counts. Each worker has its own; sums do not depend on who ran what. */
public final class Counters {
  private static final Counter[] ALL = Counter.values();
  private final long[] values = new long[ALL.length];

  public void add(Counter counter, long amount) {
    values[counter.ordinal()] += amount;
  }

  public long get(Counter counter) {
    return values[counter.ordinal()];
  }

  public void addAll(Counters other) {
    for (int i = 0; i < values.length; i++) {
      values[i] += other.values[i];
    }
  }

  /** Counts by label, in the order of {@link Counter}. */
  public SequencedMap<String, Long> byLabel() {
    SequencedMap<String, Long> result = new LinkedHashMap<>();
    for (Counter counter : ALL) {
      result.put(counter.label(), get(counter));
    }
    return result;
  }
}
