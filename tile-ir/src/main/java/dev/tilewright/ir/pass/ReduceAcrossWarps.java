package dev.tilewright.ir.pass;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.RegionCopy;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reduces along a dimension of which warps hold different parts: each warp reduces its own, the
 * warps exchange what they have by a change of layout, and every thread reduces that.
 *
 * <p>Afterwards every reduction is within warps, as the staged form asks. The order in which
 * elements are combined changes, which a reduction leaves open.
 */
public final class ReduceAcrossWarps implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    return Rewriter.rewrite(
        function,
        (op, rewriter) -> {
          if (op instanceof Op.Reduce reduce && crosses(reduce)) {
            rewriter.replace(reduce.result(), inTwoSteps(reduce, rewriter.out(), context));
          } else {
            rewriter.keep(op);
          }
        });
  }

  private static boolean crosses(Op.Reduce reduce) {
    return !RegisterLayouts.isWithinWarp(layout(reduce.x()), reduce.axis());
  }

  private static Layout layout(Value value) {
    return value.tile().layout().orElseThrow();
  }

  private Value inTwoSteps(Op.Reduce reduce, OpBuilder out, PassContext context) {
    Layout whole = layout(reduce.x());
    WarpParts parts =
        WarpParts.of(whole, reduce.x().tile().shape(), reduce.axis())
            .orElseThrow(
                () -> new IllegalStateException("AssignLayouts gave a layout without whole parts"));
    Value own =
        out.add(
                new Op.Reshape(
                    out.fresh(type(parts.shape(), reduce.x(), parts.layout())),
                    reduce.x(),
                    out.location()))
            .result();
    for (int dimension : parts.withinWarps()) {
      own = reduced(own, dimension, reduce.combiner(), out);
    }
    int count = parts.overWarps().size();
    Layout result = layout(reduce.result());
    List<Integer> exchanged = own.tile().shape().subList(reduce.axis(), reduce.axis() + count);
    Value all = out.convertLayout(own, inEveryThread(result, reduce.axis(), exchanged, own.tile()));
    for (int i = count - 1; i >= 0; i--) {
      all = reduced(all, reduce.axis() + i, reduce.combiner(), out);
    }
    context
        .report()
        .note(
            this,
            reduce.location(),
            "%d warps reduce parts of dimension %d of %s and exchange what they have"
                .formatted(
                    exchanged.stream().reduce(1, Math::multiplyExact),
                    reduce.axis(),
                    reduce.x().tile().shape()));
    return all;
  }

  private static Type.Tile type(List<Integer> shape, Value like, Layout layout) {
    return new Type.Tile(shape, like.type().dtype(), Optional.of(layout));
  }

  private static Value reduced(Value x, int dimension, Block combiner, OpBuilder out) {
    List<Integer> shape = new ArrayList<>(x.tile().shape());
    shape.remove(dimension);
    Type.Tile type = type(shape, x, RegisterLayouts.reduce(layout(x), dimension));
    return out.add(
            new Op.Reduce(
                out.fresh(type), x, dimension, RegionCopy.block(combiner, out), out.location()))
        .result();
  }

  /** The layout of the result, each thread holding what all warps have for its elements. */
  private static Layout inEveryThread(
      Layout result, int axis, List<Integer> exchanged, Type.Tile own) {
    Map<Axis, Axis> names = new LinkedHashMap<>();
    for (int d = result.codomain().rank() - 1; d >= axis; d--) {
      names.put(dim(d), dim(d + exchanged.size()));
    }
    LayoutBuilder layout = Layout.into(RegisterLayouts.tile(own.shape())).digit(REGISTER, 1);
    for (int i = exchanged.size() - 1; i >= 0; i--) {
      layout.digit(REGISTER, exchanged.get(i), dim(axis + i), 1);
    }
    layout.digit(LANE, 1).digit(WARP, 1);
    result.rename(names).digits().forEach(layout::digit);
    return RegisterLayouts.inOrder(layout.build());
  }
}
