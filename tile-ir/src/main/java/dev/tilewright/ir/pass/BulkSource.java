package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.BulkTile;
import dev.tilewright.ir.target.WarpSpecialization;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;

/** Whether a block of a tensor can come to shared memory by bulk copies. */
sealed interface BulkSource {

  /** As this tile. */
  record Tile(BulkTile tile) implements BulkSource {}

  /**
   * Not at all.
   *
   * @param reason half a sentence about the load
   */
  record No(String reason) implements BulkSource {}

  /**
   * @param loaded shape and type of the block
   */
  static BulkSource of(
      KernelFunction function, Value tensorValue, Type.Shaped loaded, WarpSpecialization target) {
    Parameter.Tensor tensor = function.tensorOf(tensorValue);
    boolean written =
        Traversal.ops(function)
            .anyMatch(
                op ->
                    op instanceof Op.Store s && s.tensor().equals(tensorValue)
                        || op instanceof AsyncOp.BulkStore b && b.tensor().equals(tensorValue));
    if (written) {
      return new No("the kernel writes the tensor too");
    }
    if (tensor.alignment() % target.boxAlignment() != 0) {
      return new No(
          "its rows may start at any multiple of %d bytes, bulk copies at multiples of %d"
              .formatted(tensor.alignment(), target.boxAlignment()));
    }
    return switch (BulkTile.of(loaded.shape(), tensor.unitDimension(), loaded.dtype(), target)) {
      case Result.Ok<BulkTile>(BulkTile bulk) -> new Tile(bulk);
      case Result.Refused<BulkTile>(Reason reason) -> new No(reason.sentence());
    };
  }
}
