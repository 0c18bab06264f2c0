package dev.tilewright.emulator.machine;

import dev.tilewright.runtime.DeviceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Device memory. Addresses are never used twice, so that a stale pointer is recognised whenever it
 * is used. A single allocation holds at most 2 GiB less 16 bytes.
 */
public final class GlobalMemory {
  private static final int ALIGNMENT = 512;
  private static final long LARGEST = Integer.MAX_VALUE - 15L;

  private volatile Allocation[] allocations = new Allocation[0];
  private long next = AddressSpace.HEAP;

  /** Allocates {@code bytes} bytes, aligned to 512. */
  public synchronized Allocation allocate(long bytes) {
    if (bytes < 1 || bytes > LARGEST) {
      throw new DeviceException(
          "emulator: cannot allocate " + bytes + " bytes: one allocation is 1.." + LARGEST);
    }
    Allocation allocation;
    try {
      allocation = new Allocation(allocations.length, next, (int) bytes);
    } catch (OutOfMemoryError e) {
      throw new DeviceException("emulator: out of memory allocating " + bytes + " bytes", e);
    }
    // At least one alignment unit of nothing between neighbours catches accesses past the end.
    next += Math.ceilDiv(bytes, (long) ALIGNMENT) * ALIGNMENT + ALIGNMENT;
    Allocation[] grown = Arrays.copyOf(allocations, allocations.length + 1);
    grown[grown.length - 1] = allocation;
    allocations = grown;
    return allocation;
  }

  /** Frees the allocation that starts at {@code address}. */
  public synchronized void free(long address) {
    Allocation allocation = find(address);
    if (allocation == null || allocation.base != address || allocation.freed) {
      throw new DeviceException(
          "emulator: free(0x" + Long.toHexString(address) + "): not an address from allocate");
    }
    allocation.freed = true;
    Allocation[] changed = allocations.clone();
    changed[allocation.index] = allocation.tombstone();
    allocations = changed;
  }

  int count() {
    return allocations.length;
  }

  /** The allocation, live or freed, that holds {@code address}, or null. */
  @Nullable Allocation find(long address) {
    Allocation[] all = allocations;
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Allocation a = all[middle];
      if (address < a.base) {
        high = middle - 1;
      } else if (address >= a.base + a.size) {
        low = middle + 1;
      } else {
        return a;
      }
    }
    return null;
  }

  /** The nearest allocation that starts at or before {@code address}, for messages. */
  @Nullable Allocation before(long address) {
    Allocation nearest = null;
    for (Allocation a : allocations) {
      if (a.base <= address) {
        nearest = a;
      }
    }
    return nearest;
  }

  /** Host to device. */
  public void upload(long to, MemorySegment from) {
    Allocation a = range(to, from.byteSize(), "upload");
    int offset = (int) (to - a.base);
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, 0, a.data, offset, (int) from.byteSize());
    Arrays.fill(a.written, offset, offset + (int) from.byteSize(), (byte) 1);
  }

  /** Device to host. */
  public void download(MemorySegment to, long from) {
    Allocation a = range(from, to.byteSize(), "download");
    int offset = (int) (from - a.base);
    MemorySegment.copy(a.data, offset, to, ValueLayout.JAVA_BYTE, 0, (int) to.byteSize());
  }

  /** Sets bytes. */
  public void fill(long to, byte value, long bytes) {
    Allocation a = range(to, bytes, "fill");
    int offset = (int) (to - a.base);
    Arrays.fill(a.data, offset, offset + (int) bytes, value);
    Arrays.fill(a.written, offset, offset + (int) bytes, (byte) 1);
  }

  private Allocation range(long address, long bytes, String what) {
    Allocation a = find(address);
    if (a == null || a.freed || address + bytes > a.base + a.size) {
      throw new DeviceException(
          "emulator: "
              + what
              + " of "
              + bytes
              + " bytes at 0x"
              + Long.toHexString(address)
              + " is not inside one live allocation");
    }
    return a;
  }
}
