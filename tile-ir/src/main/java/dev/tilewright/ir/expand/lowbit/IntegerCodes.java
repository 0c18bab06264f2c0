package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.TernaryType;
import java.util.Optional;

/**
 * What makes a code the value that it means: exclusive-or with {@code flip}, then minus {@code
 * zero}. For two's complement that is the sign bit, twice.
 */
record IntegerCodes(int bits, int flip, int zero) {

  /** Empty for types of which the values are not evenly spaced. */
  static Optional<IntegerCodes> of(DType type) {
    return switch (type) {
      case IntType t when t.bits() <= Byte.SIZE -> {
        int sign = t.signed() ? 1 << t.bits() - 1 : 0;
        yield Optional.of(new IntegerCodes(t.bits(), sign, sign));
      }
      case TernaryType t -> Optional.of(new IntegerCodes(t.bits(), 0, 1));
      default -> Optional.empty();
    };
  }
}
