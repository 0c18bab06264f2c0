package dev.tilewright.ir;

/**
 * Comparisons. On floats all but {@link #NE} are ordered: with a NaN operand they are false, and
 * {@code NE} is true.
 */
public enum ComparePredicate {
  EQ,
  NE,
  LT,
  LE,
  GT,
  GE
}
