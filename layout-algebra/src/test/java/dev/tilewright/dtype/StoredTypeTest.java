package dev.tilewright.dtype;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StoredTypeTest {

  // ---------------------------------------------------------------- ternary

  @Test
  void ternaryCodesAreTheValuesPlusOne() {
    double[] values = IntStream.range(0, 4).mapToDouble(DType.TERNARY::decode).toArray();
    assertArrayEquals(new double[] {-1, 0, 1, 2}, values);
    for (Rounding rounding : Rounding.values()) {
      for (Overflow overflow : Overflow.values()) {
        for (long code = 0; code < 3; code++) {
          double value = DType.TERNARY.decode(code);
          assertEquals(code, DType.TERNARY.encode(value, rounding, overflow));
        }
        assertEquals(2, DType.TERNARY.encode(2, rounding, overflow));
      }
    }
  }

  /** Every half value as input: nearest, ties to even, never the fourth code. */
  @Test
  void ternaryTakesTheNearest() {
    for (int half = 0; half < 1 << 16; half++) {
      float value = Float.float16ToFloat((short) half);
      long expected = Float.isNaN(value) ? 1 : value > 0.5 ? 2 : value < -0.5 ? 0 : 1;
      assertEquals(expected, DType.TERNARY.encode(value), () -> "" + value);
    }
  }

  @Property
  void fiveTernaryElementsInAByte(@ForAll @IntRange(max = 40) int count, @ForAll long seed) {
    Random random = new Random(seed);
    byte[] codes = new byte[count];
    for (int i = 0; i < count; i++) {
      codes[i] = (byte) random.nextInt(3);
    }
    byte[] packed = TernaryPacking.pack(codes);
    assertEquals((codes.length + 4) / 5, packed.length);
    assertArrayEquals(codes, TernaryPacking.unpack(packed, codes.length));
    for (int i = 0; i < codes.length; i++) {
      int power = (int) Math.pow(3, i % 5);
      assertEquals(codes[i], Byte.toUnsignedInt(packed[i / 5]) / power % 3);
    }
  }

  @Test
  void whatIsNoTernaryDigitIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> TernaryPacking.pack(new byte[] {0, 3}));
    assertThrows(
        IllegalArgumentException.class, () -> TernaryPacking.unpack(new byte[] {(byte) 243}, 1));
    assertArrayEquals(
        new byte[] {2, 2, 2, 2, 2}, TernaryPacking.unpack(new byte[] {(byte) 242}, 5));
  }

  // ---------------------------------------------------------------- codebooks

  private static CodebookType random(int bits, Random random) {
    // Few different values: some repeat, and many inputs lie in the middle of two.
    return CodebookType.of(random.doubles(1L << bits).map(d -> Math.rint(8 * d - 4) / 4).toArray());
  }

  @Property
  void codebooksTakeTheNearestEntryAndOfTwoTheLowerCode(
      @ForAll @IntRange(min = 1, max = 8) int bits, @ForAll long seed) {
    CodebookType type = random(bits, new Random(seed));
    for (double value : new double[] {-9, -1, -0.875, -0.125, 0, 0.3, 0.375, 1e300}) {
      BigDecimal wanted = new BigDecimal(value);
      int best = 0;
      for (int code = 1; code < 1 << bits; code++) {
        if (distance(wanted, type, code).compareTo(distance(wanted, type, best)) < 0) {
          best = code;
        }
      }
      assertEquals(best, type.encode(value), () -> type + " " + value);
    }
    assertEquals(type.encode(0), type.encode(Double.NaN));
    // Of two zeros the lower code's is taken.
    double end = type.decode(type.encode(Double.POSITIVE_INFINITY));
    assertEquals(type.maxFinite() + 0.0, end + 0.0);
  }

  private static BigDecimal distance(BigDecimal wanted, CodebookType type, int code) {
    return wanted.subtract(new BigDecimal(type.values().get(code))).abs();
  }

  /** Every half value as input, against the thresholds of QLoRA's own quantizer. */
  @Test
  void normalFloatsTakeTheNearest() {
    double[] values = DType.NF4.values().stream().mapToDouble(d -> d).toArray();
    assertEquals(16, Arrays.stream(values).distinct().count());
    for (int half = 0; half < 1 << 16; half++) {
      double value = Float.float16ToFloat((short) half);
      if (Double.isNaN(value)) {
        continue;
      }
      int expected = 0;
      while (expected < 15 && value > (values[expected] + values[expected + 1]) / 2) {
        expected++;
      }
      assertEquals(expected, DType.NF4.encode(value), () -> "" + value);
    }
  }

  @Property
  void namesParseBackAndTypesAreEqualByValue(
      @ForAll @IntRange(min = 1, max = 8) int bits, @ForAll long seed) {
    CodebookType type = random(bits, new Random(seed));
    assertEquals(type, DType.parse(type.name()));
    assertEquals(type, random(bits, new Random(seed)));
    assertEquals(bits, type.bits());
    assertTrue(type.name().startsWith("lut" + bits + "("), type.name());
  }

  @Test
  void namesOfTheNamedOnes() {
    assertEquals(DType.NF4, DType.parse("nf4"));
    assertEquals(
        "nf4", CodebookType.of(DType.NF4.values().stream().mapToDouble(d -> d).toArray()).name());
    assertEquals(DType.TERNARY, DType.parse("ternary"));
    assertEquals("lut1(-1.0,0.5)", CodebookType.of(-1, 0.5).name());
    assertNotEquals(CodebookType.of(0, 1), CodebookType.of(1, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lut",
        "lut2()",
        "lut2(1,2,3)",
        "lut0(1)",
        "lut9(1)",
        "lut1(1,x)",
        "lut1(1,1e39)",
        "lut1(0,1",
        "nf3"
      })
  void refusedNamesSayWhy(String name) {
    var e = assertThrows(IllegalArgumentException.class, () -> DType.parse(name));
    assertTrue(String.valueOf(e.getMessage()).startsWith("no element type '" + name + "'"));
  }
}
