package dev.tilewright.ir;

/** Elementwise operations of two operands of the same type. */
public enum BinaryKind {
  ADD,
  SUB,
  MUL,
  /** Integers: truncates toward zero; by zero is undefined and reported by the interpreter. */
  DIV,
  /** Integers: the remainder of {@link #DIV}, with the dividend's sign. Not defined on floats. */
  REM,
  /** Floats: the smaller operand; if one is NaN, the other (IEEE 754-2019 minimumNumber). */
  MIN,
  /** Floats: the greater operand; if one is NaN, the other (IEEE 754-2019 maximumNumber). */
  MAX,
  AND,
  OR,
  XOR,
  /** Shift left; amounts of the bit width or more give zero. */
  SHL,
  /** Shift right, arithmetic when signed; amounts of the bit width or more give the sign fill. */
  SHR
}
