package dev.tilewright.samples;

import dev.tilewright.runtime.Device;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option that chooses what is run on. */
final class DeviceChoice {
  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "such as cuda:0 or emulator:sm_80 (default: the best there is)")
  private Optional<String> name = Optional.empty();

  Device open() {
    return name.map(Device::open).orElseGet(Device::open);
  }
}
