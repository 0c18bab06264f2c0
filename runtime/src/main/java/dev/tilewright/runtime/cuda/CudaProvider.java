package dev.tilewright.runtime.cuda;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.DeviceProvider;
import dev.tilewright.runtime.spi.Probe;

/** The family {@code cuda}: {@code cuda:0} and so on, in the driver's order. */
public final class CudaProvider implements DeviceProvider {
  private final DriverProbe driver;

  /** For the service loader. */
  public CudaProvider() {
    this(DriverProbe.system());
  }

  CudaProvider(DriverProbe driver) {
    this.driver = driver;
  }

  @Override
  public String family() {
    return "cuda";
  }

  @Override
  public int rank() {
    return 10;
  }

  @Override
  public Probe probe() {
    var absence = driver.absence();
    if (absence.isPresent()) {
      return new Probe.Absent(absence.get());
    }
    try {
      return new Probe.Available(CudaDevice.describeAll());
    } catch (LinkageError e) {
      return new Probe.Absent(unloadable(e));
    } catch (DeviceException e) {
      return new Probe.Absent(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public DeviceDriver open(String selector) {
    if (probe() instanceof Probe.Absent(String reason)) {
      throw new DeviceException("TW-R001: no CUDA device: " + reason);
    }
    int ordinal;
    try {
      ordinal = selector.isEmpty() ? 0 : Integer.parseInt(selector);
    } catch (NumberFormatException e) {
      throw new DeviceException(
          "TW-R001: no device 'cuda:" + selector + "': a number is expected, as in cuda:0", e);
    }
    return CudaDevice.open(ordinal);
  }

  /** The preset is linked with the CUDA runtime too; which part is missing the linker says. */
  private static String unloadable(LinkageError e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return "there is an NVIDIA driver, but the JavaCPP preset cannot be loaded ("
        + root.getMessage()
        + "); it needs org.bytedeco:cuda with this platform's classifier on the class path, and"
        + " libcudart.so.13 of the CUDA 13 toolkit on the library path";
  }
}
