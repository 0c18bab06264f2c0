package dev.tilewright;

import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.List;

/** A slot that is borrowed; see {@link Aref#acquireRead}. */
public final class ReadSlot extends Slot {
  private final List<Pending> products = new ArrayList<>();

  ReadSlot(Aref aref, Region home, Site defined, Value token, List<Value> views) {
    super(aref, home, defined, token, views);
  }

  @Override
  String describe() {
    return "slot for reading, of an " + aref.describe();
  }

  /**
   * Gives the slot back: it is empty when the given products have ended, which nobody waits for
   * here.
   *
   * @param after every asynchronous product that reads a tile of the slot, or one begun later
   */
  public void release(Pending... after) {
    Site site = enter();
    for (Pending product : after) {
      trace.checkUsable(site, product);
    }
    int last = List.of(after).stream().mapToInt(product -> product.order).max().orElse(-1);
    for (Pending product : products) {
      if (product.order > last) {
        throw trace.fail(
            site,
            Misuse.SLOT_STILL_READ,
            "this slot is given back while a product may still be reading it",
            List.of(note("acquired here"), product.note("the product was begun here")),
            "name the product: release(product), or let consumed() do it");
      }
    }
    give(site);
    trace.ops().release(token, values(List.of(after)));
  }

  /** Gives the slot back, after all asynchronous products that read it so far. */
  public void consumed() {
    Site site = enter();
    give(site);
    trace.ops().release(token, values(products));
  }

  @Override
  void readBy(Pending product) {
    if (!products.contains(product)) {
      products.add(product);
    }
  }

  @Override
  void written(Site site, WriteSlot.Means by) {
    throw trace.fail(
        site,
        Misuse.SLOT_SIDE,
        "a slot that is held for reading cannot be written",
        List.of(note("acquired here")),
        "the role that writes the aref acquires its slots with acquireWrite");
  }
}
