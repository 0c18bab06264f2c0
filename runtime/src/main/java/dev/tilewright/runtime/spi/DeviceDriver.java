package dev.tilewright.runtime.spi;

import dev.tilewright.runtime.KernelImage;

/**
 * One open device. Addresses are device addresses as the hardware sees them. All methods may be
 * called from any thread; failures are {@link dev.tilewright.runtime.DeviceException}s naming the
 * native call and its code.
 */
public interface DeviceDriver extends AutoCloseable {

  DeviceDescription description();

  /**
   * Allocates global memory.
   *
   * @param bytes the size in bytes, positive
   * @return an address aligned to at least 256 bytes
   */
  long allocate(long bytes);

  /** Frees what {@link #allocate} returned. */
  void free(long address);

  /** Loads a kernel image: from then on its entry can be launched on this device's streams. */
  LoadedKernel load(KernelImage image);

  /** Opens a stream: work put on it runs in order. */
  StreamDriver openStream();

  /** Makes an event, not yet recorded. */
  EventDriver openEvent();

  /** Releases the device and everything still open on it. Closing twice is allowed. */
  @Override
  void close();
}
