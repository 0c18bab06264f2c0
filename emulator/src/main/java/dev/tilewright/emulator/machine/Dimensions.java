package dev.tilewright.emulator.machine;

/** Extents along x, y and z. */
public record Dimensions(int x, int y, int z) {
  public int count() {
    return Math.multiplyExact(Math.multiplyExact(x, y), z);
  }
}
