package dev.tilewright.runtime;

import java.util.concurrent.atomic.AtomicBoolean;

/** Whether a resource may still be used. */
final class OpenState {
  private final String what;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param what the resource, as an error message should call it
   */
  OpenState(String what) {
    this.what = what;
  }

  void ensureOpen() {
    if (closed.get()) {
      throw new IllegalStateException("TW-R002: " + what + " is used after it was closed");
    }
  }

  boolean isOpen() {
    return !closed.get();
  }

  /** Closes; true the first time. */
  boolean close() {
    return closed.compareAndSet(false, true);
  }
}
