package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.Probe;

/**
 * One family of devices, as found on this machine.
 *
 * @param name the part of a device name before the colon: {@code cuda}, {@code hip}, {@code
 *     emulator}
 * @param probe its devices, or why there are none
 */
public record DeviceFamily(String name, Probe probe) {}
