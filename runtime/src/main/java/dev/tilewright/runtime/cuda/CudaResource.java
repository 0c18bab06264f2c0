package dev.tilewright.runtime.cuda;

import java.util.concurrent.atomic.AtomicBoolean;

/** Something of the driver's that lives in a device's context and is released once. */
abstract class CudaResource implements AutoCloseable {
  private final CudaDevice device;
  private final AtomicBoolean released = new AtomicBoolean();

  CudaResource(CudaDevice device) {
    this.device = device;
  }

  final CudaContext context() {
    return device.context();
  }

  /** Gives it back to the driver; the context is current. */
  abstract void release();

  @Override
  public final void close() {
    if (released.compareAndSet(false, true)) {
      device.disown(this);
      context().enter();
      release();
    }
  }
}
