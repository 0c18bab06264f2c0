package dev.tilewright.emulator.sanitizer;

/**
 * What a warp has seen of all others: by synchronising with them within its cluster, or by reading
 * flags that other clusters released.
 */
@FunctionalInterface
public interface BlockOrder {
  /**
   * The latest clock of that warp of that block which happened before now; 0 if none. For its own
   * warp, the clock since which its lanes have not synchronised with each other.
   */
  int seen(int block, int warp);
}
