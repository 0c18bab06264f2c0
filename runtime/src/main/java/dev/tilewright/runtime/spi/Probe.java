package dev.tilewright.runtime.spi;

import java.util.List;

/** The outcome of asking a family what devices it has. */
public sealed interface Probe {

  /** At least one device can be opened. */
  record Available(List<DeviceDescription> devices) implements Probe {
    public Available {
      devices = List.copyOf(devices);
    }
  }

  /**
   * No device can be opened.
   *
   * @param reason one sentence for a person: which library, driver or device is missing
   */
  record Absent(String reason) implements Probe {}
}
