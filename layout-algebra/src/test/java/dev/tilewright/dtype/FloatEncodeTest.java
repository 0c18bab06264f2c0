package dev.tilewright.dtype;

import static dev.tilewright.dtype.Overflow.NATURAL;
import static dev.tilewright.dtype.Overflow.SATURATE;
import static dev.tilewright.dtype.Rounding.NEAREST_EVEN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FloatEncodeTest {

  /** A finite value of a type and its code. */
  private record Point(double value, long code) {}

  /** The finite values in ascending order, one code each (the positive zero). */
  private static List<Point> points(FloatType type) {
    return LongStream.range(0, 1L << type.bits())
        .mapToObj(code -> new Point(type.decode(code), code))
        .filter(
            p -> Double.isFinite(p.value) && Double.doubleToRawLongBits(p.value) != Long.MIN_VALUE)
        .sorted(Comparator.comparingDouble(Point::value))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("dev.tilewright.dtype.Types#floatsUpTo16Bits")
  void encodeInvertsDecode(FloatType type) {
    for (long code = 0; code < 1L << type.bits(); code++) {
      double value = type.decode(code);
      for (Rounding rounding : Rounding.values()) {
        for (Overflow overflow : Overflow.values()) {
          long back = type.encode(value, rounding, overflow);
          if (Double.isNaN(value)) {
            assertTrue(Double.isNaN(type.decode(back)));
          } else if (Double.isFinite(value) || overflow == NATURAL) {
            assertEquals(code, back, () -> type + " " + value);
          } else {
            assertEquals(Math.copySign(type.maxFinite(), value), type.decode(back));
          }
        }
      }
    }
  }

  /** Between any two neighbours: their middle, and the doubles just beside it and beside them. */
  @ParameterizedTest
  @MethodSource("dev.tilewright.dtype.Types#floatsUpTo16Bits")
  void everyGapRoundsExactly(FloatType type) {
    List<Point> points = points(type);
    for (int i = 1; i < points.size(); i++) {
      Point low = points.get(i - 1);
      Point high = points.get(i);
      double middle = low.value / 2 + high.value / 2;
      DoubleStream.of(
              Math.nextUp(low.value),
              Math.nextDown(middle),
              middle,
              Math.nextUp(middle),
              Math.nextDown(high.value))
          .forEach(value -> checkBetween(type, low, high, value));
    }
  }

  private static void checkBetween(FloatType type, Point low, Point high, double value) {
    BigDecimal exact = new BigDecimal(value);
    int nearer =
        exact
            .subtract(new BigDecimal(low.value))
            .compareTo(new BigDecimal(high.value).subtract(exact));
    Point outer = value < 0 ? low : high;
    Point inner = value < 0 ? high : low;
    Point nearest = nearer < 0 ? low : high;
    for (Rounding rounding : Rounding.values()) {
      Point expected =
          switch (rounding) {
            case NEAREST_EVEN -> nearer != 0 ? nearest : (low.code & 1) == 0 ? low : high;
            case NEAREST_AWAY -> nearer != 0 ? nearest : outer;
            case TOWARD_ZERO -> inner;
            case DOWN -> low;
            case UP -> high;
          };
      for (Overflow overflow : Overflow.values()) {
        long code = type.encode(value, rounding, overflow);
        assertEquals(
            expected.value, type.decode(code) + 0.0, () -> type + " " + value + " " + rounding);
        if (expected.value == 0 && type.specials() != Specials.FNUZ) {
          assertEquals(Math.copySign(0.0, value), type.decode(code));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tilewright.dtype.Types#floatsUpTo16Bits")
  void overflowStartsHalfAStepBeyondTheLargest(FloatType type) {
    double max = type.maxFinite();
    // What the next value would be if the exponents went on.
    double beyond = max + Math.scalb(1.0, Math.getExponent(max) - type.mantissaBits());
    double middle = max / 2 + beyond / 2;
    long maxCode = type.encode(max, NEAREST_EVEN, NATURAL);
    double atMiddle = (maxCode & 1) == 0 ? max : overflown(type);
    for (double sign : type.signed() ? new double[] {1, -1} : new double[] {1}) {
      assertEquals(sign * max, natural(type, sign * Math.nextDown(middle)));
      assertEquals(sign * atMiddle, natural(type, sign * middle));
      for (double value : new double[] {Math.nextUp(middle), beyond, 3 * beyond, 1e300}) {
        assertEquals(sign * overflown(type), natural(type, sign * value));
        assertEquals(sign * max, type.decode(type.encode(sign * value, NEAREST_EVEN, SATURATE)));
        assertEquals(
            sign * max, type.decode(type.encode(sign * value, Rounding.TOWARD_ZERO, NATURAL)));
        assertEquals(
            sign < 0 ? -max : overflown(type),
            type.decode(type.encode(sign * value, Rounding.UP, NATURAL)));
      }
      assertEquals(sign * overflown(type), natural(type, sign * Double.POSITIVE_INFINITY));
    }
  }

  private static double natural(FloatType type, double value) {
    return type.decode(type.encode(value, NEAREST_EVEN, NATURAL));
  }

  private static double overflown(FloatType type) {
    if (type.hasInfinity()) {
      return Double.POSITIVE_INFINITY;
    }
    return type.hasNan() ? Double.NaN : type.maxFinite();
  }

  @ParameterizedTest
  @MethodSource("dev.tilewright.dtype.Types#floats")
  void nanBecomesNanOrTheLargest(FloatType type) {
    for (Overflow overflow : Overflow.values()) {
      double back = type.decode(type.encode(Double.NaN, NEAREST_EVEN, overflow));
      assertEquals(type.hasNan() ? Double.NaN : type.maxFinite(), back);
    }
  }

  /** OCP Microscaling 1.0 leaves scales positive; PTX converts their magnitude. */
  @Test
  void scalesDropTheSignAndClampBelow() {
    assertEquals(127, DType.F8E8M0.encode(1.0));
    assertEquals(128, DType.F8E8M0.encode(-2.0));
    assertEquals(0, DType.F8E8M0.encode(0.0));
    assertEquals(0, DType.F8E8M0.encode(1e-300));
    assertEquals(254, DType.F8E8M0.encode(Double.POSITIVE_INFINITY));
    assertEquals(129, DType.F8E8M0.encode(2.5, Rounding.UP, NATURAL));
    assertEquals(255, DType.F8E8M0.encode(Double.NaN));
  }

  @Test
  void defaultsAreThoseOfTheConversionInstructions() {
    assertEquals(DType.F8E4M3.encode(448), DType.F8E4M3.encode(1e9));
    assertEquals(DType.F8E5M2.encode(57344), DType.F8E5M2.encode(1e9));
    assertEquals(0x7c00, DType.F16.encode(1e9));
    assertEquals(0x7f80, DType.BF16.encode(1e39));
  }

  @Property
  void singlesRoundAsTheJdkDoes(@ForAll double value) {
    assertEquals(bits((float) value), DType.F32.encode(value));
  }

  @Property
  void singlesRoundAsTheJdkDoesForAnyBits(@ForAll long bits) {
    double value = Double.longBitsToDouble(bits);
    assertEquals(bits((float) value), DType.F32.encode(value));
    // Nearly all bit patterns are out of a float's range: bring the exponent near it too.
    double near = Math.scalb(value, -Math.getExponent(value) + (int) (bits & 0x1ff) - 280);
    if (Double.isFinite(near)) {
      assertEquals(bits((float) near), DType.F32.encode(near));
    }
  }

  @Property
  void halvesRoundSinglesAsTheJdkDoes(@ForAll int bits) {
    float value = Float.intBitsToFloat(bits);
    assertEquals(Short.toUnsignedLong(Float.floatToFloat16(value)), half(value));
    float near = Math.scalb(value, -Math.getExponent(value) + (bits & 0x3f) - 36);
    if (Float.isFinite(near)) {
      assertEquals(Short.toUnsignedLong(Float.floatToFloat16(near)), half(near));
    }
  }

  private static long half(float value) {
    // The JDK keeps a NaN's sign and payload; a code has one NaN.
    return Float.isNaN(value)
        ? Short.toUnsignedLong(Float.floatToFloat16(value))
        : DType.F16.encode(value);
  }

  @Property
  void doublesAreUnchanged(@ForAll long bits) {
    double value = Double.longBitsToDouble(bits);
    assertEquals(Double.doubleToLongBits(value), DType.F64.encode(value));
  }

  /** tf32 and f32 in every direction, against the two neighbours found by stepping. */
  @Property
  void wideFloatsRoundToANeighbour(@ForAll long bits, @ForAll Rounding rounding) {
    double raw = Double.longBitsToDouble(bits);
    double value = Math.scalb(raw, -Math.getExponent(raw) + (int) (bits & 0xff) - 150);
    if (!Double.isFinite(value) || Math.abs(value) > 1e38) {
      return;
    }
    for (FloatType type : List.of(DType.TF32, DType.F32)) {
      long step = 1L << (23 - type.mantissaBits());
      long towardZero = type.encode(value, Rounding.TOWARD_ZERO, NATURAL);
      assertEquals(0, towardZero % step);
      double inner = type.decode(towardZero);
      double outer = type.decode(towardZero + step);
      assertTrue(Math.abs(inner) <= Math.abs(value) && Math.abs(value) < Math.abs(outer));
      if (inner == value) {
        assertEquals(towardZero, type.encode(value, rounding, NATURAL));
      } else {
        Point a = new Point(inner + 0.0, towardZero / step);
        Point b = new Point(outer, towardZero / step + 1);
        checkBetween(type, value < 0 ? b : a, value < 0 ? a : b, value);
      }
    }
  }

  private static long bits(float value) {
    return Integer.toUnsignedLong(Float.floatToIntBits(value));
  }
}
