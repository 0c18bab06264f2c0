package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import java.util.List;
import java.util.function.BiConsumer;

/** The passes, in order: the one place that lists them. */
public final class Pipeline {
  private static final List<Pass> PASSES =
      List.of(
          new EraseRoles(),
          new FillSlots(),
          new Canonicalize(),
          new InferMasks(),
          new ScheduleGrid(),
          new PartitionWarps(),
          new SelectMma(),
          new AssignLayouts(),
          new ReduceAcrossWarps(),
          new Canonicalize(),
          new PipelineLoops(),
          new LowerConversions(),
          new ScheduleProducts(),
          new LowerAsync(),
          new Canonicalize(),
          new PlanMemory());

  private Pipeline() {}

  /** From traced tile IR to staged tile IR, ready to be expanded to thread IR. */
  public static List<Pass> passes() {
    return PASSES;
  }

  /**
   * Runs all passes.
   *
   * @param observer is shown the function after each pass, with the pass's name: dumps, timings and
   *     verification are built on it
   */
  public static KernelFunction run(
      KernelFunction function, PassContext context, BiConsumer<String, KernelFunction> observer) {
    KernelFunction current = function;
    for (Pass pass : PASSES) {
      current = pass.run(current, context);
      observer.accept(pass.name(), current);
    }
    return current;
  }
}
