package dev.tilewright.emulator.sanitizer;

/** What a block has learnt of other blocks by reading flags that they released. */
@FunctionalInterface
public interface BlockOrder {
  /** The latest clock of that warp of that block which happened before now; 0 if none. */
  int seen(int block, int warp);
}
