package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.DeviceProvider;
import dev.tilewright.runtime.spi.Probe;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

/** The families on the class path, in the order in which they are tried. */
record Providers(List<DeviceProvider> byRank) {

  private static final System.Logger LOGGER = System.getLogger("dev.tilewright.runtime");
  private static final AtomicBoolean FALLBACK_STATED = new AtomicBoolean();

  Providers {
    byRank =
        byRank.stream()
            .sorted(
                Comparator.comparingInt(DeviceProvider::rank).thenComparing(DeviceProvider::family))
            .toList();
  }

  static Providers installed() {
    List<DeviceProvider> found = new ArrayList<>();
    var services = ServiceLoader.load(DeviceProvider.class).iterator();
    while (true) {
      try {
        if (!services.hasNext()) {
          return new Providers(found);
        }
        found.add(services.next());
      } catch (ServiceConfigurationError e) {
        LOGGER.log(Level.WARNING, "a device family cannot be used: " + e.getMessage(), e);
      }
    }
  }

  List<DeviceFamily> families() {
    return byRank.stream().map(p -> new DeviceFamily(p.family(), p.probe())).toList();
  }

  Device openBest() {
    List<String> absent = new ArrayList<>();
    for (DeviceProvider provider : byRank) {
      switch (provider.probe()) {
        case Probe.Available available -> {
          Device device = new Device(provider.open(""));
          if (!absent.isEmpty() && FALLBACK_STATED.compareAndSet(false, true)) {
            LOGGER.log(
                Level.INFO,
                "using " + device.description().name() + " (" + String.join("; ", absent) + ")");
          }
          return device;
        }
        case Probe.Absent(String reason) -> absent.add(provider.family() + ": " + reason);
      }
    }
    throw new DeviceException(
        absent.isEmpty()
            ? "TW-R001: no device family is on the class path; add the emulator module to run"
                + " without a GPU"
            : "TW-R001: no device can be opened. " + String.join("; ", absent));
  }

  Device open(String name) {
    int colon = name.indexOf(':');
    String family = colon < 0 ? name : name.substring(0, colon);
    String selector = colon < 0 ? "" : name.substring(colon + 1);
    for (DeviceProvider provider : byRank) {
      if (provider.family().equals(family)) {
        if (provider.probe() instanceof Probe.Absent(String reason)) {
          throw new DeviceException("TW-R001: device '" + name + "' cannot be opened: " + reason);
        }
        return new Device(provider.open(selector));
      }
    }
    throw new DeviceException(
        "TW-R001: no device '"
            + name
            + "': its family must be one of "
            + byRank.stream().map(DeviceProvider::family).collect(Collectors.joining(", "))
            + ", as in cuda:0 or emulator:sm_80");
  }
}
