package dev.tilewright.ir;

/**
 * The program asks for what cannot be compiled.
 *
 * <p>The message says what is wrong and what would be right, without code or place: those are
 * rendered in one place, by the front end.
 */
public final class CompileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final transient Location location;

  /**
   * @param code a stable code, such as {@code TW-C004}
   * @param location the user's line
   */
  public CompileException(String code, Location location, String message) {
    super(message);
    this.code = code;
    this.location = location;
  }

  public String code() {
    return code;
  }

  public Location location() {
    return location;
  }
}
