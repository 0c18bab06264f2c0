package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.List;

/** What an instruction does, as far as the scheduler cares. */
public sealed interface Action {

  /** Work on registers and memories that completes at once. */
  non-sealed interface Step extends Action {
    /**
     * @param mask the lanes whose guard holds; never 0
     */
    void run(Warp warp, int mask);
  }

  /**
   * A {@code .sync} operation among the lanes of a member mask: a lane waits here until every live
   * lane of its mask has arrived.
   *
   * @param members word register with each lane's member mask
   * @param orders whether it orders memory among its members ({@code bar.warp.sync})
   */
  record Converge(int members, boolean orders, Step step) implements Action {}

  /** A collective of the whole warp, convergent by contract ({@code .aligned}). */
  record Aligned(Step step) implements Action {}

  /**
   * A collective of the whole warp that has to wait for other warps: it happens once its condition
   * holds.
   */
  record Await(Condition condition, Step step) implements Action {}

  /** What an {@link Await} waits for. */
  interface Condition {
    boolean holds(Warp warp);

    /** Says who has to do what, for a report of a deadlock. */
    String describe(Warp warp);

    /** What it means if it never holds. */
    FindingCode failure();
  }

  /** A jump of the guarded lanes. */
  record Branch(int target) implements Action {}

  /** {@code brx.idx}: each lane jumps to {@code targets[index]}. */
  record IndexedBranch(int index, int[] targets) implements Action {}

  /** The guarded lanes end. */
  record Exit() implements Action {}

  /** The guarded lanes return to their caller, or end in the entry function. */
  record Return() implements Action {}

  /**
   * A call. Arguments and results are copied between the caller's and the callee's parameter
   * variables by position.
   *
   * @param callee the function's number, or -1 when {@code pointer} holds it
   * @param pointer long register with the function's address, or -1
   */
  record Call(int callee, int pointer, List<Place> arguments, List<Place> results)
      implements Action {
    public Call {
      arguments = List.copyOf(arguments);
      results = List.copyOf(results);
    }
  }

  /**
   * A barrier of the block.
   *
   * @param id word register with the barrier's number
   * @param count word register with the thread count, or -1 for the whole block
   * @param waits false for {@code arrive}
   * @param aligned whether the warp must be convergent
   */
  record BlockBarrier(
      int id,
      int count,
      boolean waits,
      boolean aligned,
      Reduction reduction,
      int input,
      boolean inputInverted,
      int output)
      implements Action {
    /** What {@code barrier.red} computes over the predicates of all threads. */
    public enum Reduction {
      NONE,
      POPC,
      AND,
      OR
    }
  }

  /**
   * {@code barrier.cluster.arrive}.
   *
   * @param relaxed whether it orders nothing
   * @param aligned whether the warp must be convergent
   */
  record ClusterArrive(boolean relaxed, boolean aligned) implements Action {}

  /** {@code barrier.cluster.wait}: waits for the phase in which the thread has arrived. */
  record ClusterWait(boolean aligned) implements Action {}

  /** Waits for something another agent will do; false means not yet. */
  non-sealed interface Poll extends Action {
    /** Tries; returns false if the warp should let others run first. */
    boolean poll(Warp warp, int mask);
  }
}
