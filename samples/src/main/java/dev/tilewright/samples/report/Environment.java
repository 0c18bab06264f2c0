package dev.tilewright.samples.report;

import dev.tilewright.runtime.spi.DeviceDescription;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** The facts of a measurement that do not depend on what is measured. */
public final class Environment {

  private Environment() {}

  /** Of a measurement on the host. */
  public static SequencedMap<String, String> facts() {
    SequencedMap<String, String> facts = new LinkedHashMap<>();
    facts.put("date", LocalDate.now(ZoneOffset.UTC).toString());
    facts.put("java", Runtime.version().toString());
    facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    return facts;
  }

  /** Of a measurement on a device. */
  public static SequencedMap<String, String> facts(DeviceDescription device) {
    SequencedMap<String, String> facts = facts();
    facts.put("device", device.label() + " (" + device.name() + ")");
    facts.put("targets", String.join(", ", device.targets()));
    facts.put("multiprocessors", Integer.toString(device.multiprocessors()));
    return facts;
  }
}
