package dev.tilewright.dtype;

/** An integer of 1 to 64 bits, two's complement when signed. */
public record IntType(int bits, boolean signed) implements DType {
  @Override
  public String name() {
    return (signed ? "i" : "u") + bits;
  }

  @Override
  public String toString() {
    return name();
  }
}
