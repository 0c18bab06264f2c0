package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Value;
import java.util.Collections;
import java.util.List;

/**
 * A block of a tensor in global memory. Where a tile is expected it is loaded, each time anew;
 * {@link #load()} keeps the elements in registers.
 */
public final class GlobalTile extends TileValue {
  final GlobalTensor tensor;
  final List<Value> offsets;

  /** As they lie in the tensor, also of a transposed view. */
  final List<Integer> extents;

  private final boolean transposed;

  GlobalTile(
      Trace trace,
      Region home,
      Site defined,
      GlobalTensor tensor,
      List<Value> offsets,
      List<Integer> extents,
      boolean transposed) {
    super(trace, home, defined);
    this.tensor = tensor;
    this.offsets = List.copyOf(offsets);
    this.extents = extents;
    this.transposed = transposed;
  }

  @Override
  public List<Integer> shape() {
    return transposed ? extents.reversed() : extents;
  }

  @Override
  public DType dtype() {
    return tensor.dtype();
  }

  @Override
  String describe() {
    return dtype() + " tile " + TileOps.shape(shape()) + " of tensor '" + tensor.name + "'";
  }

  /** Every dimension may reach over its edge until a pass shows that it cannot. */
  List<Boolean> bounds() {
    return Collections.nCopies(extents.size(), true);
  }

  @Override
  Value read(Site site) {
    return read(site, 0);
  }

  private Value read(Site site, double fill) {
    trace.checkNoCombiner(site);
    trace.writers().checkRead(site, this);
    Literal outside = Elements.literal(trace, site, dtype(), fill);
    Value loaded = trace.ops().load(tensor.value, extents, offsets, bounds(), outside);
    return transposed ? trace.ops().transpose(loaded, List.of(1, 0)) : loaded;
  }

  /**
   * The elements in registers; those outside the tensor read as {@code fill}.
   *
   * @param fill a number the element type can represent
   */
  public Tile load(double fill) {
    Site site = enter();
    return trace.tile(site, read(site, fill));
  }

  /** The transposed view of a matrix block: nothing moves until it is read. */
  @Override
  public GlobalTile t() {
    Site site = enter();
    TileShapes.checkMatrix(site, this);
    return new GlobalTile(trace, home, defined, tensor, offsets, extents, !transposed);
  }

  /** Writes {@code x}, of this shape and element type; elements outside the tensor are dropped. */
  public void set(TileValue x) {
    Site site = enter();
    trace.checkUsable(site, x);
    Elements.checkSame(trace, site, this, dtype(), x, x.dtype());
    if (!x.shape().equals(shape())) {
      throw trace.fail(
          site,
          Misuse.ASSIGN_SHAPE,
          "a tile of " + TileOps.shape(shape()) + " cannot take " + TileOps.shape(x.shape()),
          List.of(
              note("the " + describe() + " was made here"),
              x.note("the " + x.describe() + " was made here")),
          "cut a tile of the value's shape, or repeat the value with broadcastTo");
    }
    Value value = x.read(site);
    trace.checkNoCombiner(site);
    trace.writers().write(site, this);
    Value stored = transposed ? trace.ops().transpose(value, List.of(1, 0)) : value;
    trace.ops().store(tensor.value, offsets, stored, bounds());
  }
}
