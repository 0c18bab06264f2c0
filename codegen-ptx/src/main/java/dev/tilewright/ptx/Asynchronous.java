package dev.tilewright.ptx;

import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;

/** Which code is that of warp roles, barriers in memory, bulk copies and group products. */
final class Asynchronous {
  private Asynchronous() {}

  /** Whether the block or a region in it holds such an operation. */
  static boolean isIn(ThreadBlock block) {
    return block.ops().stream()
        .anyMatch(
            op ->
                op instanceof AsyncThreadOp || op.regions().stream().anyMatch(Asynchronous::isIn));
  }
}
