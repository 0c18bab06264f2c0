package dev.tilewright.emulator.counters;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** A set of event counts. Each worker has its own; sums do not depend on who ran what. */
public final class Counters {
  private static final Counter[] ALL = Counter.values();
  private final long[] values = new long[ALL.length];
  private final SortedMap<String, Long> named = new TreeMap<>();

  public void add(Counter counter, long amount) {
    values[counter.ordinal()] += amount;
  }

  /** Counts an event that has a name of its own; it is reported only if it occurs. */
  public void add(String name, long amount) {
    named.merge(name, amount, Long::sum);
  }

  public long get(Counter counter) {
    return values[counter.ordinal()];
  }

  public void addAll(Counters other) {
    for (int i = 0; i < values.length; i++) {
      values[i] += other.values[i];
    }
    other.named.forEach(this::add);
  }

  /** Counts by label, in the order of {@link Counter}; then those with names of their own. */
  public SequencedMap<String, Long> byLabel() {
    SequencedMap<String, Long> result = new LinkedHashMap<>();
    for (Counter counter : ALL) {
      result.put(counter.label(), get(counter));
    }
    result.putAll(named);
    return result;
  }
}
