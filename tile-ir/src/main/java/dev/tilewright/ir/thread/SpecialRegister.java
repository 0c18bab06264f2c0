package dev.tilewright.ir.thread;

/** Values the hardware hands to a thread, all {@code i32}. */
public enum SpecialRegister {
  /** The thread's index in its block. Blocks are one-dimensional. */
  THREAD,
  /** The thread's index in its warp. */
  LANE,
  /** The warp's index in its block, known to be the same in all lanes. */
  WARP,
  BLOCK_X,
  BLOCK_Y,
  BLOCK_Z,
  /** The block's rank in its cluster; 0 without clusters. */
  CLUSTER_RANK,
  /**
   * What a code generator adds to a shared address, which counts from the start of the block's
   * shared memory, where the hardware counts from elsewhere; 0 wherever thread IR is interpreted.
   */
  SHARED_BASE
}
