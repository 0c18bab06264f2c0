package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.runtime.spi.LoadedKernel;

/** A kernel image on a device, ready to be launched. */
public final class LoadedImage implements AutoCloseable {
  private final Device device;
  private final LoadedKernel kernel;
  private final OpenState state;
  private final TensorMaps tensorMaps;

  LoadedImage(Device device, LoadedKernel kernel) {
    this.device = device;
    this.kernel = kernel;
    this.state = new OpenState("kernel '" + kernel.image().entry() + "'");
    this.tensorMaps = new TensorMaps(device.driver());
  }

  public Device device() {
    return device;
  }

  public KernelImage image() {
    return kernel.image();
  }

  /**
   * Checks arguments against what the image requires and lays out its parameter buffer. The result
   * can be launched many times.
   *
   * @throws LaunchException if they do not fit; see {@link LaunchError}
   */
  public Launch bind(Arguments arguments) {
    kernel();
    return new Binder(this, arguments).bind();
  }

  /** Binds and launches on the device's default stream: {@link Launch#run(Stream)}. */
  public LaunchReport launch(Arguments arguments) {
    return bind(arguments).run(device.stream());
  }

  /** The tensor maps its launches have used. */
  TensorMaps tensorMaps() {
    return tensorMaps;
  }

  /** The driver's kernel, if image and device are open. */
  LoadedKernel kernel() {
    device.driver();
    state.ensureOpen();
    return kernel;
  }

  /** Unloads the image. Closing twice is allowed. */
  @Override
  public void close() {
    if (state.close() && device.isOpen()) {
      kernel.close();
    }
  }
}
