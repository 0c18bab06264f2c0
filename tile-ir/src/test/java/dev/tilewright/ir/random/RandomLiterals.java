package dev.tilewright.ir.random;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.Literal;
import java.util.Random;

/** Numbers, the awkward ones often. */
final class RandomLiterals {
  private RandomLiterals() {}

  static Literal of(Random random, DType dtype) {
    return switch (dtype) {
      case IntType type ->
          Literal.of(
              switch (random.nextInt(6)) {
                case 0 -> 0;
                case 1 -> 1;
                case 2 -> type.min();
                case 3 -> type.max();
                case 4 -> random.nextLong();
                default -> random.nextInt(21) - 10L;
              });
      case StoredType type -> Literal.of(type.decode(random.nextInt(1 << type.bits())));
      case FloatType type ->
          Literal.of(
              switch (random.nextInt(12)) {
                case 0 -> 0.0;
                case 1 -> -0.0;
                case 2 -> 1.0;
                case 3 -> Double.NaN;
                case 4 ->
                    random.nextBoolean() ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
                case 5 -> type.maxFinite();
                case 6 -> -type.leastPositive();
                case 7 -> Double.longBitsToDouble(random.nextLong());
                case 8 -> random.nextInt(9) - 4.0;
                default -> random.nextGaussian();
              });
    };
  }
}
