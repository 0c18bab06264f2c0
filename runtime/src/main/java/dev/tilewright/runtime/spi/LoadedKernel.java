package dev.tilewright.runtime.spi;

import dev.tilewright.runtime.KernelImage;

/** A kernel image that a device has taken in. */
public interface LoadedKernel extends AutoCloseable {

  KernelImage image();

  /** Unloads it. Closing twice is allowed. */
  @Override
  void close();
}
