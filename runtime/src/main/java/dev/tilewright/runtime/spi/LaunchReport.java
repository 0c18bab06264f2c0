package dev.tilewright.runtime.spi;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What a device saw while a kernel ran.
 *
 * @param counters exact event counts by name, in a fixed order; empty on hardware
 * @param findings what the sanitizer objects to, in the order it was met; empty on hardware
 */
public record LaunchReport(SequencedMap<String, Long> counters, List<Finding> findings) {

  /** The report of a device that observes nothing. */
  public static final LaunchReport NONE = new LaunchReport(new LinkedHashMap<>(), List.of());

  public LaunchReport {
    counters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(counters));
    findings = List.copyOf(findings);
  }
}
