package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.simplify.DeadCode;
import dev.tilewright.ir.simplify.LoopInvariants;
import dev.tilewright.ir.simplify.Simplification;

/**
 * Brings a function of any stage into a form in which nothing obvious is left to do.
 *
 * <p>Contract: the result computes the same, bit for bit, wherever the function has a meaning (an
 * error may vanish with the unused operation that makes it). Operations on constants are folded by
 * the interpreter's own arithmetic; identities that are exact for the element type are applied;
 * equal pure operations of a region and the regions inside are computed once; pure operations that
 * cannot fail leave the loops they do not depend on; loops of no or one iteration, branches with a
 * known condition, and values that loops carry and branches hand out for nobody are gone; unused
 * operations without effect are gone. Effects keep their order, every value its type and layout,
 * and running the pass again changes nothing: it returns the same instance.
 */
public final class Canonicalize implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    return run(function);
  }

  /** Needs no context: it is the same for every target and schedule. */
  public static KernelFunction run(KernelFunction function) {
    KernelFunction current = function;
    while (true) {
      KernelFunction next = DeadCode.remove(LoopInvariants.hoist(Simplification.run(current)));
      if (next == current) {
        return current;
      }
      current = next;
    }
  }
}
