package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Rounding;
import java.math.BigDecimal;
import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Against unbounded integers. */
class IntArithmeticTest {

  @Provide
  Arbitrary<IntType> types() {
    return Arbitraries.of(
        DType.I1, DType.U1, DType.I4, DType.U4, DType.I8, DType.U8, DType.I16, DType.U16, DType.I32,
        DType.U32, DType.I64, DType.U64);
  }

  private static BigInteger value(IntType type, long x) {
    BigInteger value = BigInteger.valueOf(x);
    return type.equals(DType.U64) && x < 0 ? value.add(BigInteger.TWO.pow(64)) : value;
  }

  private static long wrapped(IntType type, BigInteger value) {
    return type.decodeLong(value.longValue());
  }

  @Property(tries = 3000)
  void everyKindIsThatOfIntegersModuloTheWidth(
      @ForAll("types") IntType type, @ForAll BinaryKind kind, @ForAll long a, @ForAll long b) {
    long x = type.decodeLong(a);
    long y = type.decodeLong(b);
    BigInteger bx = value(type, x);
    BigInteger by = value(type, y);
    if (y == 0 && (kind == BinaryKind.DIV || kind == BinaryKind.REM)) {
      assertThrows(ArithmeticException.class, () -> IntArithmetic.binary(kind, type, x, y));
      return;
    }
    boolean far = by.signum() < 0 || by.compareTo(BigInteger.valueOf(type.bits())) >= 0;
    BigInteger expected =
        switch (kind) {
          case ADD -> bx.add(by);
          case SUB -> bx.subtract(by);
          case MUL -> bx.multiply(by);
          case DIV -> bx.divide(by);
          case REM -> bx.remainder(by);
          case MIN -> bx.min(by);
          case MAX -> bx.max(by);
          case AND -> bx.and(by);
          case OR -> bx.or(by);
          case XOR -> bx.xor(by);
          case SHL -> far ? BigInteger.ZERO : bx.shiftLeft(by.intValue());
          case SHR ->
              far
                  ? bx.signum() < 0 ? BigInteger.ONE.negate() : BigInteger.ZERO
                  : bx.shiftRight(by.intValue());
        };
    assertEquals(
        wrapped(type, expected),
        IntArithmetic.binary(kind, type, x, y),
        () -> kind + " " + type + " " + x + " " + y);
    assertEquals(bx.compareTo(by) < 0, IntArithmetic.compare(ComparePredicate.LT, type, x, y));
  }

  @Property(tries = 2000)
  void castsWrapOrClamp(
      @ForAll("types") IntType from, @ForAll("types") IntType to, @ForAll long a) {
    long x = from.decodeLong(a);
    BigInteger exact = value(from, x);
    assertEquals(wrapped(to, exact), IntArithmetic.cast(from, x, to, false));
    BigInteger clamped = exact.max(value(to, to.min())).min(value(to, to.max()));
    assertEquals(wrapped(to, clamped), IntArithmetic.cast(from, x, to, true));
  }

  @Property(tries = 2000)
  void integersBecomeTheNearestFloat(@ForAll("types") IntType from, @ForAll long a) {
    long x = from.decodeLong(a);
    BigDecimal exact = new BigDecimal(value(from, x));
    for (FloatType to : new FloatType[] {DType.F32, DType.F64}) {
      double expected = to.equals(DType.F32) ? exact.floatValue() : exact.doubleValue();
      assertEquals(expected, IntArithmetic.cast(from, x, to, Rounding.NEAREST_EVEN, false));
      double cut = IntArithmetic.cast(from, x, to, Rounding.TOWARD_ZERO, false);
      BigDecimal lost = exact.abs().subtract(new BigDecimal(cut).abs());
      double ulp = to.equals(DType.F32) ? Math.ulp((float) cut) : Math.ulp(cut);
      assertEquals(true, lost.signum() >= 0 && lost.compareTo(new BigDecimal(ulp)) < 0);
    }
  }

  @Test
  void floatsSaturateToIntegers() {
    assertEquals(127, IntArithmetic.cast(1e9, DType.I8, Rounding.TOWARD_ZERO));
    assertEquals(
        -128, IntArithmetic.cast(Double.NEGATIVE_INFINITY, DType.I8, Rounding.TOWARD_ZERO));
    assertEquals(0, IntArithmetic.cast(Double.NaN, DType.I32, Rounding.TOWARD_ZERO));
    assertEquals(2, IntArithmetic.cast(2.5, DType.I32, Rounding.NEAREST_EVEN));
    assertEquals(-2, IntArithmetic.cast(-2.9, DType.I32, Rounding.TOWARD_ZERO));
  }
}
