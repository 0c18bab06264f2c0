package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;

/**
 * Decides which thread holds which element of every tile.
 *
 * <p>Sets the number of warps, then gives layouts in this order, each spreading as far as it can
 * ({@link LayoutFlow}): layouts written in the program; the accumulators of matrix instructions,
 * their factors; the widest coalesced access of every load; those of stores; what remains. Where a
 * use needs another layout than its tile has, a {@code ConvertLayout} is placed right after the
 * tile's definition, once for all such uses; tiles that are cheap to compute are computed again
 * instead. Loads and stores go straight from and to the layout at their other side where that costs
 * less than a conversion ({@link AccessCost}). Everything is left in the staged form that the
 * package comment describes, but for conversions, which may still move data between threads.
 * Refuses with {@code TW-C013} accumulators that do not fit a thread's registers.
 */
public final class AssignLayouts implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    LayoutFlow flow = new LayoutFlow(function);
    int warps = WarpChoice.choose(function, flow, context);
    LayoutAssignment assignment = new LayoutAssignment(this, function, context, flow, warps);
    assignment.assign();
    return new LayoutRewrite(this, function, context, assignment)
        .run()
        .withLaunch(new KernelFunction.Launch(context.target().name(), warps, 0));
  }
}
