package dev.tilewright.dtype;

/** A binary floating-point number. */
public record FloatType(String name, int exponentBits, int mantissaBits, int bits)
    implements DType {
  @Override
  public String toString() {
    return name;
  }
}
