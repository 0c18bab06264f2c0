package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.thread.ThreadFunction;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Makes thread code do less: the passes, in order. Each takes time linear in the function (Fold and
 * CSE a hash look-up per operation), and computes the same, bit for bit, with one liberty that
 * {@link ReduceStrength} explains: coordinates, the {@code i32} values that global addresses are
 * formed from, do not overflow.
 */
public final class Simplify {
  private static final List<UnaryOperator<ThreadFunction>> PASSES =
      List.of(
          Fold::run,
          HoistInvariants::run,
          OrderAddresses::run,
          Fold::run,
          HoistInvariants::run,
          ReduceStrength::run,
          Fold::run,
          RemoveDead::run);

  private Simplify() {}

  /** The simplified function. */
  public static ThreadFunction run(ThreadFunction function) {
    ThreadFunction current = function;
    for (UnaryOperator<ThreadFunction> pass : PASSES) {
      current = pass.apply(current);
    }
    return current;
  }
}
