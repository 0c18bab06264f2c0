package dev.tilewright.runtime.spi;

/** A point in a stream's work that others can wait for or measure from. */
public interface EventDriver extends AutoCloseable {

  /** Returns when the recorded point has been reached. */
  void synchronize();

  /** The time from {@code start} to this event, in nanoseconds. Both must have been reached. */
  long nanosSince(EventDriver start);

  /** Releases the event. Closing twice is allowed. */
  @Override
  void close();
}
