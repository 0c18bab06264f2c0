package dev.tilewright.ir.pass;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.analysis.LayoutChange;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.Conversion;
import java.util.List;

/**
 * What one conversion between register layouts costs.
 *
 * @param op the conversion, as {@link LowerConversions} finds it
 * @param plan the cheapest way there is, from the layouts alone
 */
public record ConversionCost(Op.ConvertLayout op, Result<Conversion> plan) {

  /**
   * Whether registers are only renumbered or shuffled: then the conversion stays in the staged
   * function. All others go through shared memory.
   */
  public boolean staysWithinWarps() {
    return plan instanceof Result.Ok<Conversion>(Conversion cheapest)
        && !(cheapest instanceof Conversion.ThroughMemory);
  }

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
    LayoutChange change = LayoutChange.of(op, LowerConversions.wide(op.x().type().dtype()));
    return new ConversionCost(op, change.cheapest(target.sharedBanks()));
  }
}
