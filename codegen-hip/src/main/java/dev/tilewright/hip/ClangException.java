package dev.tilewright.hip;

/** {@code clang} is absent, did not finish, or refused the code. */
public final class ClangException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ClangException(String message) {
    super(message);
  }

  ClangException(String message, Throwable cause) {
    super(message, cause);
  }
}
