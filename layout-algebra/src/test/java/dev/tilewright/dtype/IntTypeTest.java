package dev.tilewright.dtype;

import static dev.tilewright.dtype.Overflow.NATURAL;
import static dev.tilewright.dtype.Overflow.SATURATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class IntTypeTest {

  @Provide
  Arbitrary<IntType> integers() {
    return Arbitraries.of(Types.integers());
  }

  private static BigInteger valueOf(IntType type, long code) {
    BigInteger size = BigInteger.ONE.shiftLeft(type.bits());
    BigInteger unsigned = new BigInteger(Long.toUnsignedString(code)).mod(size);
    boolean negative = type.signed() && unsigned.testBit(type.bits() - 1);
    return negative ? unsigned.subtract(size) : unsigned;
  }

  @ParameterizedTest
  @MethodSource("dev.tilewright.dtype.Types#integers")
  void everySmallCodeRoundTrips(IntType type) {
    for (long code = 0; code < 1L << Math.min(type.bits(), 16); code++) {
      assertEquals(valueOf(type, code).longValue(), type.decodeLong(code));
      assertEquals(valueOf(type, code).doubleValue(), type.decode(code));
      assertEquals(code, type.encodeLong(type.decodeLong(code), SATURATE));
      assertEquals(code, type.encode(type.decode(code), Rounding.UP, NATURAL));
    }
  }

  @Property
  void longsWrapAndClamp(@ForAll("integers") IntType type, @ForAll long value) {
    BigInteger low = valueOf(type, type.min());
    BigInteger high = type.signed() ? BigInteger.valueOf(type.max()) : valueOf(type, -1);
    BigInteger exact = BigInteger.valueOf(value);
    long wrapped = type.encodeLong(value, NATURAL);
    assertEquals(
        BigInteger.ZERO,
        valueOf(type, wrapped).subtract(exact).mod(BigInteger.ONE.shiftLeft(type.bits())));
    assertEquals(exact.max(low).min(high), valueOf(type, type.encodeLong(value, SATURATE)));
  }

  @Property
  void doublesRoundThenWrapOrClamp(
      @ForAll("integers") IntType type, @ForAll("wideDoubles") double value) {
    BigInteger low = valueOf(type, type.min());
    BigInteger high = type.signed() ? BigInteger.valueOf(type.max()) : valueOf(type, -1);
    for (Rounding rounding : Rounding.values()) {
      RoundingMode mode =
          switch (rounding) {
            case NEAREST_EVEN -> RoundingMode.HALF_EVEN;
            case NEAREST_AWAY -> RoundingMode.HALF_UP;
            case TOWARD_ZERO -> RoundingMode.DOWN;
            case DOWN -> RoundingMode.FLOOR;
            case UP -> RoundingMode.CEILING;
          };
      BigInteger exact = new BigDecimal(value).setScale(0, mode).toBigInteger();
      assertEquals(exact.max(low).min(high), valueOf(type, type.encode(value, rounding, SATURATE)));
      assertEquals(
          BigInteger.ZERO,
          valueOf(type, type.encode(value, rounding, NATURAL))
              .subtract(exact)
              .mod(BigInteger.ONE.shiftLeft(type.bits())));
    }
  }

  @Provide
  Arbitrary<Double> wideDoubles() {
    return Arbitraries.oneOf(
        Arbitraries.doubles().between(-300, 300).ofScale(1),
        Arbitraries.doubles(),
        Arbitraries.integers()
            .between(-1, 130)
            .flatMap(e -> Arbitraries.doubles().between(-2, 2).map(m -> Math.scalb(m, e))));
  }

  @Property
  void unsignedLongsDecodeToTheNearestDouble(@ForAll long code) {
    assertEquals(valueOf(DType.U64, code).doubleValue(), DType.U64.decode(code));
  }

  @Test
  void notANumber() {
    for (IntType type : Types.integers()) {
      assertEquals(0, type.encode(Double.NaN, Rounding.NEAREST_EVEN, SATURATE));
      assertEquals(0, type.encode(Double.POSITIVE_INFINITY, Rounding.NEAREST_EVEN, NATURAL));
      assertEquals(valueOf(type, type.max()), valueOf(type, type.encode(Double.POSITIVE_INFINITY)));
      assertEquals(
          BigInteger.valueOf(type.min()), valueOf(type, type.encode(Double.NEGATIVE_INFINITY)));
    }
  }

  @Test
  void widths() {
    for (int bits : List.of(-1, 0, 9, 12, 24, 65)) {
      assertThrows(IllegalArgumentException.class, () -> new IntType(bits, true));
    }
  }
}
