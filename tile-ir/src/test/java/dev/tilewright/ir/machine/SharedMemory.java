package dev.tilewright.ir.machine;

/**
 * A block's shared memory. It fails on what has not been written, and on bytes that two threads
 * touch between two barriers, one of them writing.
 */
final class SharedMemory {
  private static final int NOBODY = -1;
  private static final int MANY = -2;

  private final byte[] bytes;
  private final boolean[] written;
  private final int[] pending;
  private final int[] writer;
  private final int[] reader;
  private final int[] writerEpoch;
  private final int[] readerEpoch;
  private int epoch = 1;

  SharedMemory(int size) {
    bytes = new byte[size];
    written = new boolean[size];
    pending = new int[size];
    writer = new int[size];
    reader = new int[size];
    writerEpoch = new int[size];
    readerEpoch = new int[size];
  }

  void barrier() {
    epoch++;
  }

  long read(int thread, int address, int size) {
    check(address, size);
    long value = 0;
    for (int i = address + size - 1; i >= address; i--) {
      if (!written[i]) {
        throw new AssertionError("shared byte " + i + " is read before it is written");
      }
      if (pending[i] > 0) {
        throw new AssertionError("shared byte " + i + " is read before its copy is complete");
      }
      if (writerAt(i) != NOBODY && writerAt(i) != thread) {
        throw race(i, thread, writerAt(i));
      }
      int before = readerAt(i);
      reader[i] = before == NOBODY || before == thread ? thread : MANY;
      readerEpoch[i] = epoch;
      value = value << 8 | Byte.toUnsignedLong(bytes[i]);
    }
    return value;
  }

  void write(int thread, int address, int size, long value) {
    claim(thread, address, size);
    for (int i = 0; i < size; i++) {
      bytes[address + i] = (byte) (value >> 8 * i);
      written[address + i] = true;
    }
  }

  /** The start of an asynchronous copy: from now on the bytes are not to be touched. */
  void announce(int thread, int address, int size) {
    claim(thread, address, size);
    for (int i = address; i < address + size; i++) {
      pending[i]++;
      written[i] = true;
    }
  }

  /** The end of an asynchronous copy. */
  void deliver(int thread, int address, byte[] copied) {
    for (int i = 0; i < copied.length; i++) {
      pending[address + i]--;
      bytes[address + i] = copied[i];
      writer[address + i] = thread;
      writerEpoch[address + i] = epoch;
    }
  }

  private void claim(int thread, int address, int size) {
    check(address, size);
    for (int i = address; i < address + size; i++) {
      int other = writerAt(i) != NOBODY ? writerAt(i) : readerAt(i);
      boolean readByOther = readerAt(i) != NOBODY && readerAt(i) != thread;
      if (readByOther || (other != NOBODY && other != thread)) {
        throw race(i, thread, other);
      }
      if (pending[i] > 0) {
        throw new AssertionError("shared byte " + i + " is written while a copy is on its way");
      }
      writer[i] = thread;
      writerEpoch[i] = epoch;
    }
  }

  private int writerAt(int i) {
    return writerEpoch[i] == epoch ? writer[i] : NOBODY;
  }

  private int readerAt(int i) {
    return readerEpoch[i] == epoch ? reader[i] : NOBODY;
  }

  private static AssertionError race(int at, int thread, int other) {
    return new AssertionError(
        "race on shared byte %d between threads %d and %d".formatted(at, thread, other));
  }

  private void check(int address, int size) {
    if (address < 0 || address + size > bytes.length) {
      throw new AssertionError(size + " bytes at shared address " + address + " are outside");
    }
  }
}
