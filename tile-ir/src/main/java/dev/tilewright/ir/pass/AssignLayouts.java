package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    Optional<AsyncOp.Roles> roles = AsyncOp.Roles.of(function);
    if (roles.isPresent()) {
      return ofRoles(function, roles.get(), context);
    }
    LayoutFlow flow = new LayoutFlow(function);
    int warps = WarpChoice.choose(function, flow, context);
    return assign(function, flow, warps, function.nextId(), context)
        .withLaunch(new KernelFunction.Launch(context.target().name(), warps, 0));
  }

  private KernelFunction assign(
      KernelFunction function, LayoutFlow flow, int warps, int firstId, PassContext context) {
    LayoutAssignment assignment = new LayoutAssignment(this, function, context, flow, warps);
    assignment.assign();
    return new LayoutRewrite(this, function, context, assignment, firstId).run();
  }

  /** Tiles never cross from role to role: each is a program of its own, over its own warps. */
  private KernelFunction ofRoles(
      KernelFunction function, AsyncOp.Roles roles, PassContext context) {
    KernelFunction assigned = function;
    AsyncOp.Roles done = roles;
    for (int i = 0; i < roles.roles().size(); i++) {
      KernelFunction program = function.withBody(roles.bodies().get(i));
      int warps = roles.roles().get(i).warps();
      List<Block> bodies = new ArrayList<>(done.bodies());
      bodies.set(
          i, assign(program, new LayoutFlow(program), warps, assigned.nextId(), context).body());
      AsyncOp.Roles next = done.with(List.of(), List.of(), bodies);
      assigned = assigned.withBody(replaced(assigned.body(), done, next));
      done = next;
    }
    return assigned.withLaunch(
        new KernelFunction.Launch(
            context.target().name(), roles.warps(), 0, cluster(function, context)));
  }

  /** Clusters are there for the copies that their blocks share. */
  private static int cluster(KernelFunction function, PassContext context) {
    boolean shares =
        Traversal.ops(function)
            .anyMatch(op -> op instanceof AsyncOp.BulkLoad load && load.parts() > 1);
    return shares ? context.schedule().cluster().orElse(1) : 1;
  }

  private static Block replaced(Block block, Op old, Op replacement) {
    return new Block(
        block.arguments(), block.ops().stream().map(op -> op == old ? replacement : op).toList());
  }
}
