package dev.tilewright.ir.interpret;

import java.util.Arrays;

/**
 * What has been seen of the actors of a block: of each, all it did before some moment of its own
 * time. A vector clock.
 */
final class Clock {
  private long[] seen;

  private Clock(long[] seen) {
    this.seen = seen;
  }

  static Clock nothing() {
    return new Clock(new long[0]);
  }

  Clock copy() {
    return new Clock(seen.clone());
  }

  boolean covers(int actor, long time) {
    return actor < seen.length && time < seen[actor];
  }

  /** All that {@code actor} did before that moment. */
  void see(int actor, long time) {
    if (actor >= seen.length) {
      seen = Arrays.copyOf(seen, actor + 1);
    }
    seen[actor] = Math.max(seen[actor], time);
  }

  /** All that the other has seen. */
  void see(Clock other) {
    for (int actor = 0; actor < other.seen.length; actor++) {
      see(actor, other.seen[actor]);
    }
  }

  void fingerprint(Fingerprint fingerprint) {
    for (long time : seen) {
      fingerprint.add(time);
    }
  }
}
