package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;

/**
 * A number of the device, the same in every thread of the block. It never changes; every operation
 * gives a new one.
 *
 * <p>It cannot be tested by Java code: {@link KernelBuilder#when} branches on the device. Both
 * operands of an operation have one element type; a Java number stands for a constant of that type
 * and must be representable in it.
 */
public final class Scalar extends ScalarValue {
  private final Value value;

  Scalar(Trace trace, Region home, Site defined, Value value) {
    super(trace, home, defined);
    this.value = value;
  }

  /** The element type. */
  public DType dtype() {
    return value.type().dtype();
  }

  @Override
  Value read() {
    return value;
  }

  @Override
  public Scalar scalar() {
    return this;
  }

  @Override
  String describe() {
    return dtype() + " scalar";
  }

  /** {@code this + y}; integers wrap. */
  public Scalar plus(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.ADD, this, y);
  }

  /** {@code this + y}; integers wrap. */
  public Scalar plus(double y) {
    return ScalarOps.binary(enter(), BinaryKind.ADD, this, y);
  }

  /** {@code this - y}; integers wrap. */
  public Scalar minus(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.SUB, this, y);
  }

  /** {@code this - y}; integers wrap. */
  public Scalar minus(double y) {
    return ScalarOps.binary(enter(), BinaryKind.SUB, this, y);
  }

  /** {@code this * y}; integers wrap. */
  public Scalar times(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.MUL, this, y);
  }

  /** {@code this * y}; integers wrap. */
  public Scalar times(double y) {
    return ScalarOps.binary(enter(), BinaryKind.MUL, this, y);
  }

  /** The quotient; integers truncate toward zero, and a divisor of zero is undefined. */
  public Scalar div(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.DIV, this, y);
  }

  /** The quotient; integers truncate toward zero. */
  public Scalar div(double y) {
    return ScalarOps.binary(enter(), BinaryKind.DIV, this, y);
  }

  /** The remainder of {@link #div}, with the dividend's sign; integers only. */
  public Scalar rem(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.REM, this, y);
  }

  /** The remainder of {@link #div}, with the dividend's sign; integers only. */
  public Scalar rem(double y) {
    return ScalarOps.binary(enter(), BinaryKind.REM, this, y);
  }

  /** The smaller of both; if one is NaN, the other. */
  public Scalar minimum(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.MIN, this, y);
  }

  /** The smaller of both; if one is NaN, the other. */
  public Scalar minimum(double y) {
    return ScalarOps.binary(enter(), BinaryKind.MIN, this, y);
  }

  /** The greater of both; if one is NaN, the other. */
  public Scalar maximum(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.MAX, this, y);
  }

  /** The greater of both; if one is NaN, the other. */
  public Scalar maximum(double y) {
    return ScalarOps.binary(enter(), BinaryKind.MAX, this, y);
  }

  /** Bitwise and; of conditions ({@code i1}), logical and. */
  public Scalar and(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.AND, this, y);
  }

  /** Bitwise or; of conditions ({@code i1}), logical or. */
  public Scalar or(ScalarValue y) {
    return ScalarOps.binary(enter(), BinaryKind.OR, this, y);
  }

  /** Bitwise complement; of a condition ({@code i1}), logical not. */
  public Scalar not() {
    return ScalarOps.unary(enter(), UnaryKind.NOT, this);
  }

  /** The negated number. */
  public Scalar neg() {
    return ScalarOps.unary(enter(), UnaryKind.NEG, this);
  }

  /** Whether {@code this < y}, as {@code i1}; false with a NaN. */
  public Scalar lt(ScalarValue y) {
    return ScalarOps.compare(enter(), ComparePredicate.LT, this, y);
  }

  /** Whether {@code this < y}, as {@code i1}; false with a NaN. */
  public Scalar lt(double y) {
    return ScalarOps.compare(enter(), ComparePredicate.LT, this, y);
  }

  /** Whether {@code this <= y}, as {@code i1}; false with a NaN. */
  public Scalar le(ScalarValue y) {
    return ScalarOps.compare(enter(), ComparePredicate.LE, this, y);
  }

  /** Whether {@code this <= y}, as {@code i1}; false with a NaN. */
  public Scalar le(double y) {
    return ScalarOps.compare(enter(), ComparePredicate.LE, this, y);
  }

  /** Whether {@code this > y}, as {@code i1}; false with a NaN. */
  public Scalar gt(ScalarValue y) {
    return ScalarOps.compare(enter(), ComparePredicate.GT, this, y);
  }

  /** Whether {@code this > y}, as {@code i1}; false with a NaN. */
  public Scalar gt(double y) {
    return ScalarOps.compare(enter(), ComparePredicate.GT, this, y);
  }

  /** Whether {@code this >= y}, as {@code i1}; false with a NaN. */
  public Scalar ge(ScalarValue y) {
    return ScalarOps.compare(enter(), ComparePredicate.GE, this, y);
  }

  /** Whether {@code this >= y}, as {@code i1}; false with a NaN. */
  public Scalar ge(double y) {
    return ScalarOps.compare(enter(), ComparePredicate.GE, this, y);
  }

  /** Whether both are equal, as {@code i1}; false with a NaN. Not {@link #equals}. */
  public Scalar eq(ScalarValue y) {
    return ScalarOps.compare(enter(), ComparePredicate.EQ, this, y);
  }

  /** Whether both are equal, as {@code i1}; false with a NaN. Not {@link #equals}. */
  public Scalar eq(double y) {
    return ScalarOps.compare(enter(), ComparePredicate.EQ, this, y);
  }

  /** Whether both differ, as {@code i1}; true with a NaN. */
  public Scalar ne(ScalarValue y) {
    return ScalarOps.compare(enter(), ComparePredicate.NE, this, y);
  }

  /** Whether both differ, as {@code i1}; true with a NaN. */
  public Scalar ne(double y) {
    return ScalarOps.compare(enter(), ComparePredicate.NE, this, y);
  }

  /** This number in another type, rounded as {@link TileValue#cast(DType)} does. */
  public Scalar cast(DType to) {
    Site site = enter();
    Elements.checkCast(trace, site, this, dtype(), to);
    Rounding rounding = Elements.defaultRounding(dtype(), to);
    boolean saturate = Elements.defaultSaturation(dtype(), to);
    return to.equals(dtype())
        ? this
        : trace.scalar(site, trace.ops().cast(value, to, rounding, saturate));
  }
}
