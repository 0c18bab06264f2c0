package dev.tilewright.emulator.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Little-endian values in byte arrays. */
public final class Bytes {
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Bytes() {}

  public static int getShort(byte[] data, int at) {
    return (short) SHORTS.get(data, at) & 0xffff;
  }

  public static int getInt(byte[] data, int at) {
    return (int) INTS.get(data, at);
  }

  public static long getLong(byte[] data, int at) {
    return (long) LONGS.get(data, at);
  }

  public static void putShort(byte[] data, int at, int value) {
    SHORTS.set(data, at, (short) value);
  }

  public static void putInt(byte[] data, int at, int value) {
    INTS.set(data, at, value);
  }

  public static void putLong(byte[] data, int at, long value) {
    LONGS.set(data, at, value);
  }

  /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
  public static long get(byte[] data, int at, int bytes) {
    return switch (bytes) {
      case 1 -> data[at] & 0xffL;
      case 2 -> getShort(data, at);
      case 4 -> getInt(data, at) & 0xffffffffL;
      default -> getLong(data, at);
    };
  }

  /** Writes the low 1, 2, 4 or 8 bytes. */
  public static void put(byte[] data, int at, int bytes, long value) {
    switch (bytes) {
      case 1 -> data[at] = (byte) value;
      case 2 -> putShort(data, at, (int) value);
      case 4 -> putInt(data, at, (int) value);
      default -> putLong(data, at, value);
    }
  }
}
