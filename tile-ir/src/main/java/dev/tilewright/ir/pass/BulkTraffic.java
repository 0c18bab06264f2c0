package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.BoxCopy;
import java.util.List;
import java.util.stream.Stream;

/**
 * What one bulk copy of a staged function moves.
 *
 * @param op a bulk load or store
 * @param tensor what it accesses in global memory
 * @param boxes the copies of the whole tile
 * @param parts into how many parts the blocks of a cluster cut each box
 * @param sectors of global memory that one block's part of the tile takes, where rows start on one
 */
public record BulkTraffic(
    AsyncOp op, Parameter.Tensor tensor, BoxCopy boxes, int parts, long sectors) {

  /** All bulk copies, in program order. */
  public static List<BulkTraffic> of(KernelFunction staged, Target target) {
    return Traversal.ops(staged).flatMap(op -> of(staged, op, target)).toList();
  }

  private static Stream<BulkTraffic> of(KernelFunction staged, Op op, Target target) {
    return switch (op) {
      case AsyncOp.BulkLoad load ->
          Stream.of(of(load, staged.tensorOf(load.tensor()), load.shared(), load.parts(), target));
      case AsyncOp.BulkStore store ->
          Stream.of(of(store, staged.tensorOf(store.tensor()), store.shared(), 1, target));
      default -> Stream.empty();
    };
  }

  private static BulkTraffic of(
      AsyncOp op, Parameter.Tensor tensor, Value shared, int parts, Target target) {
    Type.Shared buffer = shared.shared();
    int bits = buffer.dtype().bits();
    Result<BoxCopy> boxes =
        BoxCopy.of(
            buffer.layout().orElseThrow(),
            Axis.dim(tensor.unitDimension()),
            bits,
            target.warpSpecialization().orElseThrow().engine());
    if (!(boxes instanceof Result.Ok<BoxCopy>(BoxCopy copy))) {
      throw new IllegalStateException("a staged function's bulk copies lie in boxes: " + boxes);
    }
    int row = buffer.shape().get(tensor.unitDimension());
    long rows = buffer.elements() / row;
    long rowSectors = Math.ceilDiv((long) row * bits, GlobalTraffic.SECTOR_BYTES * Byte.SIZE);
    return new BulkTraffic(op, tensor, copy, parts, rows * rowSectors / parts);
  }
}
