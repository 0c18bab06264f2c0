package dev.tilewright;

/**
 * A kernel's {@code define} did what no kernel may do. The message is the {@link Diagnostic}
 * rendered for a terminal, source line and caret included.
 */
public final class KernelDefinitionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Diagnostic diagnostic;

  KernelDefinitionException(Diagnostic diagnostic) {
    super(DiagnosticRenderer.standard().render(diagnostic));
    this.diagnostic = diagnostic;
  }

  /** The error as data. */
  public Diagnostic diagnostic() {
    return diagnostic;
  }

  /** The stable code, such as {@code TW-D002}. */
  public String code() {
    return diagnostic.code();
  }
}
