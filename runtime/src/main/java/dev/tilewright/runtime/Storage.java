package dev.tilewright.runtime;

import dev.tilewright.dtype.Packing;

/** A piece of a device's memory that tensors look at. */
final class Storage implements AutoCloseable {
  private final Device device;
  private final long address;
  private final long bits;
  private final OpenState state = new OpenState("a tensor's storage");

  private Storage(Device device, long address, long bits) {
    this.device = device;
    this.address = address;
    this.bits = bits;
  }

  static Storage allocate(Device device, int width, long elements) {
    long address = device.driver().allocate(Packing.bytes(width, elements));
    return new Storage(device, address, width * elements);
  }

  Device device() {
    return device;
  }

  /** The bits that elements may occupy; the last byte may be larger. */
  long bits() {
    return bits;
  }

  long bytes() {
    return Math.ceilDiv(bits, Byte.SIZE);
  }

  /** The address of the first byte, if storage and device are open. */
  long address() {
    ensureOpen();
    return address;
  }

  void ensureOpen() {
    device.driver();
    state.ensureOpen();
  }

  @Override
  public void close() {
    if (state.close() && device.isOpen()) {
      device.driver().free(address);
    }
  }
}
