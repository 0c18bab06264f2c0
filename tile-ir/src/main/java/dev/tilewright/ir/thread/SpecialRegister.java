package dev.tilewright.ir.thread;

/** Values the hardware hands to a thread, all {@code i32}. */
public enum SpecialRegister {
  /** The thread's index in its block. Blocks are one-dimensional. */
  THREAD,
  /** The thread's index in its warp. */
  LANE,
  BLOCK_X,
  BLOCK_Y,
  BLOCK_Z
}
