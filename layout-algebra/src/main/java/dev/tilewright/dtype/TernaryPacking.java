package dev.tilewright.dtype;

/**
 * Ternary elements, five in a byte: 8/5 bits each where {@link TernaryType} takes two. The five
 * codes of a byte are the digits of a number in base 3, the first the least significant, so bytes
 * go up to 242; elements missing in the last byte count as code 0.
 */
public final class TernaryPacking {
  /** Elements of a byte. */
  public static final int PER_BYTE = 5;

  private static final int BASE = 3;
  private static final int BYTES = 243;

  /** For every byte, its digits as codes of two bits, the first lowest. */
  private static final short[] DIGITS = digits();

  private TernaryPacking() {}

  private static short[] digits() {
    short[] digits = new short[BYTES];
    for (int value = 0; value < BYTES; value++) {
      int rest = value;
      for (int i = 0; i < PER_BYTE; i++) {
        digits[value] |= (short) (rest % BASE << 2 * i);
        rest /= BASE;
      }
    }
    return digits;
  }

  /** The bytes that {@code count} elements take. */
  public static int bytes(int count) {
    return Math.ceilDiv(count, PER_BYTE);
  }

  /**
   * @param codes codes of {@link TernaryType}, each 0, 1 or 2
   * @throws IllegalArgumentException for any other code: its digit does not exist
   */
  public static byte[] pack(byte[] codes) {
    byte[] packed = new byte[bytes(codes.length)];
    for (int at = 0; at < packed.length; at++) {
      int value = 0;
      for (int i = Math.min(codes.length, (at + 1) * PER_BYTE) - 1; i >= at * PER_BYTE; i--) {
        if (codes[i] < 0 || codes[i] >= BASE) {
          throw new IllegalArgumentException(
              "element " + i + " has the code " + codes[i] + "; ternary digits are 0, 1 and 2");
        }
        value = value * BASE + codes[i];
      }
      packed[at] = (byte) value;
    }
    return packed;
  }

  /**
   * The codes of {@code count} elements.
   *
   * @throws IllegalArgumentException for a byte above 242
   */
  public static byte[] unpack(byte[] packed, int count) {
    byte[] codes = new byte[count];
    for (int i = 0; i < count; i += PER_BYTE) {
      int value = Byte.toUnsignedInt(packed[i / PER_BYTE]);
      if (value >= BYTES) {
        throw new IllegalArgumentException(
            "byte " + i / PER_BYTE + " is " + value + "; five ternary digits are at most 242");
      }
      int digits = DIGITS[value];
      for (int j = i; j < Math.min(count, i + PER_BYTE); j++) {
        codes[j] = (byte) (digits & 3);
        digits >>>= 2;
      }
    }
    return codes;
  }
}
