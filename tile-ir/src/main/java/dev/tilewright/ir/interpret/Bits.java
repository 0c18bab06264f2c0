package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.StoredType;
import java.util.BitSet;

/**
 * Elements as bits. Every NaN of a type has one pattern here, for numbers do not tell them apart.
 */
final class Bits {
  private Bits() {}

  /**
   * The bits of all elements, one after the other from the lowest, cut into elements of another
   * type. Rows of whole elements are cut as a whole.
   *
   * @param count the number of elements; {@code data} may be one that stands for all
   */
  static Data view(Data data, DType from, long count, DType to) {
    BitSet bits = new BitSet();
    for (int i = 0; i < count; i++) {
      int element = data.length() == 1 ? 0 : i;
      long code =
          switch (data) {
            case Data.Ints(long[] values) ->
                ((IntType) from).encodeLong(values[element], Overflow.NATURAL);
            case Data.Floats(double[] values) -> from.encode(values[element]);
          };
      for (int b = 0; b < from.bits(); b++) {
        bits.set(i * from.bits() + b, (code >>> b & 1) != 0);
      }
    }
    int seen = Math.toIntExact(count * from.bits() / to.bits());
    long[] codes = new long[seen];
    for (int i = 0; i < seen; i++) {
      for (int b = 0; b < to.bits(); b++) {
        codes[i] |= bits.get(i * to.bits() + b) ? 1L << b : 0;
      }
    }
    return switch (to) {
      case IntType type -> {
        long[] values = new long[seen];
        java.util.Arrays.setAll(values, i -> type.decodeLong(codes[i]));
        yield new Data.Ints(values);
      }
      case FloatType _, StoredType _ -> {
        double[] values = new double[seen];
        java.util.Arrays.setAll(values, i -> to.decode(codes[i]));
        yield new Data.Floats(values);
      }
    };
  }
}
