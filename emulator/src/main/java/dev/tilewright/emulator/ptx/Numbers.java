package dev.tilewright.emulator.ptx;

/** Integer constants (PTX ISA, "Integer Constants"): 64 bits, decimal, octal, hex or binary. */
final class Numbers {
  private Numbers() {}

  static long integer(String text) {
    boolean negative = text.startsWith("-");
    String digits = negative ? text.substring(1) : text;
    if (digits.endsWith("U")) {
      digits = digits.substring(0, digits.length() - 1);
    }
    long value;
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      value = Long.parseUnsignedLong(digits.substring(2), 16);
    } else if (digits.startsWith("0b") || digits.startsWith("0B")) {
      value = Long.parseUnsignedLong(digits.substring(2), 2);
    } else if (digits.length() > 1 && digits.startsWith("0")) {
      value = Long.parseUnsignedLong(digits, 8);
    } else {
      value = Long.parseUnsignedLong(digits);
    }
    return negative ? -value : value;
  }
}
