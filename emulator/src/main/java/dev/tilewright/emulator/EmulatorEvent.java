package dev.tilewright.emulator;

import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.spi.EventDriver;

/** A moment of host time: work is done when it has been put on a stream. */
final class EmulatorEvent implements EventDriver {
  private volatile long nanos;
  private volatile boolean recorded;

  void record() {
    nanos = System.nanoTime();
    recorded = true;
  }

  @Override
  public void synchronize() {
    requireRecorded();
  }

  @Override
  public long nanosSince(EventDriver start) {
    if (!(start instanceof EmulatorEvent other)) {
      throw new DeviceException("emulator: the start event belongs to another device family");
    }
    requireRecorded();
    other.requireRecorded();
    return nanos - other.nanos;
  }

  private void requireRecorded() {
    if (!recorded) {
      throw new DeviceException("emulator: the event has not been recorded");
    }
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
