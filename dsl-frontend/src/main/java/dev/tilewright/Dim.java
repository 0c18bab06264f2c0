package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;

/**
 * A size that is known when the kernel is launched, or computed from such sizes. Sizes shape
 * tensors and the grid, and are {@code i32} numbers on the device.
 */
public final class Dim extends ScalarValue {
  final SizeExpr size;

  Dim(Trace trace, Site defined, SizeExpr size) {
    super(trace, trace.root(), defined);
    this.size = size;
  }

  /**
   * The least integer not below {@code this / divisor}: how many tiles cover this size.
   *
   * @param divisor at least 1
   */
  public Dim ceilDiv(int divisor) {
    Site site = enter();
    return derive(site, new SizeExpr.CeilDiv(size, trace.sizes().positive(site, divisor)));
  }

  /** The least integer not below {@code this / divisor}; a divisor of 0 fails at launch. */
  public Dim ceilDiv(Dim divisor) {
    Site site = enter();
    trace.checkUsable(site, divisor);
    return derive(site, new SizeExpr.CeilDiv(size, divisor.size));
  }

  /** The product of both sizes. */
  public Dim times(Dim factor) {
    Site site = enter();
    trace.checkUsable(site, factor);
    return derive(site, new SizeExpr.Product(size, factor.size));
  }

  /**
   * This many times {@code factor}.
   *
   * @param factor at least 1
   */
  public Dim times(int factor) {
    Site site = enter();
    return derive(site, new SizeExpr.Product(size, trace.sizes().positive(site, factor)));
  }

  /** The sum of both sizes. */
  public Dim plus(Dim term) {
    Site site = enter();
    trace.checkUsable(site, term);
    return derive(site, new SizeExpr.Sum(size, term.size));
  }

  /**
   * This plus {@code term}.
   *
   * @param term at least 1: sizes do not become negative
   */
  public Dim plus(int term) {
    Site site = enter();
    return derive(site, new SizeExpr.Sum(size, trace.sizes().positive(site, term)));
  }

  private Dim derive(Site site, SizeExpr derived) {
    return new Dim(trace, site, derived);
  }

  /** This size as an {@code i32} number of the device. */
  @Override
  public Scalar scalar() {
    Site site = enter();
    return trace.scalar(site, read());
  }

  @Override
  Value read() {
    return trace.sizes().emit(size);
  }

  @Override
  String describe() {
    return "size " + size + " (" + DType.I32 + ")";
  }
}
