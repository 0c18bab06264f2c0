package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * What can be read where a tile is expected: a tile in registers ({@link Tile}), a block of a
 * tensor ({@link GlobalTile}), or a buffer in shared memory ({@link SharedTile}), which are loaded
 * each time they are read.
 *
 * <p>Every method here leaves what it is called on as it is and returns a <em>new</em> tile; only
 * {@link Tile} has methods that update ({@code assign}, {@code plusAssign}, {@code mma} …). The
 * names follow Kotlin's operator conventions, so that {@code a + b} works there.
 *
 * <p>Elementwise operations take a tile, a {@link Scalar} or a Java number. Both operands have the
 * same element type (nothing is converted implicitly; a Java number must be representable in it)
 * and the same rank; extents are equal, or 1 to be repeated. Everything else is refused with {@link
 * KernelDefinitionException} at the user's line.
 */
public abstract sealed class TileValue extends Handle permits Tile, GlobalTile, SharedTile {

  TileValue(Trace trace, Region home, Site defined) {
    super(trace, home, defined);
  }

  /** The extent of each dimension, outermost first. */
  public abstract List<Integer> shape();

  /** The element type. */
  public abstract DType dtype();

  /** How many dimensions this has. */
  public final int rank() {
    return shape().size();
  }

  /** The elements as of now, loaded if they are in memory. */
  abstract Value read(Site site);

  /** A new register tile with the elements as of now; updates of it do not reach this. */
  public final Tile load() {
    Site site = enter();
    return trace.tile(site, read(site));
  }

  /**
   * The number in a tile of one element: what a reduction found, or a table says.
   *
   * <pre>
   *   Scalar greatest = x.max(0).scalar();    // x has one dimension
   * </pre>
   */
  public final Scalar scalar() {
    Site site = enter();
    trace.checkNoCombiner(site);
    if (shape().stream().anyMatch(extent -> extent != 1)) {
      throw trace.fail(
          site,
          Misuse.NOT_ONE_ELEMENT,
          "a tile of " + TileOps.shape(shape()) + " is more than one number",
          List.of(note("this " + describe() + " was made here")),
          "reduce it: x.sum(0).scalar(), x.max(0).scalar()");
    }
    return trace.scalar(site, trace.ops().extract(read(site)));
  }

  // ---------------------------------------------------------------- arithmetic

  /** {@code this + y}, elementwise. */
  public final Tile plus(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.ADD, this, y);
  }

  /** {@code this + y}, elementwise. */
  public final Tile plus(ScalarValue y) {
    return TileOps.binary(enter(), BinaryKind.ADD, this, y);
  }

  /** {@code this + y}, elementwise. */
  public final Tile plus(double y) {
    return TileOps.binary(enter(), BinaryKind.ADD, this, y);
  }

  /** {@code this - y}, elementwise. */
  public final Tile minus(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.SUB, this, y);
  }

  /** {@code this - y}, elementwise. */
  public final Tile minus(ScalarValue y) {
    return TileOps.binary(enter(), BinaryKind.SUB, this, y);
  }

  /** {@code this - y}, elementwise. */
  public final Tile minus(double y) {
    return TileOps.binary(enter(), BinaryKind.SUB, this, y);
  }

  /** {@code this * y}, elementwise. */
  public final Tile times(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.MUL, this, y);
  }

  /** {@code this * y}, elementwise. */
  public final Tile times(ScalarValue y) {
    return TileOps.binary(enter(), BinaryKind.MUL, this, y);
  }

  /** {@code this * y}, elementwise. */
  public final Tile times(double y) {
    return TileOps.binary(enter(), BinaryKind.MUL, this, y);
  }

  /** {@code this / y}, elementwise; integers truncate toward zero, and by zero is undefined. */
  public final Tile div(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.DIV, this, y);
  }

  /** {@code this / y}, elementwise; integers truncate toward zero, and by zero is undefined. */
  public final Tile div(ScalarValue y) {
    return TileOps.binary(enter(), BinaryKind.DIV, this, y);
  }

  /** {@code this / y}, elementwise; integers truncate toward zero, and by zero is undefined. */
  public final Tile div(double y) {
    return TileOps.binary(enter(), BinaryKind.DIV, this, y);
  }

  /** The remainder of {@code div}, with the dividend's sign; integers only. */
  public final Tile rem(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.REM, this, y);
  }

  /** The remainder of {@code div}, with the dividend's sign; integers only. */
  public final Tile rem(ScalarValue y) {
    return TileOps.binary(enter(), BinaryKind.REM, this, y);
  }

  /** The remainder of {@code div}, with the dividend's sign; integers only. */
  public final Tile rem(double y) {
    return TileOps.binary(enter(), BinaryKind.REM, this, y);
  }

  /** The smaller of both, elementwise; if one is NaN, the other. */
  public final Tile minimum(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.MIN, this, y);
  }

  /** The smaller of both, elementwise; if one is NaN, the other. */
  public final Tile minimum(ScalarValue y) {
    return TileOps.binary(enter(), BinaryKind.MIN, this, y);
  }

  /** The smaller of both, elementwise; if one is NaN, the other. */
  public final Tile minimum(double y) {
    return TileOps.binary(enter(), BinaryKind.MIN, this, y);
  }

  /** The greater of both, elementwise; if one is NaN, the other. */
  public final Tile maximum(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.MAX, this, y);
  }

  /** The greater of both, elementwise; if one is NaN, the other. */
  public final Tile maximum(ScalarValue y) {
    return TileOps.binary(enter(), BinaryKind.MAX, this, y);
  }

  /** The greater of both, elementwise; if one is NaN, the other. */
  public final Tile maximum(double y) {
    return TileOps.binary(enter(), BinaryKind.MAX, this, y);
  }

  /** Bitwise and of integers; of masks, logical and. */
  public final Tile and(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.AND, this, y);
  }

  /** Bitwise or of integers; of masks, logical or. */
  public final Tile or(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.OR, this, y);
  }

  /** Bitwise exclusive or of integers; of masks, whether they differ. */
  public final Tile xor(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.XOR, this, y);
  }

  /** Integers shifted left; by the bit width or more gives zero. */
  public final Tile shl(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.SHL, this, y);
  }

  /** Integers shifted left; by the bit width or more gives zero. */
  public final Tile shl(double y) {
    return TileOps.binary(enter(), BinaryKind.SHL, this, y);
  }

  /** Integers shifted right, filling with the sign if the type has one. */
  public final Tile shr(TileValue y) {
    return TileOps.binary(enter(), BinaryKind.SHR, this, y);
  }

  /** Integers shifted right, filling with the sign if the type has one. */
  public final Tile shr(double y) {
    return TileOps.binary(enter(), BinaryKind.SHR, this, y);
  }

  /** {@code this * y + z}, rounded once; floats only. */
  public final Tile fma(TileValue y, TileValue z) {
    return TileOps.fma(enter(), this, y, z);
  }

  /** {@code -this}. */
  public final Tile neg() {
    return TileOps.unary(enter(), UnaryKind.NEG, this);
  }

  /** The magnitude. */
  public final Tile abs() {
    return TileOps.unary(enter(), UnaryKind.ABS, this);
  }

  /** Bitwise complement of integers; of masks, logical not. */
  public final Tile not() {
    return TileOps.unary(enter(), UnaryKind.NOT, this);
  }

  /** 2 to the power of each element. */
  public final Tile exp2() {
    return TileOps.unary(enter(), UnaryKind.EXP2, this);
  }

  /** e to the power of each element. */
  public final Tile exp() {
    return TileOps.unary(enter(), UnaryKind.EXP, this);
  }

  /** The logarithm to base 2. */
  public final Tile log2() {
    return TileOps.unary(enter(), UnaryKind.LOG2, this);
  }

  /** The natural logarithm. */
  public final Tile log() {
    return TileOps.unary(enter(), UnaryKind.LOG, this);
  }

  /** The square root. */
  public final Tile sqrt() {
    return TileOps.unary(enter(), UnaryKind.SQRT, this);
  }

  /** {@code 1 / sqrt(this)}. */
  public final Tile rsqrt() {
    return TileOps.unary(enter(), UnaryKind.RSQRT, this);
  }

  /** {@code 1 / this}. */
  public final Tile reciprocal() {
    return TileOps.unary(enter(), UnaryKind.RECIP, this);
  }

  /** The sine of radians. */
  public final Tile sin() {
    return TileOps.unary(enter(), UnaryKind.SIN, this);
  }

  /** The cosine of radians. */
  public final Tile cos() {
    return TileOps.unary(enter(), UnaryKind.COS, this);
  }

  /** The hyperbolic tangent. */
  public final Tile tanh() {
    return TileOps.unary(enter(), UnaryKind.TANH, this);
  }

  /** The greatest integer not above. */
  public final Tile floor() {
    return TileOps.unary(enter(), UnaryKind.FLOOR, this);
  }

  /** The least integer not below. */
  public final Tile ceil() {
    return TileOps.unary(enter(), UnaryKind.CEIL, this);
  }

  /** The nearest integer, ties to even. */
  public final Tile round() {
    return TileOps.unary(enter(), UnaryKind.ROUND, this);
  }

  // ---------------------------------------------------------------- comparison

  /** A mask ({@code i1}): where {@code this < y}; false with a NaN. */
  public final Tile lt(TileValue y) {
    return TileOps.compare(enter(), ComparePredicate.LT, this, y);
  }

  /** A mask ({@code i1}): where {@code this < y}; false with a NaN. */
  public final Tile lt(ScalarValue y) {
    return TileOps.compare(enter(), ComparePredicate.LT, this, y);
  }

  /** A mask ({@code i1}): where {@code this < y}; false with a NaN. */
  public final Tile lt(double y) {
    return TileOps.compare(enter(), ComparePredicate.LT, this, y);
  }

  /** A mask ({@code i1}): where {@code this <= y}; false with a NaN. */
  public final Tile le(TileValue y) {
    return TileOps.compare(enter(), ComparePredicate.LE, this, y);
  }

  /** A mask ({@code i1}): where {@code this <= y}; false with a NaN. */
  public final Tile le(ScalarValue y) {
    return TileOps.compare(enter(), ComparePredicate.LE, this, y);
  }

  /** A mask ({@code i1}): where {@code this <= y}; false with a NaN. */
  public final Tile le(double y) {
    return TileOps.compare(enter(), ComparePredicate.LE, this, y);
  }

  /** A mask ({@code i1}): where {@code this > y}; false with a NaN. */
  public final Tile gt(TileValue y) {
    return TileOps.compare(enter(), ComparePredicate.GT, this, y);
  }

  /** A mask ({@code i1}): where {@code this > y}; false with a NaN. */
  public final Tile gt(ScalarValue y) {
    return TileOps.compare(enter(), ComparePredicate.GT, this, y);
  }

  /** A mask ({@code i1}): where {@code this > y}; false with a NaN. */
  public final Tile gt(double y) {
    return TileOps.compare(enter(), ComparePredicate.GT, this, y);
  }

  /** A mask ({@code i1}): where {@code this >= y}; false with a NaN. */
  public final Tile ge(TileValue y) {
    return TileOps.compare(enter(), ComparePredicate.GE, this, y);
  }

  /** A mask ({@code i1}): where {@code this >= y}; false with a NaN. */
  public final Tile ge(ScalarValue y) {
    return TileOps.compare(enter(), ComparePredicate.GE, this, y);
  }

  /** A mask ({@code i1}): where {@code this >= y}; false with a NaN. */
  public final Tile ge(double y) {
    return TileOps.compare(enter(), ComparePredicate.GE, this, y);
  }

  /** A mask ({@code i1}): where both are equal; false with a NaN. */
  public final Tile eq(TileValue y) {
    return TileOps.compare(enter(), ComparePredicate.EQ, this, y);
  }

  /** A mask ({@code i1}): where both are equal; false with a NaN. */
  public final Tile eq(ScalarValue y) {
    return TileOps.compare(enter(), ComparePredicate.EQ, this, y);
  }

  /** A mask ({@code i1}): where both are equal; false with a NaN. */
  public final Tile eq(double y) {
    return TileOps.compare(enter(), ComparePredicate.EQ, this, y);
  }

  /** A mask ({@code i1}): where both differ; true with a NaN. */
  public final Tile ne(TileValue y) {
    return TileOps.compare(enter(), ComparePredicate.NE, this, y);
  }

  /** A mask ({@code i1}): where both differ; true with a NaN. */
  public final Tile ne(ScalarValue y) {
    return TileOps.compare(enter(), ComparePredicate.NE, this, y);
  }

  /** A mask ({@code i1}): where both differ; true with a NaN. */
  public final Tile ne(double y) {
    return TileOps.compare(enter(), ComparePredicate.NE, this, y);
  }

  /** Of a mask ({@code i1}): the elements of {@code x} where it is true, of {@code y} elsewhere. */
  public final Tile select(TileValue x, TileValue y) {
    return TileOps.select(enter(), this, x, y);
  }

  /** Of a mask ({@code i1}): the elements of {@code x} where it is true, {@code y} elsewhere. */
  public final Tile select(TileValue x, double y) {
    return TileOps.select(enter(), this, x, y, false);
  }

  /** Of a mask ({@code i1}): {@code x} where it is true, the elements of {@code y} elsewhere. */
  public final Tile select(double x, TileValue y) {
    return TileOps.select(enter(), this, y, x, true);
  }

  // ---------------------------------------------------------------- conversion

  /**
   * The elements in another type. From floats to integers the fraction is cut off; all else rounds
   * to nearest even. Out of range, floats become the nearest value of an integer or of a float of
   * fewer than 16 bits, and infinity of a wider one; integers wrap in integers. Masks are not cast:
   * see {@link #select(TileValue, TileValue)}.
   */
  public final Tile cast(DType to) {
    Site site = enter();
    return cast(
        site, to, Elements.defaultRounding(dtype(), to), Elements.defaultSaturation(dtype(), to));
  }

  /**
   * The elements in another type.
   *
   * @param saturate whether values out of range become the nearest value of {@code to}; floats to
   *     integers always do
   */
  public final Tile cast(DType to, Rounding rounding, boolean saturate) {
    return cast(enter(), to, rounding, saturate);
  }

  private Tile cast(Site site, DType to, Rounding rounding, boolean saturate) {
    Elements.checkCast(trace, site, this, dtype(), to);
    Value value = read(site);
    return trace.tile(
        site, to.equals(dtype()) ? value : trace.ops().cast(value, to, rounding, saturate));
  }

  // ---------------------------------------------------------------- reduction

  /**
   * The sum along an axis, in this tile's element type. The axis disappears ({@code expand(axis)}
   * brings it back with extent 1); a tile of one dimension becomes one of extent 1. The order of
   * summation is not specified.
   */
  public final Tile sum(int axis) {
    return reduce(enter(), BinaryKind.ADD, axis);
  }

  /** The greatest element along an axis, as {@link #sum}; NaNs are passed over. */
  public final Tile max(int axis) {
    return reduce(enter(), BinaryKind.MAX, axis);
  }

  /** The smallest element along an axis, as {@link #sum}; NaNs are passed over. */
  public final Tile min(int axis) {
    return reduce(enter(), BinaryKind.MIN, axis);
  }

  /**
   * Combines the elements along an axis, as {@link #sum}.
   *
   * @param combiner associative and commutative, since the order is not specified; traced once,
   *     with two numbers of the element type
   */
  public final Tile reduce(int axis, BinaryOperator<Scalar> combiner) {
    Site site = enter();
    TileShapes.checkAxis(site, this, axis);
    return trace.tile(site, ControlFlow.reduce(trace, site, read(site), axis, combiner));
  }

  private Tile reduce(Site site, BinaryKind kind, int axis) {
    TileShapes.checkAxis(site, this, axis);
    Elements.checkBinary(trace, site, kind, this, dtype());
    return trace.tile(
        site,
        ControlFlow.reduce(
            trace, site, read(site), axis, (x, y) -> ScalarOps.binary(site, kind, x, y)));
  }

  // ---------------------------------------------------------------- shape

  /** The same elements in row-major order under another shape of as many elements. */
  public final Tile reshape(int... extents) {
    return TileShapes.reshape(enter(), this, extents);
  }

  /**
   * The same bits as elements of another type, whose width may differ: in every row along the last
   * dimension the elements lie side by side, the lowest bits of the first one first, and are cut
   * anew. A tile of 16×64 {@code u8} is one of 16×128 {@code i4} or of 16×32 {@code f16}; one of
   * 16×24 {@code u8} is one of 16×64 {@code i3}, for 8 times 3 bits are 3 bytes. No data moves
   * where every thread holds whole elements of both types. Masks have no view.
   */
  public final Tile view(DType as) {
    return TileShapes.view(enter(), this, as);
  }

  /** A dimension of extent 1 more, before dimension {@code axis} (0 to {@link #rank}). */
  public final Tile expand(int axis) {
    return TileShapes.expand(enter(), this, axis);
  }

  /** Repeats dimensions of extent 1 up to these extents; the rank stays. */
  public final Tile broadcastTo(int... extents) {
    return TileShapes.broadcastTo(enter(), this, extents);
  }

  /**
   * Permutes dimensions.
   *
   * @param order dimension {@code i} of the result is dimension {@code order[i]} of this
   */
  public final Tile transpose(int... order) {
    return TileShapes.transpose(enter(), this, order);
  }

  /** The transpose of a matrix. */
  public abstract TileValue t();
}
