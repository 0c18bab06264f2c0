package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.List;
import java.util.function.Function;

/**
 * A tile in registers: a mutable handle, whose shape and element type stay.
 *
 * <p>A lambda can update what it captured: after {@code k.range(n, i -> acc.plusAssign(x))} the
 * handle {@code acc} holds the sum. The frontend makes loop-carried values of exactly those tiles
 * that a body updates.
 *
 * <p>What updates: {@link #assign}, {@link #plusAssign}, {@link #minusAssign}, {@link
 * #timesAssign}, {@link #divAssign} and {@link #mma}; they return nothing. Everything inherited
 * from {@link TileValue} returns a new tile. Two handles never share elements: {@code assign}
 * copies.
 */
public final class Tile extends TileValue {
  final int id;
  private final Type.Tile type;

  Tile(Trace trace, Region home, Site defined, Type.Tile type, int id) {
    super(trace, home, defined);
    this.type = type;
    this.id = id;
  }

  @Override
  public List<Integer> shape() {
    return type.shape();
  }

  @Override
  public DType dtype() {
    return type.dtype();
  }

  @Override
  Value read(Site site) {
    return trace.read(site, this);
  }

  @Override
  String describe() {
    return dtype() + " tile " + TileOps.shape(shape());
  }

  @Override
  public Tile t() {
    Site site = enter();
    TileShapes.checkMatrix(site, this);
    return TileShapes.transpose(site, this, 1, 0);
  }

  // ---------------------------------------------------------------- updates

  /** Takes over the elements of {@code x}, which has this shape and element type. */
  public void assign(TileValue x) {
    Site site = enter();
    trace.checkUsable(site, x);
    Elements.checkSame(trace, site, this, dtype(), x, x.dtype());
    update(site, x.read(site), x);
  }

  /** Every element becomes {@code x}, a number of this element type. */
  public void assign(ScalarValue x) {
    Site site = enter();
    update(site, TileOps.splat(site, this, x));
  }

  /** Every element becomes {@code x}, which this element type can represent. */
  public void assign(double x) {
    Site site = enter();
    Literal literal = Elements.literal(trace, site, dtype(), x);
    update(site, trace.ops().constant(type, literal));
  }

  /** {@code this = this + y}. */
  public void plusAssign(TileValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.ADD, this, y));
  }

  /** {@code this = this + y}. */
  public void plusAssign(ScalarValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.ADD, this, y));
  }

  /** {@code this = this + y}. */
  public void plusAssign(double y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.ADD, this, y));
  }

  /** {@code this = this - y}. */
  public void minusAssign(TileValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.SUB, this, y));
  }

  /** {@code this = this - y}. */
  public void minusAssign(ScalarValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.SUB, this, y));
  }

  /** {@code this = this - y}. */
  public void minusAssign(double y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.SUB, this, y));
  }

  /** {@code this = this * y}. */
  public void timesAssign(TileValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.MUL, this, y));
  }

  /** {@code this = this * y}. */
  public void timesAssign(ScalarValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.MUL, this, y));
  }

  /** {@code this = this * y}. */
  public void timesAssign(double y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.MUL, this, y));
  }

  /** {@code this = this / y}. */
  public void divAssign(TileValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.DIV, this, y));
  }

  /** {@code this = this / y}. */
  public void divAssign(ScalarValue y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.DIV, this, y));
  }

  /** {@code this = this / y}. */
  public void divAssign(double y) {
    Site site = enter();
    update(site, TileOps.binaryValue(site, BinaryKind.DIV, this, y));
  }

  /**
   * {@code this = this + a · b}, the matrix product.
   *
   * <p>Element types: f16 with f16 in f32 or f16; bf16 with bf16, tf32 with tf32 in f32; f64 in
   * f64; floats of at most 8 bits in f32 or f16; integers of at most 8 bits, signed or not, in i32.
   * Which of them a target multiplies is checked when the kernel is compiled for it.
   *
   * @param a m×k, where this is m×n
   * @param b k×n
   */
  public void mma(TileValue a, TileValue b) {
    Site site = enter();
    MatrixProduct.check(site, this, a, b);
    Value left = a.read(site);
    Value right = b.read(site);
    trace.write(site, this, trace.ops().mma(left, right, read(site)));
  }

  /**
   * {@code this = this + a · b} by whole warp groups, asynchronously: the buffers may be written
   * again when the product has ended. Whatever reads this tile waits for it.
   *
   * @param a m×k, where this is m×n, or the transposed view of k×m
   * @param b k×n, or the transposed view of n×k
   * @return the product, for {@link ReadSlot#release}
   */
  public Pending mmaAsync(SharedTile a, SharedTile b) {
    Site site = enter();
    MatrixProduct.check(site, this, a, b);
    return multiply(site, product -> a.operand(site, product), a.isTransposed(), b);
  }

  /** {@link #mmaAsync(SharedTile, SharedTile)} with a in registers. */
  public Pending mmaAsync(Tile a, SharedTile b) {
    Site site = enter();
    MatrixProduct.check(site, this, a, b);
    Value left = a.read(site);
    return multiply(site, _ -> left, false, b);
  }

  private Pending multiply(
      Site site, Function<Pending, Value> a, boolean transposeA, SharedTile b) {
    Value pending = trace.ops().fresh(new Type.Pending());
    Pending product = new Pending(trace, trace.region(), site, pending, trace.nextProduct());
    Value left = a.apply(product);
    Value right = b.operand(site, product);
    Value result = trace.ops().fresh(type);
    trace
        .ops()
        .add(
            new AsyncOp.MmaAsync(
                result,
                pending,
                left,
                right,
                read(site),
                transposeA,
                b.isTransposed(),
                "",
                site.location()));
    trace.write(site, this, result);
    return product;
  }

  private void update(Site site, Value value) {
    update(site, value, this);
  }

  private void update(Site site, Value value, TileValue source) {
    if (!value.tile().shape().equals(shape())) {
      throw trace.fail(
          site,
          Misuse.ASSIGN_SHAPE,
          "a tile of "
              + TileOps.shape(shape())
              + " cannot take "
              + TileOps.shape(value.tile().shape()),
          source == this
              ? List.of(note("this " + describe() + " was made here"))
              : List.of(
                  note("the " + describe() + " was made here"),
                  source.note("the " + source.describe() + " was made here")),
          "a tile keeps its shape; repeat the operand with broadcastTo, or make a new tile");
    }
    trace.write(site, this, value);
  }
}
