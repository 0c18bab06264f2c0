package dev.tilewright.ir.machine;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.interpret.FloatArithmetic;
import dev.tilewright.ir.interpret.IntArithmetic;

/** One element's arithmetic, on codes: what tile IR means by it. */
final class Arithmetic {
  private Arithmetic() {}

  static long code(DType type, Literal literal) {
    return switch (literal) {
      case Literal.Int(long value) ->
          type instanceof IntType integer
              ? integer.encodeLong(value, Overflow.NATURAL)
              : type.encode(value);
      case Literal.Float(double value) -> type.encode(value);
    };
  }

  private static long code(IntType type, long value) {
    return type.encodeLong(value, Overflow.NATURAL);
  }

  static long unary(UnaryKind kind, DType type, long x) {
    return switch (type) {
      case IntType t -> code(t, IntArithmetic.unary(kind, t, t.decodeLong(x)));
      case FloatType t -> t.encode(FloatArithmetic.unary(kind, t, t.decode(x)));
      case StoredType t -> throw t.noArithmetic();
    };
  }

  static long binary(BinaryKind kind, DType type, long x, long y) {
    return switch (type) {
      case IntType t -> {
        // Done ahead of the branch that guards it, a division by zero gives whatever it gives.
        boolean nothing = (kind == BinaryKind.DIV || kind == BinaryKind.REM) && y == 0;
        yield nothing
            ? 0xDEAD & code(t, -1)
            : code(t, IntArithmetic.binary(kind, t, t.decodeLong(x), t.decodeLong(y)));
      }
      case FloatType t -> t.encode(FloatArithmetic.binary(kind, t, t.decode(x), t.decode(y)));
      case StoredType t -> throw t.noArithmetic();
    };
  }

  static long fma(DType type, long x, long y, long z) {
    FloatType t = (FloatType) type;
    return t.encode(FloatArithmetic.fma(t, t.decode(x), t.decode(y), t.decode(z)));
  }

  static boolean compare(ComparePredicate predicate, DType type, long x, long y) {
    return switch (type) {
      case IntType t -> IntArithmetic.compare(predicate, t, t.decodeLong(x), t.decodeLong(y));
      case FloatType t -> FloatArithmetic.compare(predicate, t.decode(x), t.decode(y));
      case StoredType t -> throw t.noArithmetic();
    };
  }

  static long convert(DType from, DType to, Rounding rounding, boolean saturate, long x) {
    return switch (from) {
      case IntType f ->
          switch (to) {
            case IntType t -> code(t, IntArithmetic.cast(f, f.decodeLong(x), t, saturate));
            case FloatType t ->
                t.encode(IntArithmetic.cast(f, f.decodeLong(x), t, rounding, saturate));
            case StoredType t -> t.encode(f.decode(x));
          };
      case FloatType _, StoredType _ ->
          switch (to) {
            case IntType t -> code(t, IntArithmetic.cast(from.decode(x), t, rounding));
            case FloatType t ->
                t.encode(FloatArithmetic.cast(from.decode(x), t, rounding, saturate));
            case StoredType t -> t.encode(from.decode(x));
          };
    };
  }
}
