package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.Conversion;
import java.util.List;

/**
 * What one conversion between register layouts costs.
 *
 * @param op the conversion, as {@link LowerConversions} finds it
 * @param plan the cheapest way there is, from the layouts alone
 * @param renumbers whether it only renumbers registers, so that nothing is left of it; all others
 *     go through shared memory
 */
public record ConversionCost(Op.ConvertLayout op, Result<Conversion> plan, boolean renumbers) {

  /**
   * All conversions, in program order.
   *
   * @param function before {@link LowerConversions}
   */
  public static List<ConversionCost> of(KernelFunction function, Target target) {
    return Traversal.ops(function)
        .filter(Op.ConvertLayout.class::isInstance)
        .map(op -> of((Op.ConvertLayout) op, target))
        .toList();
  }

  private static ConversionCost of(Op.ConvertLayout op, Target target) {
    Type.Tile tile = op.x().tile();
    Layout from = tile.layout().orElseThrow();
    Layout to = op.result().tile().layout().orElseThrow();
    // Conditions travel as bytes.
    int bits = Math.max(8, tile.dtype().bits());
    return new ConversionCost(
        op,
        Conversion.plan(from, to, bits, target.sharedBanks()),
        ThreadElements.of(from).isRenumberedTo(ThreadElements.of(to)));
  }
}
