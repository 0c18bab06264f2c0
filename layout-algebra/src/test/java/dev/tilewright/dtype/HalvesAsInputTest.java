package dev.tilewright.dtype;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every half value encoded to every type of up to 8 bits, against a search among the type's values:
 * the nearest, of two the one whose code is even, and beyond the ends the end.
 */
final class HalvesAsInputTest {

  static Stream<DType> types() {
    return Stream.concat(
        Types.smallFloats().stream().filter(t -> t.specials() != Specials.SCALE),
        Types.integers().stream().filter(t -> t.bits() <= 8));
  }

  @ParameterizedTest
  @MethodSource("types")
  void nearestOfAllValues(DType type) {
    TreeMap<BigDecimal, Long> codes = new TreeMap<>();
    LongStream.range(0, 1L << type.bits())
        .filter(code -> Double.isFinite(type.decode(code)))
        .forEach(code -> codes.putIfAbsent(new BigDecimal(type.decode(code)), code));
    for (int half = 0; half < 1 << 16; half++) {
      float value = Float.float16ToFloat((short) half);
      if (Float.isNaN(value)) {
        continue;
      }
      BigDecimal expected =
          Float.isInfinite(value)
              ? (value > 0 ? codes.lastKey() : codes.firstKey())
              : nearest(codes, new BigDecimal(value));
      double found = type.decode(type.encode(value, Rounding.NEAREST_EVEN, Overflow.SATURATE));
      assertEquals(expected.doubleValue(), found + 0.0, () -> type + " " + value);
    }
  }

  private static BigDecimal nearest(TreeMap<BigDecimal, Long> codes, BigDecimal value) {
    Map.Entry<BigDecimal, Long> low = codes.floorEntry(value);
    Map.Entry<BigDecimal, Long> high = codes.ceilingEntry(value);
    if (low == null || high == null) {
      return low == null ? codes.firstKey() : codes.lastKey();
    }
    int side = value.subtract(low.getKey()).compareTo(high.getKey().subtract(value));
    boolean lowIsEven = (low.getValue() & 1) == 0;
    return side < 0 || (side == 0 && lowIsEven) ? low.getKey() : high.getKey();
  }
}
