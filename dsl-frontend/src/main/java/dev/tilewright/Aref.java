package dev.tilewright;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Value;
import java.util.List;
import java.util.stream.Collectors;

/**
 * An asynchronous reference: a channel that carries tuples of tiles from one role to others,
 * through a ring of slots in shared memory. A slot is empty, full, or borrowed by its readers, and
 * empty again when all of them have given it back (after Tawa, "Automatic Warp Specialization for
 * Modern GPUs with Asynchronous References", CGO 2026).
 *
 * <p>One role writes it; every role that reads it reads every tuple, in the order of writing. The
 * writer waits while all slots are taken, a reader while the next one is not full.
 */
public final class Aref extends Handle {
  final Value value;
  final List<TileSpec> tiles;

  Aref(Trace trace, Region home, Site defined, Value value, List<TileSpec> tiles) {
    super(trace, home, defined);
    this.value = value;
    this.tiles = tiles;
  }

  @Override
  String describe() {
    return "aref of ("
        + tiles.stream().map(TileSpec::toString).collect(Collectors.joining(", "))
        + ")";
  }

  /**
   * Waits for the next slot to be empty, and takes it for writing. Its tiles are undefined; {@link
   * WriteSlot#commit} hands it over.
   */
  public WriteSlot acquireWrite() {
    return acquireWrite(enter());
  }

  private WriteSlot acquireWrite(Site site) {
    trace.checkNoCombiner(site);
    AsyncOp.AcquireWrite acquired = trace.ops().acquireWrite(value);
    return new WriteSlot(this, trace.region(), site, acquired.token(), acquired.views());
  }

  /**
   * Waits for the next slot to be full, and borrows it. {@link ReadSlot#consumed} or {@link
   * ReadSlot#release} gives it back.
   */
  public ReadSlot acquireRead() {
    Site site = enter();
    trace.checkNoCombiner(site);
    AsyncOp.AcquireRead acquired = trace.ops().acquireRead(value);
    return new ReadSlot(this, trace.region(), site, acquired.token(), acquired.views());
  }

  /** {@link #acquireRead}, the other half of {@link #put}. */
  public ReadSlot get() {
    return acquireRead();
  }

  /**
   * Puts a tuple into the next slot, when there is an empty one: acquires, writes and commits.
   * Blocks of tensors are copied by the hardware ({@link WriteSlot#load}), other tiles are stored.
   *
   * @param contents as many tiles as a slot holds, of their shapes and element types
   */
  public void put(TileValue... contents) {
    Site site = enter();
    if (contents.length != tiles.size()) {
      throw trace.fail(
          site,
          Misuse.RANK_MISMATCH,
          "a slot holds " + tiles.size() + " tiles; " + contents.length + " are put",
          List.of(note("this " + describe() + " was made here")),
          "put one tile for each of the slot's");
    }
    for (TileValue tile : contents) {
      trace.checkUsable(site, tile);
    }
    WriteSlot slot = acquireWrite(site);
    boolean copied = List.of(contents).stream().allMatch(GlobalTile.class::isInstance);
    for (int i = 0; i < contents.length; i++) {
      if (copied) {
        slot.load(site, i, (GlobalTile) contents[i]);
      } else {
        slot.tile(site, i).set(site, contents[i]);
      }
    }
    slot.commit(site);
  }
}
