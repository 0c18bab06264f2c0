package dev.tilewright.ptx;

import dev.tilewright.ir.Location;
import java.util.List;
import java.util.stream.Collectors;

/** {@code ptxas} is absent, did not finish, or refused the code. */
public final class PtxasException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Diagnostic> diagnostics;

  /**
   * One complaint of {@code ptxas}.
   *
   * @param line the line of the PTX text, from 1; 0 when it is about none
   * @param location the Java line that the PTX line was made from
   */
  public record Diagnostic(int line, Location location, String message) {
    @Override
    public String toString() {
      String place = location.known() ? location + ": " : "";
      return place + message + (line > 0 ? " (PTX line " + line + ")" : "");
    }
  }

  PtxasException(String message, List<Diagnostic> diagnostics) {
    super(diagnostics.stream().map(d -> "\n  " + d).collect(Collectors.joining("", message, "")));
    this.diagnostics = List.copyOf(diagnostics);
  }

  PtxasException(String message, Throwable cause) {
    super(message, cause);
    this.diagnostics = List.of();
  }

  public List<Diagnostic> diagnostics() {
    return diagnostics;
  }
}
