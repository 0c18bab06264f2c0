package dev.tilewright;

import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A slot of an {@link Aref} that is held. It is given away once, in the region that acquired it;
 * its tiles are used before.
 */
public abstract sealed class Slot extends Handle permits WriteSlot, ReadSlot {
  final Aref aref;
  final Value token;
  private final List<Value> views;
  private @Nullable Site given;

  Slot(Aref aref, Region home, Site defined, Value token, List<Value> views) {
    super(aref.trace, home, defined);
    this.aref = aref;
    this.token = token;
    this.views = List.copyOf(views);
    trace.held(this);
  }

  /**
   * A tile of the slot.
   *
   * @param index from 0, in the order of the aref's tiles
   */
  public SharedTile tile(int index) {
    return tile(enter(), index);
  }

  final SharedTile tile(Site site, int index) {
    checkHeld(site);
    if (index < 0 || index >= views.size()) {
      throw trace.fail(
          site,
          Misuse.AXIS_OUT_OF_RANGE,
          "there is no tile " + index + " in a slot of " + views.size(),
          List.of(aref.note("the " + aref.describe() + " was made here")),
          "tiles count from 0");
    }
    return new SharedTile(trace, home, site, views.get(index), this, false);
  }

  boolean isHeld() {
    return given == null;
  }

  final void checkHeld(Site site) {
    if (given != null) {
      throw trace.fail(
          site,
          Misuse.SLOT_GIVEN_AWAY,
          "this slot has been given away",
          List.of(note("acquired here"), given.note("given away here")),
          "use the slot before, and give it away once");
    }
  }

  /** Notes that the slot is given away here. */
  final void give(Site site) {
    checkHeld(site);
    trace.checkNoCombiner(site);
    if (trace.region() != home) {
      throw trace.fail(
          site,
          Misuse.SLOT_REGION,
          "this slot was acquired in another region",
          List.of(note("acquired here"), trace.region().opened.note("in the region opened here")),
          "give a slot away in the region that acquired it: a lambda may run never, or many times");
    }
    given = site;
  }

  /** What the tiles of products in flight read from this slot. */
  void readBy(Pending product) {}

  /** Something writes a tile of the slot. */
  abstract void written(Site site, WriteSlot.Means means);

  static List<Value> values(List<Pending> products) {
    List<Value> values = new ArrayList<>();
    products.forEach(product -> values.add(product.value));
    return values;
  }
}
