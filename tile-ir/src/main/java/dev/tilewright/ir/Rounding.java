package dev.tilewright.ir;

/** How a cast rounds what the destination cannot hold exactly. */
public enum Rounding {
  /** To nearest, ties to even: the default between floats and from integers. */
  NEAREST_EVEN(dev.tilewright.dtype.Rounding.NEAREST_EVEN),
  /** Toward zero: the default from floats to integers. */
  TOWARD_ZERO(dev.tilewright.dtype.Rounding.TOWARD_ZERO);

  private final dev.tilewright.dtype.Rounding direction;

  Rounding(dev.tilewright.dtype.Rounding direction) {
    this.direction = direction;
  }

  /** The same direction, as element types encode with it. */
  public dev.tilewright.dtype.Rounding direction() {
    return direction;
  }
}
