package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.DeviceDriver;
import dev.tilewright.runtime.spi.DeviceProvider;
import dev.tilewright.runtime.spi.Probe;
import java.util.List;

/** A family of devices that keep bytes and execute nothing. */
public final class FakeProvider implements DeviceProvider {
  private final String family;
  private final int rank;
  private final Probe probe;

  /** For the service loader. */
  public FakeProvider() {
    this("fake", 1000, new Probe.Available(List.of(FakeDevice.DESCRIPTION)));
  }

  FakeProvider(String family, int rank, Probe probe) {
    this.family = family;
    this.rank = rank;
    this.probe = probe;
  }

  @Override
  public String family() {
    return family;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public Probe probe() {
    return probe;
  }

  @Override
  public DeviceDriver open(String selector) {
    if (!selector.isEmpty() && !selector.equals("0")) {
      throw new DeviceException("there is no fake device '" + selector + "'");
    }
    return new FakeDevice();
  }
}
