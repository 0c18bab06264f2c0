package dev.tilewright.runtime.spi;

/**
 * Blocks of one cluster: those that run at the same time on neighbouring multiprocessors and can
 * reach each other's shared memory (PTX ISA, "Cooperative Thread Arrays: Cluster of CTAs").
 *
 * @param x blocks along {@code %cluster_ctaid.x}, at least 1
 * @param y blocks along {@code %cluster_ctaid.y}, at least 1
 * @param z blocks along {@code %cluster_ctaid.z}, at least 1
 */
public record ClusterShape(int x, int y, int z) {
  /** No clusters: every block is alone in its own. */
  public static final ClusterShape SINGLE = new ClusterShape(1, 1, 1);

  public ClusterShape {
    if (x < 1 || y < 1 || z < 1) {
      throw new IllegalArgumentException(
          "a cluster must be at least 1x1x1, not " + x + "x" + y + "x" + z);
    }
  }

  /** How many blocks a cluster has. */
  public int count() {
    return Math.multiplyExact(Math.multiplyExact(x, y), z);
  }

  @Override
  public String toString() {
    return x + "x" + y + "x" + z;
  }
}
