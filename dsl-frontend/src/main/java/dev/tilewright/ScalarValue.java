package dev.tilewright;

import dev.tilewright.ir.Value;

/** What can be used where a number of the device is expected. */
public abstract sealed class ScalarValue extends Handle permits Scalar, Dim {

  ScalarValue(Trace trace, Region home, Site defined) {
    super(trace, home, defined);
  }

  /** The IR value, which a dimension's size has yet to compute. */
  abstract Value read();

  /** This as a number to compute with. */
  public abstract Scalar scalar();
}
