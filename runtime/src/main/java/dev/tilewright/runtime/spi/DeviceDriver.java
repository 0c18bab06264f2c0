package dev.tilewright.runtime.spi;

import dev.tilewright.runtime.DeviceException;
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

  /**
   * Encodes a tensor map as this device's {@code cp.async.bulk.tensor} reads it.
   *
   * @return {@link TiledTensorMap#BYTES} bytes, to be passed by value at an address that is a
   *     multiple of {@link TiledTensorMap#ALIGNMENT}
   * @throws DeviceException if the device has no tensor maps or cannot do this one
   */
  default byte[] encode(TiledTensorMap map) {
    throw new DeviceException(
        description().name() + " has no tensor memory accelerator: " + map + " cannot be encoded");
  }

  /** Opens a stream: work put on it runs in order. */
  StreamDriver openStream();

  /** Makes an event, not yet recorded. */
  EventDriver openEvent();

  /** Releases the device and everything still open on it. Closing twice is allowed. */
  @Override
  void close();
}
