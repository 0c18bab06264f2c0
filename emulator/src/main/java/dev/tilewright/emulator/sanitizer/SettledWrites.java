package dev.tilewright.emulator.sanitizer;

/**
 * Writes that a warp's asynchronous operations may read: they happened before, and were fenced.
 * That stays so for good, and tiles are read over and over, so that the last few are remembered.
 */
public final class SettledWrites {
  private static final int SIZE = 1024;

  private final long[] stamps = new long[SIZE];

  private static int place(long stamp) {
    return (int) (stamp * 0x9e3779b97f4a7c15L >>> 54);
  }

  public boolean contains(long stamp) {
    return stamps[place(stamp)] == stamp && stamp != 0;
  }

  public void add(long stamp) {
    stamps[place(stamp)] = stamp;
  }
}
