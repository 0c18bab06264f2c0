package dev.tilewright.ir;

/** How a cast rounds what the destination cannot hold exactly. */
public enum Rounding {
  /** To nearest, ties to even: the default between floats and from integers. */
  NEAREST_EVEN,
  /** Toward zero: the default from floats to integers. */
  TOWARD_ZERO
}
