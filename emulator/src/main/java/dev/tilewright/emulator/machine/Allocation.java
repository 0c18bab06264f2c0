package dev.tilewright.emulator.machine;

import java.util.Arrays;

/** One block of device memory. Fresh memory holds all ones, so that reading it yields NaNs. */
public final class Allocation {
  final int index;
  final long base;
  final int size;
  final byte[] data;

  /** One flag per byte: has anything written it. */
  final byte[] written;

  volatile boolean freed;

  Allocation(int index, long base, int size) {
    this.index = index;
    this.base = base;
    this.size = size;
    this.data = new byte[size];
    this.written = new byte[size];
    Arrays.fill(data, (byte) 0xff);
  }

  /** What is left of a freed allocation: its address range. */
  private Allocation(Allocation freed) {
    this.index = freed.index;
    this.base = freed.base;
    this.size = freed.size;
    this.data = new byte[0];
    this.written = new byte[0];
    this.freed = true;
  }

  Allocation tombstone() {
    return new Allocation(this);
  }

  public long base() {
    return base;
  }
}
