package dev.tilewright;

import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.DeviceProvider;
import dev.tilewright.runtime.spi.Probe;
import java.util.List;

/** Opens a {@link PaperDevice} under the name {@code paper}; its selector is its target. */
public final class PaperProvider implements DeviceProvider {
  @Override
  public String family() {
    return "paper";
  }

  @Override
  public int rank() {
    return Integer.MAX_VALUE;
  }

  @Override
  public Probe probe() {
    return new Probe.Available(List.of(description("sm_80")));
  }

  @Override
  public DeviceDriver open(String selector) {
    return new PaperDevice(description(selector.isEmpty() ? "sm_80" : selector));
  }

  private static DeviceDescription description(String target) {
    return new DeviceDescription(
        "paper:" + target, "Paper", List.of("sm_00", target), 1, 1L << 40, 160_000);
  }
}
