package dev.tilewright.ir.analysis;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Op;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.BankModel;
import dev.tilewright.layout.analysis.Conversion;

/**
 * What a {@code ConvertLayout} between two register layouts asks of the algebra.
 *
 * @param from who holds what
 * @param to who shall hold what
 * @param elementBits a power of two; elements of less than a byte are never packed
 */
public record LayoutChange(Layout from, Layout to, int elementBits) {

  /** The change of a tile as it is. */
  public static LayoutChange of(Op.ConvertLayout op) {
    return of(op, op.result().type().dtype());
  }

  /**
   * The change of a tile whose elements are of another type while they travel.
   *
   * @throws java.util.NoSuchElementException if a tile has no layout
   */
  public static LayoutChange of(Op.ConvertLayout op, DType dtype) {
    return new LayoutChange(
        op.x().tile().layout().orElseThrow(),
        op.result().tile().layout().orElseThrow(),
        dtype.bits() < 8 ? 32 : dtype.bits());
  }

  /** The way without shared memory, if there is one. */
  public Result<Conversion> withinWarps() {
    return Conversion.withinWarps(from, to, elementBits);
  }

  /** The cheapest way. */
  public Result<Conversion> cheapest(BankModel banks) {
    return Conversion.plan(from, to, elementBits, banks);
  }
}
