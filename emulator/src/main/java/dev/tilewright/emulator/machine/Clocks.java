package dev.tilewright.emulator.machine;

/** Vector clocks: entry i is how much of agent i has been seen. */
final class Clocks {
  private Clocks() {}

  /** What both have seen; {@code a} itself if {@code b} is empty. */
  static int[] join(int[] a, int[] b) {
    if (b.length == 0) {
      return a;
    }
    int[] result = (a.length >= b.length ? a : b).clone();
    int[] other = a.length >= b.length ? b : a;
    for (int i = 0; i < other.length; i++) {
      result[i] = Math.max(result[i], other[i]);
    }
    return result;
  }

  /** Joins into {@code clocks}, except the owner's own entry, which only the owner advances. */
  static void joinInto(int[] clocks, int[] other, int owner) {
    for (int i = 0; i < other.length; i++) {
      if (i != owner) {
        clocks[i] = Math.max(clocks[i], other[i]);
      }
    }
  }
}
