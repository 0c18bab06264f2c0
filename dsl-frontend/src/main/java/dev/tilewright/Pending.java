package dev.tilewright;

import dev.tilewright.ir.Value;

/** An asynchronous matrix product that may not have ended; see {@link Tile#mmaAsync}. */
public final class Pending extends Handle {
  final Value value;

  /** Products end in the order in which they are begun. */
  final int order;

  Pending(Trace trace, Region home, Site defined, Value value, int order) {
    super(trace, home, defined);
    this.value = value;
    this.order = order;
  }

  @Override
  String describe() {
    return "asynchronous product";
  }
}
