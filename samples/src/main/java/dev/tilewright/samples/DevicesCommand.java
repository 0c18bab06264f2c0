package dev.tilewright.samples;

import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.DeviceFamily;
import dev.tilewright.runtime.spi.DeviceDescription;
import dev.tilewright.runtime.spi.Probe;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "devices",
    description = "List every device, and why an unavailable one is unavailable.",
    mixinStandardHelpOptions = true)
final class DevicesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (DeviceFamily family : Device.discover()) {
      switch (family.probe()) {
        case Probe.Absent(String reason) ->
            out.printf("%-16s unavailable: %s%n", family.name(), reason);
        case Probe.Available(var devices) -> devices.forEach(device -> print(out, device));
      }
    }
    return ExitStatus.OK;
  }

  private static void print(PrintWriter out, DeviceDescription device) {
    out.printf(
        "%-16s %s; runs %s; %d multiprocessors, %d MiB, %d KiB shared memory per block%n",
        device.name(),
        device.label(),
        String.join(", ", device.targets()),
        device.multiprocessors(),
        device.memoryBytes() >> 20,
        device.sharedBytesPerBlock() >> 10);
  }
}
