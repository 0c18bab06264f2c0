package dev.tilewright.emulator.sanitizer;

import dev.tilewright.runtime.spi.Finding;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Findings in the order they were met; one per code and pair of lines. */
public final class Findings {
  private final int limit;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<Key> seen = new HashSet<>();

  /**
   * @param limit how many are kept
   */
  public Findings(int limit) {
    this.limit = limit;
  }

  /** Whether a finding with this key would be dropped. */
  public boolean has(FindingCode code, int line, int otherLine) {
    return entries.size() >= limit || seen.contains(new Key(code.label(), line, otherLine));
  }

  /**
   * @param otherLine the line of the other access of a race, or 0
   */
  public void add(Finding finding, int otherLine) {
    if (entries.size() < limit
        && seen.add(new Key(finding.code(), finding.codeLine(), otherLine))) {
      entries.add(new Entry(finding, otherLine));
    }
  }

  public void addAll(Findings other) {
    other.entries.forEach(e -> add(e.finding, e.otherLine));
  }

  public List<Finding> list() {
    return entries.stream().map(Entry::finding).toList();
  }

  private record Key(String code, int line, int otherLine) {
    // Which of the two racing accesses came second depends on the schedule.
    Key {
      if (otherLine > line) {
        int swap = line;
        line = otherLine;
        otherLine = swap;
      }
    }
  }

  private record Entry(Finding finding, int otherLine) {}
}
