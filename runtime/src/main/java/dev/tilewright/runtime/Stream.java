package dev.tilewright.runtime;

import dev.tilewright.runtime.spi.StreamDriver;

/**
 * A queue of work on one device: copies, launches, waits. Work runs in the order it was put in, and
 * beside the work of other streams.
 */
public final class Stream implements AutoCloseable {
  private final Device device;
  private final StreamDriver driver;
  private final Workspaces workspaces;
  private final OpenState state = new OpenState("a stream");

  Stream(Device device, StreamDriver driver) {
    this.device = device;
    this.driver = driver;
    this.workspaces = new Workspaces(device.driver(), driver);
  }

  /** The device that the work runs on. */
  public Device device() {
    return device;
  }

  /** Marks this point of the stream in {@code event}, replacing what it marked before. */
  public void record(Event event) {
    driver().record(event.driverFor(device));
  }

  /** Makes later work on this stream wait until {@code event} is reached. */
  public void await(Event event) {
    driver().await(event.driverFor(device));
  }

  /**
   * Returns when all work on this stream has finished.
   *
   * @throws DeviceException if some of it failed
   */
  public void synchronize() {
    driver().synchronize();
  }

  /** The driver, if stream and device are open. */
  StreamDriver driver() {
    device.driver();
    state.ensureOpen();
    return driver;
  }

  /** Memory for the kernels launched here. */
  Workspaces workspaces() {
    return workspaces;
  }

  StreamDriver driverFor(Device other) {
    if (!device.equals(other)) {
      throw new IllegalArgumentException(
          "TW-R003: a stream of " + device + " cannot take work of " + other);
    }
    return driver();
  }

  boolean isOpen() {
    return state.isOpen() && device.isOpen();
  }

  /** Finishes the work and releases the stream. Closing twice is allowed. */
  @Override
  public void close() {
    if (state.close() && device.isOpen()) {
      device.forget(this);
      workspaces.close();
      driver.close();
    }
  }
}
