package dev.tilewright.layout;

/** A layout operation was refused and the caller had asked for its value ({@code orThrow}). */
public final class LayoutException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private final transient Reason reason;

  public LayoutException(Reason reason) {
    super(reason.code() + ": " + reason.sentence());
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
