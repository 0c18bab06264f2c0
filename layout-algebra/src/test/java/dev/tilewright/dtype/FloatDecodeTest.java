package dev.tilewright.dtype;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FloatDecodeTest {

  @ParameterizedTest
  @MethodSource("dev.tilewright.dtype.Types#floatsUpTo16Bits")
  void everyCodeMeansWhatTheFormatSays(FloatType type) {
    for (long code = 0; code < 1L << type.bits(); code++) {
      assertEquals(FloatSpecification.value(type, code), type.decode(code), type.name());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.tilewright.dtype.Types#floatsUpTo16Bits")
  void limitsAreThoseOfTheCodes(FloatType type) {
    double[] positive =
        LongStream.range(0, 1L << type.bits())
            .mapToDouble(type::decode)
            .filter(v -> v > 0 && Double.isFinite(v))
            .sorted()
            .toArray();
    assertEquals(positive[0], type.leastPositive());
    assertEquals(positive[positive.length - 1], type.maxFinite());
    boolean nan =
        LongStream.range(0, 1L << type.bits()).anyMatch(c -> Double.isNaN(type.decode(c)));
    assertEquals(nan, type.hasNan());
    boolean infinity =
        LongStream.range(0, 1L << type.bits()).anyMatch(c -> Double.isInfinite(type.decode(c)));
    assertEquals(infinity, type.hasInfinity());
  }

  /**
   * OCP 8-bit Floating Point Specification 1.0, table 1; Microscaling Formats 1.0, tables 3 to 5.
   */
  @Test
  void publishedLimits() {
    assertEquals(448, DType.F8E4M3.maxFinite());
    assertEquals(0x1p-9, DType.F8E4M3.leastPositive());
    assertEquals(57344, DType.F8E5M2.maxFinite());
    assertEquals(0x1p-16, DType.F8E5M2.leastPositive());
    assertEquals(240, DType.F8E4M3FNUZ.maxFinite());
    assertEquals(57344, DType.F8E5M2FNUZ.maxFinite());
    assertEquals(28, DType.F6E3M2.maxFinite());
    assertEquals(0.0625, DType.F6E3M2.leastPositive());
    assertEquals(7.5, DType.F6E2M3.maxFinite());
    assertEquals(0.125, DType.F6E2M3.leastPositive());
    assertEquals(0x1p127, DType.F8E8M0.maxFinite());
    assertEquals(0x1p-127, DType.F8E8M0.leastPositive());
    assertEquals(65504, DType.F16.maxFinite());
    assertEquals(0x1p-14, DType.F16.leastNormal());
    assertEquals(Float.MAX_VALUE, DType.F32.maxFinite());
    assertEquals(Float.MIN_VALUE, DType.F32.leastPositive());
    assertEquals(Float.MIN_NORMAL, DType.F32.leastNormal());
    assertEquals(Double.MAX_VALUE, DType.F64.maxFinite());
    assertEquals(Double.MIN_VALUE, DType.F64.leastPositive());
    assertEquals(Double.MIN_NORMAL, DType.F64.leastNormal());
  }

  @Test
  void fp4Values() {
    double[] values = LongStream.range(0, 8).mapToDouble(DType.F4E2M1::decode).toArray();
    assertArrayEquals(new double[] {0, 0.5, 1, 1.5, 2, 3, 4, 6}, values);
  }

  @Test
  void halvesAgreeWithTheJdk() {
    for (int code = 0; code < 1 << 16; code++) {
      assertEquals(Float.float16ToFloat((short) code), DType.F16.decode(code));
    }
  }

  @Property
  void singlesAgreeWithTheJdk(@ForAll int code) {
    assertEquals(Float.intBitsToFloat(code), DType.F32.decode(code));
    assertEquals(Float.intBitsToFloat(code), DType.F32.decode(Integer.toUnsignedLong(code)));
    assertEquals(Float.intBitsToFloat(code & 0xffff0000), DType.BF16.decode(code >>> 16));
    assertEquals(Float.intBitsToFloat(code & 0xffffe000), DType.TF32.decode(code));
  }

  @Property
  void doublesAgreeWithTheJdk(@ForAll long code) {
    assertEquals(Double.longBitsToDouble(code), DType.F64.decode(code));
  }

  @Test
  void specificationOfTheSmallestTypes() {
    // A type written out by hand keeps the oracle itself honest.
    FloatType f3 = new FloatType(1, 1, Specials.FN);
    double[] values =
        LongStream.range(0, 8).mapToDouble(c -> FloatSpecification.value(f3, c)).toArray();
    assertArrayEquals(new double[] {0, 1, 2, 3, -0.0, -1, -2, -3}, values);
    assertTrue(new BigDecimal("0.25").equals(FloatSpecification.pow2(-2)));
  }
}
