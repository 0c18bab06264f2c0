package dev.tilewright.dtype;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A lookup table: code {@code c} means the {@code c}-th value. The name is {@code lutB(v0,v1,…)}
 * with {@code 2^B} values, {@code nf4} for the values of QLoRA.
 *
 * <p>Types are equal when their values are, in order; values may repeat.
 *
 * @param values 2, 4, 8, … or 256 finite values, each one of {@code f32}
 */
public record CodebookType(List<Double> values) implements StoredType {

  public CodebookType {
    values = List.copyOf(values);
    int count = values.size();
    if (count < 2 || count > 256 || Integer.bitCount(count) != 1) {
      throw new IllegalArgumentException("a codebook has 2, 4, 8, ... or 256 values, not " + count);
    }
    for (double value : values) {
      if (!Double.isFinite(value) || (float) value != value) {
        throw new IllegalArgumentException("a codebook holds finite values of f32, not " + value);
      }
    }
  }

  /** A codebook of values rounded to {@code f32}. */
  public static CodebookType of(double... values) {
    List<Double> rounded = new ArrayList<>();
    for (double value : values) {
      rounded.add((double) (float) value);
    }
    return new CodebookType(rounded);
  }

  @Override
  public int bits() {
    return Integer.numberOfTrailingZeros(values.size());
  }

  @Override
  public String name() {
    return DTypeNames.of(this);
  }

  @Override
  public double maxFinite() {
    return Collections.max(values);
  }

  @Override
  public double decode(long code) {
    return values.get((int) (code & values.size() - 1));
  }

  @Override
  public long encode(double value) {
    return encode(value, Rounding.NEAREST_EVEN, Overflow.SATURATE);
  }

  /**
   * The code of the nearest value, of two that are equally near the lower code; NaN gives that of
   * the value nearest to zero. Neither direction nor overflow matter: a table has no places to
   * round to, and beyond its ends its ends are nearest.
   */
  @Override
  public long encode(double value, Rounding rounding, Overflow overflow) {
    double wanted = Double.isNaN(value) ? 0 : value;
    int best = 0;
    for (int code = 1; code < values.size(); code++) {
      if (nearer(wanted, values.get(code), values.get(best))) {
        best = code;
      }
    }
    return best;
  }

  /** Whether {@code x} is nearer to {@code wanted} than {@code y}, without rounding. */
  private static boolean nearer(double wanted, double x, double y) {
    if (x == y) {
      return false;
    }
    int side = compareToMiddle(wanted, x, y);
    return x < y ? side < 0 : side > 0;
  }

  private static int compareToMiddle(double wanted, double x, double y) {
    if (Double.isInfinite(wanted)) {
      return wanted < 0 ? -1 : 1;
    }
    return new BigDecimal(wanted)
        .multiply(BigDecimal.TWO)
        .compareTo(new BigDecimal(x).add(new BigDecimal(y)));
  }

  @Override
  public String toString() {
    return name();
  }
}
