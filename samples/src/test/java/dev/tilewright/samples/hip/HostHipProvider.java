package dev.tilewright.samples.hip;

import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.DeviceProvider;
import dev.tilewright.runtime.spi.Probe;
import java.util.List;

/**
 * The family {@code hiphost}: AMD devices played by the CPU. It compiles a kernel's HIP text as C++
 * for this machine, behind {@code hip/host.h}, which says what AMD's instructions do.
 */
public final class HostHipProvider implements DeviceProvider {
  private static final List<String> TARGETS = List.of("gfx90a", "gfx942", "gfx950");

  @Override
  public String family() {
    return "hiphost";
  }

  /** After everything else: only whoever names it gets it. */
  @Override
  public int rank() {
    return 10_000;
  }

  @Override
  public Probe probe() {
    return new Probe.Available(TARGETS.stream().map(HostHipProvider::describe).toList());
  }

  private static DeviceDescription describe(String target) {
    return new DeviceDescription(
        "hiphost:" + target, target + " on the CPU", List.of(target), 1, 1L << 32, 163_840);
  }

  @Override
  public DeviceDriver open(String selector) {
    return new HostHipDevice(describe(selector));
  }
}
