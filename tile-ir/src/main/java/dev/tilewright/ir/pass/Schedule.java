package dev.tilewright.ir.pass;

import java.util.OptionalInt;

/**
 * Choices that change how fast a kernel is and never what it computes. What is absent, the passes
 * choose.
 *
 * @param warps warps of a block, a power of two
 * @param stages depth of the ring through which a loop's loads are pipelined; 1 turns pipelining
 *     off
 */
public record Schedule(OptionalInt warps, OptionalInt stages) {

  /** All choices left to the compiler. */
  public static final Schedule AUTOMATIC = new Schedule(OptionalInt.empty(), OptionalInt.empty());

  public Schedule withWarps(int newWarps) {
    return new Schedule(OptionalInt.of(newWarps), stages);
  }

  public Schedule withStages(int newStages) {
    return new Schedule(warps, OptionalInt.of(newStages));
  }
}
