package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;

/**
 * Gives the warps of a block different roles (Tawa: automatic warp specialization with asynchronous
 * references).
 *
 * <p>Loads in innermost loops that feed matrix products move to a producer, which has one thread
 * issue them as bulk copies; the rest of the program is the consumer's, whose warp groups multiply
 * what they are handed. Every product's tiles travel together through one {@code aref}, made at the
 * cut. The producer's program is the backward slice of the loads ({@link ProducerSlice}); scalar
 * code that both need is in both. A program that cannot be cut so stays as it is, for all warps
 * alike, and the report says why.
 */
public final class PartitionWarps implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    if (context.target().warpSpecialization().isEmpty()
        || Traversal.ops(function).noneMatch(Op.Mma.class::isInstance)
        || Traversal.ops(function).anyMatch(AsyncOp.class::isInstance)) {
      return function;
    }
    return switch (RolePlan.of(function, context)) {
      case RolePlan.Refused(Location location, String reason) -> {
        context.report().note(this, location, "all warps have one role: " + reason);
        yield function;
      }
      case RolePlan.Split split -> {
        split.notes().forEach(note -> context.report().note(this, split.location(), note));
        yield new RoleSplit(function, split).write();
      }
    };
  }
}
