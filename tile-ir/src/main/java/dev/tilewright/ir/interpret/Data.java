package dev.tilewright.ir.interpret;

/**
 * The elements of a tile in row-major order; of a scalar, one. An array of one element stands for
 * as many equal ones as needed.
 */
sealed interface Data {
  int length();

  /** Floats of every type, as the {@code double} of equal value. */
  record Floats(double[] values) implements Data {
    @Override
    public int length() {
      return values.length;
    }
  }

  /** Integers of every type, as the {@code long} of equal value; {@code u64} as its bits. */
  record Ints(long[] values) implements Data {
    @Override
    public int length() {
      return values.length;
    }
  }

  /** The elements at the given places. */
  default Data gather(int[] places) {
    return switch (this) {
      case Floats(double[] values) -> {
        double[] result = new double[places.length];
        for (int i = 0; i < places.length; i++) {
          result[i] = values[places[i]];
        }
        yield new Floats(result);
      }
      case Ints(long[] values) -> {
        long[] result = new long[places.length];
        for (int i = 0; i < places.length; i++) {
          result[i] = values[places[i]];
        }
        yield new Ints(result);
      }
    };
  }

  /** One element, that many times. */
  default Data repeated(int count) {
    return switch (this) {
      case Floats(double[] values) -> {
        double[] result = new double[count];
        java.util.Arrays.fill(result, values[0]);
        yield new Floats(result);
      }
      case Ints(long[] values) -> {
        long[] result = new long[count];
        java.util.Arrays.fill(result, values[0]);
        yield new Ints(result);
      }
    };
  }
}
