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
  BARRIER_DIVERGENT,
  BARRIER_COUNT,
  BARRIER_EXITED_THREADS,
  WARP_DIVERGENT,
  MEMBER_MASK,
  MBARRIER,
  DEADLOCK,
  INSTRUCTION_BUDGET,
  CALL,
  TRAP;

  /** The code as a user sees it: {@code EMU-DATA-RACE}. */
  public String label() {
    return "EMU-" + name().replace('_', '-');
  }
}
