package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;

/** One step of the compiler: a function that computes the same, closer to the machine. */
public interface Pass {

  /** The name in dumps and reports, the class's own. */
  default String name() {
    return getClass().getSimpleName();
  }

  /**
   * @return the new function, or {@code function} itself when there was nothing to do
   * @throws dev.tilewright.ir.CompileException if the program asks for what the target cannot do
   */
  KernelFunction run(KernelFunction function, PassContext context);
}
