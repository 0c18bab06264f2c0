package dev.tilewright.dtype;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class PackingTest {

  private static long[] codes(int width, int count, long seed) {
    long[] codes = new Random(seed).longs(count).toArray();
    return Arrays.stream(codes).map(c -> c & (-1L >>> (64 - width))).toArray();
  }

  /** The stream as one large number: element i is its digits i·w .. i·w+w-1. */
  private static BigInteger stream(int width, long[] codes) {
    BigInteger stream = BigInteger.ZERO;
    for (int i = codes.length - 1; i >= 0; i--) {
      stream = stream.shiftLeft(width).or(new BigInteger(Long.toUnsignedString(codes[i])));
    }
    return stream;
  }

  private static BigInteger littleEndian(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[bytes.length - 1 - i] = bytes[i];
    }
    return new BigInteger(1, reversed);
  }

  /** Law 39: unpacking is the inverse of packing, for widths from 1 to 64. */
  @Property(tries = 1000)
  void packIsTheBitStreamAndUnpackInvertsIt(
      @ForAll @IntRange(min = 1, max = 64) int width,
      @ForAll @IntRange(max = 150) int count,
      @ForAll long seed) {
    check(width, count, seed);
  }

  @Test
  void everyWidthAndShortLength() {
    for (int width = 1; width <= 64; width++) {
      for (int count = 0; count <= 40; count++) {
        check(width, count, width * 1000L + count);
      }
    }
  }

  private static void check(int width, int count, long seed) {
    long[] codes = codes(width, count, seed);
    byte[] packed = Packing.pack(width, codes);
    assertEquals((width * count + 7) / 8, packed.length);
    assertEquals(stream(width, codes), littleEndian(packed));
    assertArrayEquals(codes, Packing.unpack(width, packed, count));
    for (int i = 0; i < count; i++) {
      assertEquals(codes[i], Packing.get(MemorySegment.ofArray(packed), width, i));
    }
  }

  /**
   * Law 39: {@code 8 / gcd(8, w)} elements fill {@code w / gcd(8, w)} bytes, and every such group
   * has its own bytes, whatever the others hold.
   */
  @Property
  void aGroupOfElementsFillsWholeBytes(
      @ForAll @IntRange(min = 1, max = 64) int width,
      @ForAll @IntRange(min = 1, max = 9) int groups,
      @ForAll long seed) {
    int unit = Integer.lowestOneBit(Math.min(8, Integer.lowestOneBit(width)));
    int elements = 8 / unit;
    int bytes = width / unit;
    long[] codes = codes(width, groups * elements, seed);
    byte[] packed = Packing.pack(width, codes);
    assertEquals(groups * bytes, packed.length);
    for (int g = 0; g < groups; g++) {
      long[] own = Arrays.copyOfRange(codes, g * elements, (g + 1) * elements);
      assertArrayEquals(
          Packing.pack(width, own), Arrays.copyOfRange(packed, g * bytes, (g + 1) * bytes));
    }
  }

  @Property
  void setChangesOneElementOnly(
      @ForAll @IntRange(min = 1, max = 64) int width,
      @ForAll @IntRange(min = 1, max = 60) int count,
      @ForAll long seed,
      @ForAll long code) {
    long[] codes = codes(width, count, seed);
    int index = (int) Long.remainderUnsigned(seed, count);
    byte[] packed = Packing.pack(width, codes);
    Packing.set(MemorySegment.ofArray(packed), width, index, code);
    codes[index] = code & (-1L >>> (64 - width));
    assertEquals(stream(width, codes), littleEndian(packed));
  }

  @Property
  void highBitsOfCodesAreIgnored(
      @ForAll @IntRange(min = 1, max = 64) int width, @ForAll long[] noisy) {
    long[] clean = Arrays.stream(noisy).map(c -> c & (-1L >>> (64 - width))).toArray();
    assertArrayEquals(Packing.pack(width, clean), Packing.pack(width, noisy));
  }

  @Test
  void outsideTheSegment() {
    MemorySegment two = MemorySegment.ofArray(new byte[2]);
    assertThrows(IndexOutOfBoundsException.class, () -> Packing.get(two, 3, 5));
    assertThrows(IndexOutOfBoundsException.class, () -> Packing.get(two, 3, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> Packing.set(two, 3, 5, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> Packing.pack(3, new long[6], two));
    assertThrows(IndexOutOfBoundsException.class, () -> Packing.unpack(3, two, new long[6]));
    assertThrows(IllegalArgumentException.class, () -> Packing.bytes(0, 1));
    assertThrows(IllegalArgumentException.class, () -> Packing.bytes(65, 1));
    assertThrows(ArithmeticException.class, () -> Packing.bytes(3, Long.MAX_VALUE / 2));
  }

  /** At every offset, width and length: what one element after the other does, and nothing else. */
  @Property
  void bytesArePackedAndUnpackedAsSingleElementsAre(
      @ForAll @IntRange(min = 1, max = 8) int width,
      @ForAll @IntRange(max = 40) int first,
      @ForAll @IntRange(max = 100) int count,
      @ForAll long seed) {
    Random random = new Random(seed);
    byte[] codes = new byte[count];
    random.nextBytes(codes);
    byte[] packed = new byte[(int) Packing.bytes(width, first + count) + random.nextInt(20)];
    random.nextBytes(packed);
    byte[] expected = packed.clone();
    for (int i = 0; i < count; i++) {
      Packing.set(MemorySegment.ofArray(expected), width, first + i, codes[i]);
    }
    Packing.packBytes(width, codes, MemorySegment.ofArray(packed), first);
    assertArrayEquals(expected, packed);
    byte[] read = new byte[count];
    Packing.unpackBytes(width, MemorySegment.ofArray(packed), first, read);
    for (int i = 0; i < count; i++) {
      long code = Packing.get(MemorySegment.ofArray(packed), width, first + i);
      assertEquals(code, Byte.toUnsignedLong(read[i]));
    }
  }

  @Test
  void bytesBeyondTheEndAreRefused() {
    MemorySegment three = MemorySegment.ofArray(new byte[3]);
    assertThrows(
        IndexOutOfBoundsException.class, () -> Packing.packBytes(3, new byte[9], three, 0));
    assertThrows(
        IndexOutOfBoundsException.class, () -> Packing.unpackBytes(3, three, 1, new byte[8]));
    assertThrows(
        IndexOutOfBoundsException.class, () -> Packing.unpackBytes(3, three, -1, new byte[8]));
    assertThrows(IllegalArgumentException.class, () -> Packing.packBytes(9, new byte[1], three, 0));
  }
}
