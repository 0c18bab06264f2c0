package dev.tilewright;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A slot that is being filled; see {@link Aref#acquireWrite}. */
public final class WriteSlot extends Slot {

  /** How tiles of a slot are written, which decides what makes it full. */
  enum Means {
    BULK("a bulk copy", AsyncOp.Completion.BULK),
    COPY("an asynchronous copy", AsyncOp.Completion.COPY_GROUP),
    STORE("a store", AsyncOp.Completion.GENERIC);

    private final String text;
    private final AsyncOp.Completion completion;

    Means(String text, AsyncOp.Completion completion) {
      this.text = text;
      this.completion = completion;
    }
  }

  private @Nullable Means means;
  private Site firstWrite = Site.UNKNOWN;

  WriteSlot(Aref aref, Region home, Site defined, Value token, List<Value> views) {
    super(aref, home, defined, token, views);
  }

  @Override
  String describe() {
    return "slot for writing, of an " + aref.describe();
  }

  /**
   * Has a block of a tensor copied to a tile of the slot by one thread (TMA on NVIDIA GPUs);
   * elements outside the tensor become zero. The slot is full when the bytes have arrived.
   *
   * @param source of the tile's shape and element type, not transposed
   */
  public void load(int index, GlobalTile source) {
    Site site = enter();
    trace.checkUsable(site, source);
    load(site, index, source);
  }

  void load(Site site, int index, GlobalTile source) {
    tile(site, index).bulkLoad(site, source);
  }

  /** The slot is full as soon as what was written to it has arrived; readers may have it then. */
  public void commit() {
    commit(enter());
  }

  void commit(Site site) {
    give(site);
    Means used = means == null ? Means.STORE : means;
    trace.ops().commit(token, used.completion);
  }

  @Override
  void written(Site site, Means by) {
    if (means != null && means != by) {
      throw trace.fail(
          site,
          Misuse.COMPLETION_MIXED,
          "this slot is filled by " + means.text + " and by " + by.text,
          List.of(note("acquired here"), firstWrite.note("first written here")),
          "fill all tiles of a slot in one way: what makes it full must be one thing");
    }
    if (means == null) {
      firstWrite = site;
    }
    means = by;
  }
}
