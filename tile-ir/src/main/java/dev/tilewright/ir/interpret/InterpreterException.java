package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Location;

/** The program did what has no meaning; the message says what, where and in which block. */
public final class InterpreterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Location location;

  InterpreterException(Location location, String message) {
    super(message);
    this.location = location;
  }

  /** The operation's line. */
  public Location location() {
    return location;
  }
}
