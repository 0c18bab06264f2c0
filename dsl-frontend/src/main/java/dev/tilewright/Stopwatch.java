package dev.tilewright;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The times of the steps of one compilation. */
final class Stopwatch {
  private final List<Compilation.Timing> laps = new ArrayList<>();
  private long last = System.nanoTime();

  /** Ends the step of that name; the next one begins. */
  void lap(String step) {
    long now = System.nanoTime();
    laps.add(new Compilation.Timing(step, Duration.ofNanos(now - last)));
    last = now;
  }

  List<Compilation.Timing> laps() {
    return List.copyOf(laps);
  }
}
