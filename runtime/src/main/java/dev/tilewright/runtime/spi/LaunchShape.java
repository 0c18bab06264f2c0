package dev.tilewright.runtime.spi;

/**
 * The grid of one launch, in blocks.
 *
 * @param x blocks along {@code %ctaid.x}, at least 1
 * @param y blocks along {@code %ctaid.y}, at least 1
 * @param z blocks along {@code %ctaid.z}, at least 1
 */
public record LaunchShape(int x, int y, int z) {
  public LaunchShape {
    if (x < 1 || y < 1 || z < 1) {
      throw new IllegalArgumentException(
          "grid must be at least 1x1x1, not " + x + "x" + y + "x" + z);
    }
  }
}
