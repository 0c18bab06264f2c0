package dev.tilewright.emulator;

/** When an asynchronous operation takes effect between its issue and the wait that demands it. */
public enum CompletionPolicy {
  /** As late as allowed: only a wait makes the data land. The default. */
  LATE,
  /** At once. */
  EARLY,
  /** At one of the two, drawn from the seed for every operation. */
  RANDOM
}
