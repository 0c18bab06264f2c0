package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.dtype.Rounding;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.UnaryKind;
import java.math.BigDecimal;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FloatArithmeticTest {

  @Provide
  Arbitrary<FloatType> types() {
    return Arbitraries.of(
        DType.F16,
        DType.BF16,
        DType.TF32,
        DType.F32,
        DType.F64,
        DType.F8E4M3,
        DType.F8E5M2,
        DType.F6E2M3,
        DType.F4E2M1,
        DType.F8E4M3FNUZ);
  }

  /** Every bit pattern, those near the range of narrow types often. */
  @Provide
  Arbitrary<Double> doubles() {
    return Arbitraries.oneOf(
        Arbitraries.longs().map(Double::longBitsToDouble),
        Arbitraries.doubles().between(-1e5, 1e5).ofScale(10),
        Arbitraries.longs()
            .between(0, (1L << 16) - 1)
            .map(code -> DType.F16.decode(code) * (1 + 0x1p-11)),
        Arbitraries.longs()
            .between(0, (1L << 16) - 1)
            .map(code -> DType.BF16.decode(code) * (1 + 0x1p-8)));
  }

  @Property(tries = 4000)
  void roundingIsThatOfTheType(@ForAll("types") FloatType type, @ForAll("doubles") double x) {
    double expected = type.decode(type.encode(x));
    assertEquals(expected, FloatArithmetic.round(type, x), () -> type + " " + x);
  }

  /** Two numbers of the type from random codes. */
  private static double number(FloatType type, long seed) {
    return type.decode(seed >>> (64 - type.bits()));
  }

  /**
   * That {@code result} is the number of the type nearest to {@code exact}, the even one of two:
   * without use of the rounding under test.
   */
  private static void assertNearest(FloatType type, BigDecimal exact, double result) {
    assertTrue(Double.isFinite(result));
    BigDecimal distance = exact.subtract(new BigDecimal(result)).abs();
    long code = type.encode(result);
    double[] neighbours = {
      type.decode(type.encode(next(type, result, true))),
      type.decode(type.encode(next(type, result, false)))
    };
    for (double neighbour : neighbours) {
      if (Double.isFinite(neighbour) && neighbour != result) {
        int order = distance.compareTo(exact.subtract(new BigDecimal(neighbour)).abs());
        boolean even = (code & (type.equals(DType.TF32) ? 1 << 13 : 1)) == 0;
        assertTrue(
            order < 0 || (order == 0 && even),
            () -> type + ": " + result + " for " + exact + ", not " + neighbour);
      }
    }
  }

  private static double next(FloatType type, double x, boolean up) {
    double beyond = up ? Math.nextUp(x) : Math.nextDown(x);
    Rounding direction = up ? Rounding.UP : Rounding.DOWN;
    return type.decode(type.encode(beyond, direction, Overflow.NATURAL));
  }

  @Property(tries = 4000)
  void sumsProductsAndFusedOnesAreRoundedOnce(
      @ForAll("types") FloatType type, @ForAll long a, @ForAll long b, @ForAll long c) {
    double x = number(type, a);
    double y = number(type, b);
    double z = number(type, c);
    Assume.that(Double.isFinite(x) && Double.isFinite(y) && Double.isFinite(z));
    BigDecimal bx = new BigDecimal(x);
    BigDecimal by = new BigDecimal(y);
    checkIfInRange(type, bx.add(by), FloatArithmetic.binary(BinaryKind.ADD, type, x, y));
    checkIfInRange(type, bx.multiply(by), FloatArithmetic.binary(BinaryKind.MUL, type, x, y));
    checkIfInRange(
        type, bx.multiply(by).add(new BigDecimal(z)), FloatArithmetic.fma(type, x, y, z));
    if (y != 0) {
      // The quotient is to 400 digits what it must be nearest to; ties have few digits.
      BigDecimal quotient = bx.divide(by, new java.math.MathContext(400));
      checkIfInRange(type, quotient, FloatArithmetic.binary(BinaryKind.DIV, type, x, y));
    }
  }

  private static void checkIfInRange(FloatType type, BigDecimal exact, double result) {
    if (exact.abs().compareTo(new BigDecimal(type.maxFinite())) <= 0) {
      assertNearest(type, exact, result);
    }
  }

  /** 1 + 2^-11 is halfway between two f16; what is far below decides. */
  @Test
  void aFusedProductSeesWhatBinary64WouldLose() {
    double half = 1 + 0x1p-11;
    // (1 + 2^-11) = 2^-5 · (32 + 2^-6): as a product of f16 numbers, and a tiny addend.
    double x = 0x1.004p0;
    assertEquals(1 + 0x1p-10, x);
    assertEquals(1.0, FloatArithmetic.round(DType.F16, half));
    // 2049 · 1 + 2^-24 lies just above the middle of 2048 and 2050.
    assertEquals(2050, FloatArithmetic.fma(DType.F16, 3 * 0x1p0, 683, 0x1p-24));
    assertEquals(2048, FloatArithmetic.fma(DType.F16, 3 * 0x1p0, 683, -0x1p-24));
    assertEquals(2048, FloatArithmetic.fma(DType.F16, 3 * 0x1p0, 683, 0));
    // With bf16 the addend can lie below the 53 bits of binary64.
    assertEquals(0x1.02p16, FloatArithmetic.fma(DType.BF16, 0x1.01p8, 0x1p8, 0x1p-100));
    assertEquals(0x1p16, FloatArithmetic.fma(DType.BF16, 0x1.01p8, 0x1p8, -0x1p-100));
  }

  @Test
  void nanGivesWayInMinimumAndMaximum() {
    for (BinaryKind kind : new BinaryKind[] {BinaryKind.MIN, BinaryKind.MAX}) {
      assertEquals(2.0, FloatArithmetic.binary(kind, DType.F32, Double.NaN, 2.0));
      assertEquals(2.0, FloatArithmetic.binary(kind, DType.F32, 2.0, Double.NaN));
    }
    assertEquals(-0.0, FloatArithmetic.binary(BinaryKind.MIN, DType.F32, 0.0, -0.0));
    assertEquals(0.0, FloatArithmetic.binary(BinaryKind.MAX, DType.F32, -0.0, 0.0));
  }

  @Test
  void logarithmsOfPowersOfTwoAreExact() {
    for (int e = -1074; e <= 1023; e++) {
      double x = Math.scalb(1.0, e);
      assertEquals(e, FloatArithmetic.unary(UnaryKind.LOG2, DType.F64, x));
      assertEquals(x, FloatArithmetic.unary(UnaryKind.EXP2, DType.F64, e));
    }
  }

  @Property
  void logarithmToBaseTwoIsAccurate(@ForAll("doubles") double x) {
    Assume.that(x > 0 && Double.isFinite(x));
    double expected = StrictMath.log(x) / StrictMath.log(2);
    double actual = FloatArithmetic.unary(UnaryKind.LOG2, DType.F64, x);
    // Both are a few roundings of 2^-53 away from the truth, relative to the larger summand.
    assertEquals(expected, actual, 4 * 0x1p-52 * Math.max(1, Math.abs(expected)));
  }
}
