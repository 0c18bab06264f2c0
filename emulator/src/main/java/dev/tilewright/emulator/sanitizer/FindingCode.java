package dev.tilewright.emulator.sanitizer;

/** The stable codes of findings. */
public enum FindingCode {
  OUT_OF_BOUNDS,
  MISALIGNED,
  USE_AFTER_FREE,
  READ_ONLY,
  UNINITIALIZED_REGISTER,
  UNINITIALIZED_SHARED,
  UNINITIALIZED_GLOBAL,
  UNINITIALIZED_LOCAL,
  SHUFFLE_INACTIVE_LANE,
  DATA_RACE,
  ASYNC_READ_BEFORE_WAIT,
  ASYNC_NOT_VISIBLE,
  ASYNC_OVERWRITE,
  ASYNC_SOURCE_OVERWRITTEN,
  /** The block ends while an asynchronous operation still uses its shared memory. */
  ASYNC_AT_EXIT,
  /** The generic and the asynchronous proxy access the same bytes without a proxy fence. */
  MISSING_PROXY_FENCE,
  TENSOR_MAP,
  BARRIER_DIVERGENT,
  BARRIER_COUNT,
  BARRIER_EXITED_THREADS,
  WARP_DIVERGENT,
  MEMBER_MASK,
  MBARRIER,
  /** More arrivals than a phase expects. */
  MBARRIER_COUNT,
  /** The bytes that copies complete on an mbarrier are not those it expects. */
  MBARRIER_BYTES,
  /** An mbarrier is used by an agent to which its initialisation is not visible. */
  MBARRIER_NOT_VISIBLE,
  CLUSTER_BARRIER,
  /** Shared memory of a block that has ended, or may not have started. */
  CLUSTER_LIFETIME,
  WARPGROUP_DIVERGENT,
  WGMMA_REGISTER,
  WGMMA_FENCE,
  WGMMA_DESCRIPTOR,
  WGMMA_OPERAND_OVERWRITTEN,
  WGMMA_NOT_WAITED,
  SETMAXNREG,
  DEADLOCK,
  INSTRUCTION_BUDGET,
  CALL,
  TRAP;

  /** The code as a user sees it: {@code EMU-DATA-RACE}. */
  public String label() {
    return "EMU-" + name().replace('_', '-');
  }
}
