package dev.tilewright.dtype;

/** What happens to a value beyond the range of a type. */
public enum Overflow {
  /**
   * The representable value nearest to it, never infinity: PTX {@code .satfinite} for floats,
   * {@code .sat} for integers. An infinite input becomes the largest finite value of its sign.
   */
  SATURATE,
  /**
   * What the type's own arithmetic does. Integers wrap modulo 2ⁿ. Floats follow IEEE 754: infinity,
   * or the largest finite value where the rounding direction forbids to reach infinity. A type
   * without infinity gives NaN in infinity's place, and one that has neither saturates.
   */
  NATURAL
}
