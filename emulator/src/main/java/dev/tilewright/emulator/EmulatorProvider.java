package dev.tilewright.emulator;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.DeviceProvider;
import dev.tilewright.runtime.spi.Probe;
import java.util.List;

/** The family {@code emulator}: one device per emulated architecture, always there. */
public final class EmulatorProvider implements DeviceProvider {
  @Override
  public String family() {
    return "emulator";
  }

  /** After every family of real hardware. */
  @Override
  public int rank() {
    return 1000;
  }

  @Override
  public Probe probe() {
    List<DeviceDescription> devices = Target.ALL.stream().map(EmulatorDevice::describe).toList();
    return new Probe.Available(devices);
  }

  /**
   * @param selector as below; after a question mark, and with {@code &} between them, {@code
   *     seed=N} gives the seed and {@code steps=N} the warp instructions that a launch may execute
   *     before it counts as endless ({@link EmulatorOptions#instructionBudget})
   */
  @Override
  public DeviceDriver open(String selector) {
    Selector parsed = Selector.parse(selector);
    return open(parsed.target(), parsed.options());
  }

  /**
   * Opens a device that runs kernels in a given way.
   *
   * @param selector {@code sm_80}, {@code sm_86}, {@code sm_89}, {@code sm_90}, {@code sm_90a}, or
   *     empty for the first
   */
  public DeviceDriver open(String selector, EmulatorOptions options) {
    Target target =
        selector.isEmpty()
            ? Target.ALL.getFirst()
            : Target.named(selector)
                .orElseThrow(
                    () ->
                        new DeviceException(
                            "emulator: no device '"
                                + selector
                                + "'; there are "
                                + Target.ALL.stream().map(Target::name).toList()));
    return new EmulatorDevice(target, options);
  }
}
