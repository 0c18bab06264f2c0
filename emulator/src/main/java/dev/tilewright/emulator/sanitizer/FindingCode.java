package dev.tilewright.emulator.sanitizer;

/** The stable codes of findings. Those that {@link #stops} leave no sensible way to go on. */
public enum FindingCode {
  OUT_OF_BOUNDS(true),
  MISALIGNED(true),
  USE_AFTER_FREE(true),
  READ_ONLY(true),
  UNINITIALIZED_REGISTER(false),
  UNINITIALIZED_SHARED(false),
  UNINITIALIZED_GLOBAL(false),
  UNINITIALIZED_LOCAL(false),
  SHUFFLE_INACTIVE_LANE(false),
  DATA_RACE(false),
  ASYNC_READ_BEFORE_WAIT(false),
  ASYNC_NOT_VISIBLE(false),
  ASYNC_OVERWRITE(false),
  ASYNC_SOURCE_OVERWRITTEN(false),
  BARRIER_DIVERGENT(true),
  BARRIER_COUNT(true),
  BARRIER_EXITED_THREADS(false),
  WARP_DIVERGENT(true),
  MEMBER_MASK(true),
  MBARRIER(true),
  DEADLOCK(true),
  INSTRUCTION_BUDGET(true),
  CALL(true),
  TRAP(true);

  private final boolean stops;

  FindingCode(boolean stops) {
    this.stops = stops;
  }

  /** Whether the kernel ends here. */
  public boolean stops() {
    return stops;
  }

  /** The code as a user sees it: {@code EMU-DATA-RACE}. */
  public String label() {
    return "EMU-" + name().replace('_', '-');
  }
}
