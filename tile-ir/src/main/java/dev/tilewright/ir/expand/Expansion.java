package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;

/**
 * What the parts of the expansion of one function share.
 *
 * @param role the threads that run the code
 * @param facts what divides the offsets of the function
 * @param maps the descriptions of tensors that have been asked for
 * @param cluster blocks of a cluster
 * @param report where is said how elements are converted
 */
record Expansion(
    Target target,
    RoleScope role,
    Code code,
    Threads threads,
    Values values,
    Divisibility facts,
    TensorMaps maps,
    int cluster,
    CompileReport report) {

  int warps() {
    return role.warps();
  }

  ThreadBuilder ops() {
    return code.ops();
  }

  /** The layout of a tile or a buffer, which staged form promises. */
  Layout layout(Op op, Value value) {
    Type.Shaped type = (Type.Shaped) value.type();
    Layout layout =
        type.layout()
            .orElseThrow(
                () ->
                    new StagedFormException(
                        op,
                        "every tile and every shared buffer has a layout",
                        value + " of type " + type + " has none"));
    return value.isTile() ? ofBlock(op, layout) : layout;
  }

  /** A layout from all lanes and warps of the block. */
  Layout ofBlock(Op op, Layout layout) {
    long lanes = layout.domain().extent(Axis.LANE);
    long layoutWarps = layout.domain().extent(Axis.WARP);
    if (lanes != target.lanes() || layoutWarps != warps()) {
      throw new StagedFormException(
          op,
          "register layouts go from all lanes of the target and all warps of the launch",
          "%s has %d lanes and %d warps where there are %d and %d"
              .formatted(layout, lanes, layoutWarps, target.lanes(), warps()));
    }
    return layout;
  }

  /** How many registers of a thread hold the tile. */
  int registers(Op op, Value tile) {
    return Math.toIntExact(layout(op, tile).domain().extent(Axis.REGISTER));
  }
}
