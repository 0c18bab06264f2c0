package dev.tilewright.samples;

/** An input that the user can put right; the message is one line that says how. */
public final class InputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InputException(String message) {
    super(message);
  }

  /** The same problem as {@code cause}, whose message says it all. */
  public InputException(Exception cause) {
    super(cause.getMessage(), cause);
  }
}
