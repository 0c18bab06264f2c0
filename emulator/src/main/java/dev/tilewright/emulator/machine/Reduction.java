package dev.tilewright.emulator.machine;

/** What {@code cp.reduce} does with each element of its destination. */
public record Reduction(int elementBytes, Operator operator) {

  /** Combines two elements' bits. */
  @FunctionalInterface
  public interface Operator {
    long apply(long old, long value);
  }

  /** Combines {@code count} bytes of elements into {@code to}. */
  void apply(byte[] from, int fromAt, byte[] to, int toAt, int count) {
    for (int i = 0; i < count; i += elementBytes) {
      long old = Bytes.get(to, toAt + i, elementBytes);
      long value = Bytes.get(from, fromAt + i, elementBytes);
      Bytes.put(to, toAt + i, elementBytes, operator.apply(old, value));
    }
  }
}
