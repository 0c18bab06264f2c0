package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.List;
import java.util.Optional;

/**
 * A buffer in the block's shared memory: the explicit level. All threads see it; what one thread
 * wrote is visible to the others after {@link KernelBuilder#barrier}.
 */
public final class SharedTile extends TileValue {
  private final Value buffer;

  SharedTile(Trace trace, Region home, Site defined, Value buffer) {
    super(trace, home, defined);
    this.buffer = buffer;
  }

  @Override
  public List<Integer> shape() {
    return buffer.shared().shape();
  }

  @Override
  public DType dtype() {
    return buffer.shared().dtype();
  }

  @Override
  String describe() {
    return dtype() + " shared buffer " + TileOps.shape(shape());
  }

  @Override
  Value read(Site site) {
    trace.checkNoCombiner(site);
    return trace.ops().sharedLoad(buffer, new Type.Tile(shape(), dtype()));
  }

  @Override
  public Tile t() {
    Site site = enter();
    TileShapes.checkMatrix(site, this);
    return TileShapes.transpose(site, this, 1, 0);
  }

  /** The part at {@code index} of dimension 0: a stage of a ring. The index must be in range. */
  public SharedTile slice(ScalarValue index) {
    Site site = enter();
    return slice(site, ScalarOps.coordinate(trace, site, index));
  }

  /**
   * The part at {@code index} of dimension 0: a stage of a ring.
   *
   * @param index at least 0, less than the extent
   */
  public SharedTile slice(int index) {
    Site site = enter();
    if (index < 0 || index >= shape().getFirst()) {
      throw trace.fail(
          site,
          Misuse.AXIS_OUT_OF_RANGE,
          "index " + index + " is out of range for a buffer of " + TileOps.shape(shape()),
          List.of(note("this " + describe() + " was made here")),
          "stages count from 0 to " + (shape().getFirst() - 1));
    }
    return slice(site, trace.scalars().i32(index));
  }

  private SharedTile slice(Site site, Value index) {
    if (rank() < 2) {
      throw trace.fail(
          site,
          Misuse.RANK_MISMATCH,
          "a buffer of one dimension has no slices",
          List.of(note("this " + describe() + " was made here")),
          "make the buffer with the number of stages as its first extent");
    }
    return new SharedTile(trace, trace.region(), site, trace.ops().sharedSlice(buffer, index));
  }

  /** Writes {@code x}, of this shape and element type. */
  public void set(TileValue x) {
    Site site = enter();
    checkLike(site, x);
    trace.ops().sharedStore(buffer, x.read(site));
  }

  /**
   * Starts copying a block of a tensor here; elements outside the tensor become zero. The elements
   * are here after {@link KernelBuilder#commitGroup}, {@link KernelBuilder#waitGroup} and {@link
   * KernelBuilder#barrier}.
   *
   * @param source of this shape and element type, not transposed
   */
  public void copyAsync(GlobalTile source) {
    Site site = enter();
    checkLike(site, source);
    if (!source.extents.equals(shape())) {
      throw trace.fail(
          site,
          Misuse.ASSIGN_SHAPE,
          "an asynchronous copy does not transpose",
          List.of(source.note("the " + source.describe() + " was made here")),
          "copy the block as it lies and read the buffer's t()");
    }
    trace.writers().checkRead(site, source);
    trace
        .ops()
        .copyAsync(buffer, source.tensor.value, source.offsets, source.bounds(), Optional.empty());
  }

  private void checkLike(Site site, TileValue x) {
    trace.checkNoCombiner(site);
    trace.checkUsable(site, x);
    Elements.checkSame(trace, site, this, dtype(), x, x.dtype());
    if (!x.shape().equals(shape())) {
      throw trace.fail(
          site,
          Misuse.ASSIGN_SHAPE,
          "a buffer of " + TileOps.shape(shape()) + " cannot take " + TileOps.shape(x.shape()),
          List.of(
              note("the " + describe() + " was made here"),
              x.note("the " + x.describe() + " was made here")),
          "make the buffer with the shape of what it holds");
    }
  }
}
