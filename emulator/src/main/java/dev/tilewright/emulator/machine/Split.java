package dev.tilewright.emulator.machine;

import org.jspecify.annotations.Nullable;

/** Lanes of a warp that execute together: same instruction, same call frame. */
final class Split {
  int pc;
  int mask;
  @Nullable Frame frame;
  Wait wait = Wait.NONE;

  /** The barrier this split waits at, when {@link #wait} says so. */
  int barrier;

  /** When it last ran, to let starving splits go first. */
  long lastRun;

  Split(int pc, int mask, @Nullable Frame frame) {
    this.pc = pc;
    this.mask = mask;
    this.frame = frame;
  }

  /** Why a split cannot run. */
  enum Wait {
    NONE,
    /** At a {@code .sync} operation, until the other members arrive. */
    MEMBERS,
    /** At an aligned operation, until the rest of the warp arrives. */
    WARP,
    /** At a block barrier. */
    BARRIER,
    /** At an {@link Action.Await}, until its condition may hold. */
    CONDITION,
    /** At the cluster's barrier. */
    CLUSTER
  }

  int depth() {
    return frame == null ? 0 : frame.depth();
  }
}
