package dev.tilewright.runtime.spi;

import java.util.List;

/**
 * What a device is.
 *
 * @param name the name that opens it, such as {@code cuda:0} or {@code emulator:sm_80}
 * @param label what a person calls it, such as the product name
 * @param targets the targets whose images it accepts, best first ({@code sm_90a}, {@code sm_90},
 *     {@code sm_80}); an image for any other target is refused
 * @param multiprocessors how many blocks' worth of hardware run side by side
 * @param memoryBytes global memory, in bytes
 * @param sharedBytesPerBlock the most shared memory one block may ask for, in bytes
 */
public record DeviceDescription(
    String name,
    String label,
    List<String> targets,
    int multiprocessors,
    long memoryBytes,
    int sharedBytesPerBlock) {
  public DeviceDescription {
    targets = List.copyOf(targets);
  }
}
