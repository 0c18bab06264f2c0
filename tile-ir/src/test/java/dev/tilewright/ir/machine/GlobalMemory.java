package dev.tilewright.ir.machine;

import java.util.Map;
import java.util.TreeMap;

/** Buffers far apart in one address space. */
final class GlobalMemory {
  private static final long DISTANCE = 1L << 36;

  private final TreeMap<Long, byte[]> buffers = new TreeMap<>();
  private long next = DISTANCE;

  /**
   * Maps a buffer.
   *
   * @param alignment exactly this power of two divides the buffer's address
   */
  long map(byte[] bytes, int alignment) {
    long address = next + alignment;
    next += DISTANCE;
    buffers.put(address, bytes);
    return address;
  }

  long read(long address, int bytes) {
    byte[] buffer = buffer(address, bytes);
    int at = offset(address);
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | Byte.toUnsignedLong(buffer[at + i]);
    }
    return value;
  }

  void write(long address, int bytes, long value) {
    byte[] buffer = buffer(address, bytes);
    int at = offset(address);
    for (int i = 0; i < bytes; i++) {
      buffer[at + i] = (byte) (value >> 8 * i);
    }
  }

  /** Fails unless the bytes are mapped; of no bytes, one must be. */
  void check(long address, int bytes) {
    buffer(address, Math.max(1, bytes));
  }

  private byte[] buffer(long address, int bytes) {
    Map.Entry<Long, byte[]> below = buffers.floorEntry(address);
    if (below == null || address + bytes > below.getKey() + below.getValue().length) {
      throw new AssertionError(
          "%d bytes at 0x%X are outside every tensor".formatted(bytes, address));
    }
    return below.getValue();
  }

  private int offset(long address) {
    return (int) (address - buffers.floorKey(address));
  }
}
