package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.EventDriver;

/** A point in a stream's work that others can wait for or measure from. */
public final class Event implements AutoCloseable {
  private final Device device;
  private final EventDriver driver;
  private final OpenState state = new OpenState("an event");

  Event(Device device, EventDriver driver) {
    this.device = device;
    this.driver = driver;
  }

  /** Returns when the recorded point has been reached. */
  public void synchronize() {
    driverFor(device).synchronize();
  }

  /**
   * The time from {@code start} to this event on the device's clock, in nanoseconds. Both must have
   * been reached.
   */
  public long nanosSince(Event start) {
    return driverFor(device).nanosSince(start.driverFor(device));
  }

  EventDriver driverFor(Device other) {
    if (!device.equals(other)) {
      throw new IllegalArgumentException(
          "TW-R003: an event of " + device + " cannot be used on " + other);
    }
    device.driver();
    state.ensureOpen();
    return driver;
  }

  /** Releases the event. Closing twice is allowed. */
  @Override
  public void close() {
    if (state.close() && device.isOpen()) {
      driver.close();
    }
  }
}
