package dev.tilewright.ir;

/** Elementwise operations of one operand. */
public enum UnaryKind {
  NEG,
  ABS,
  /** Bitwise complement; on {@code i1}, logical not. */
  NOT,
  /** 2 to the power of x. */
  EXP2,
  EXP,
  LOG2,
  LOG,
  SQRT,
  /** 1 / sqrt(x). */
  RSQRT,
  /** 1 / x. */
  RECIP,
  SIN,
  COS,
  TANH,
  FLOOR,
  CEIL,
  /** To the nearest integer, ties to even. */
  ROUND
}
