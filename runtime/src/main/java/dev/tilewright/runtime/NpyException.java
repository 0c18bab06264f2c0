package dev.tilewright.runtime;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A {@code .npy} file cannot be read or written. The message is one line: a stable code, the file,
 * what is wrong with it.
 */
public final class NpyException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What can be wrong. */
  public enum Problem {
    /** The file is missing, no regular file, or reading it failed. */
    UNREADABLE("TW-N001"),
    /** The file does not begin as a {@code .npy} file does. */
    MAGIC("TW-N002"),
    /** The format's version is not 1, 2 or 3. */
    VERSION("TW-N003"),
    /** The header is not the dictionary it should be. */
    HEADER("TW-N004"),
    /** The element type has no counterpart here: objects, strings, records, complex numbers. */
    DTYPE("TW-N005"),
    /** The shape has more elements than can be held. */
    SIZE("TW-N006"),
    /** The file ends early. */
    TRUNCATED("TW-N007"),
    /** Something follows the last element. */
    TRAILING("TW-N008"),
    /** The file cannot be written. */
    UNWRITABLE("TW-N009");

    private final String code;

    Problem(String code) {
      this.code = code;
    }

    /** The stable code, such as {@code TW-N007}. */
    public String code() {
      return code;
    }
  }

  private final Problem problem;

  NpyException(Problem problem, Path file, String detail) {
    super(problem.code() + ": " + file + ": " + detail);
    this.problem = problem;
  }

  NpyException(Problem problem, Path file, String detail, Throwable cause) {
    this(problem, file, detail);
    initCause(cause);
  }

  public Problem problem() {
    return problem;
  }
}
