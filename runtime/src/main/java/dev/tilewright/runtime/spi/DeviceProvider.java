package dev.tilewright.runtime.spi;

/**
 * A family of devices: {@code cuda}, {@code hip}, {@code emulator}.
 *
 * <p>Providers are stateless and cheap to load; whatever may fail (a missing driver, no device)
 * belongs in {@link #probe()}, which explains it and never throws.
 */
public interface DeviceProvider {

  /** The family's name, the part of a device name before the colon. */
  String family();

  /** The order in which {@code Device.open()} tries families: the smallest first. */
  int rank();

  /** What is there, or why nothing is. Never throws. */
  Probe probe();

  /**
   * Opens a device.
   *
   * @param selector the part of the device name after the colon ({@code "0"}, {@code "sm_80"}), or
   *     empty for the family's default device
   * @throws dev.tilewright.runtime.DeviceException if there is no such device or it cannot be
   *     opened
   */
  DeviceDriver open(String selector);
}
