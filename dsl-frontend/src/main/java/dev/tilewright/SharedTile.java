package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A buffer in the block's shared memory: the explicit level. All threads see it; what one thread
 * wrote is visible to the others after {@link KernelBuilder#barrier}.
 */
public final class SharedTile extends TileValue {
  private final Value buffer;

  /** The slot of an aref that this is a tile of. */
  private final @Nullable Slot slot;

  private final boolean transposed;

  SharedTile(
      Trace trace,
      Region home,
      Site defined,
      Value buffer,
      @Nullable Slot slot,
      boolean transposed) {
    super(trace, home, defined);
    this.buffer = buffer;
    this.slot = slot;
    this.transposed = transposed;
  }

  @Override
  public List<Integer> shape() {
    List<Integer> shape = buffer.shared().shape();
    return transposed ? shape.reversed() : shape;
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
    checkHeld(site);
    List<Integer> extents = buffer.shared().shape();
    Value loaded = trace.ops().sharedLoad(buffer, new Type.Tile(extents, dtype()));
    return transposed ? trace.ops().transpose(loaded, List.of(1, 0)) : loaded;
  }

  private void checkHeld(Site site) {
    if (slot != null) {
      slot.checkHeld(site);
    }
  }

  /** The buffer as an operand of an asynchronous product, which reads it. */
  Value operand(Site site, Pending product) {
    checkHeld(site);
    if (slot != null) {
      slot.readBy(product);
    }
    return buffer;
  }

  boolean isTransposed() {
    return transposed;
  }

  /** The transposed view of a matrix: nothing moves until it is read. */
  @Override
  public SharedTile t() {
    Site site = enter();
    TileShapes.checkMatrix(site, this);
    return new SharedTile(trace, home, defined, buffer, slot, !transposed);
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
    checkHeld(site);
    checkNotTransposed(site, "slice");
    if (rank() < 2) {
      throw trace.fail(
          site,
          Misuse.RANK_MISMATCH,
          "a buffer of one dimension has no slices",
          List.of(note("this " + describe() + " was made here")),
          "make the buffer with the number of stages as its first extent");
    }
    Value part = trace.ops().sharedSlice(buffer, index);
    return new SharedTile(trace, trace.region(), site, part, slot, false);
  }

  private void checkNotTransposed(Site site, String what) {
    if (transposed) {
      throw trace.fail(
          site,
          Misuse.ASSIGN_SHAPE,
          "a transposed view cannot be the target of " + what,
          List.of(note("the " + describe() + " was made here")),
          "use the buffer itself; t() is for reading");
    }
  }

  /** Writes {@code x}, of this shape and element type. */
  public void set(TileValue x) {
    set(enter(), x);
  }

  void set(Site site, TileValue x) {
    checkLike(site, x);
    checkNotTransposed(site, "set");
    written(site, WriteSlot.Means.STORE);
    trace.ops().sharedStore(buffer, x.read(site));
  }

  private void written(Site site, WriteSlot.Means means) {
    checkHeld(site);
    if (slot != null) {
      slot.written(site, means);
    }
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
    checkSource(site, source);
    written(site, WriteSlot.Means.COPY);
    trace
        .ops()
        .copyAsync(buffer, source.tensor.value, source.offsets, source.bounds(), Optional.empty());
  }

  /** By one thread, in a slot. */
  void bulkLoad(Site site, GlobalTile source) {
    checkSource(site, source);
    written(site, WriteSlot.Means.BULK);
    trace.ops().bulkLoad(buffer, source.tensor.value, source.offsets, 1, Optional.empty());
  }

  private void checkSource(Site site, GlobalTile source) {
    checkLike(site, source);
    checkNotTransposed(site, "a copy");
    if (!source.extents.equals(shape())) {
      throw trace.fail(
          site,
          Misuse.ASSIGN_SHAPE,
          "an asynchronous copy does not transpose",
          List.of(source.note("the " + source.describe() + " was made here")),
          "copy the block as it lies and read the buffer's t()");
    }
    trace.writers().checkRead(site, source);
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
