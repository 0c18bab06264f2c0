package dev.tilewright.ir;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;

/** A number written in the program. Integers and floats differ: {@code 1} is not {@code 1.0}. */
public sealed interface Literal {

  /** An integer, in two's complement; unsigned 64-bit values use the sign bit. */
  record Int(long value) implements Literal {}

  /** A floating-point number; NaN and infinities included. */
  record Float(double value) implements Literal {}

  static Literal of(long value) {
    return new Int(value);
  }

  static Literal of(double value) {
    return new Float(value);
  }

  /** Zero of that type: an integer for integers, a float for floats. */
  static Literal zero(DType type) {
    return type instanceof FloatType ? of(0.0) : of(0);
  }

  /** Whether all bits are zero; those of -0.0 are not. */
  default boolean isZero() {
    return switch (this) {
      case Int(long value) -> value == 0;
      case Float(double value) -> Double.doubleToRawLongBits(value) == 0;
    };
  }
}
