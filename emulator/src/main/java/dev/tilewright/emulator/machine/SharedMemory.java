package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.SharedShadow;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One block's shared memory. Offsets below {@link #BASE} belong to the system, as on the hardware
 * since sm_80, so that offset 0 is nobody's. Fresh memory holds all ones.
 */
final class SharedMemory {
  /** Where a program's shared memory starts. */
  static final int BASE = 1024;

  final byte[] data;
  final byte[] written;
  final @Nullable SharedShadow shadow;
  private final int size;

  SharedMemory(int size, int granule, int warps, int rank, boolean alone, boolean sanitize) {
    this.size = size;
    this.data = new byte[BASE + size];
    this.written = new byte[sanitize ? BASE + size : 0];
    this.shadow = sanitize ? new SharedShadow(BASE + size, granule, warps, rank, alone) : null;
    Arrays.fill(data, (byte) 0xff);
  }

  int size() {
    return size;
  }

  boolean contains(long offset, int bytes) {
    return offset >= BASE && offset + bytes <= BASE + size;
  }
}
