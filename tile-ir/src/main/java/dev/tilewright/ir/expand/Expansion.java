package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;

/**
 * What the parts of the expansion of one function share.
 *
 * @param warps warps in the block
 * @param facts what divides the offsets of the function
 */
record Expansion(
    Target target, int warps, Code code, Threads threads, Values values, Divisibility facts) {

  ThreadBuilder ops() {
    return code.ops();
  }

  /** The layout of a tile or a buffer, which staged form promises. */
  static Layout layout(Op op, Value value) {
    Type.Shaped type = (Type.Shaped) value.type();
    return type.layout()
        .orElseThrow(
            () ->
                new StagedFormException(
                    op,
                    "every tile and every shared buffer has a layout",
                    value + " of type " + type + " has none"));
  }

  /** How many registers of a thread hold the tile. */
  static int registers(Op op, Value tile) {
    return Math.toIntExact(layout(op, tile).domain().extent(Axis.REGISTER));
  }
}
