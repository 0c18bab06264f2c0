package dev.tilewright;

import dev.tilewright.ir.Location;
import java.util.List;
import java.util.Optional;

/**
 * An error in the user's program, as data. {@link DiagnosticRenderer} makes text of it.
 *
 * @param code the stable code, such as {@code TW-D002}
 * @param message what is wrong, in one sentence without full stop
 * @param location where it is wrong
 * @param call the method called there, which the caret points at; empty when unknown
 * @param notes where the things involved come from
 * @param help what would be right
 */
public record Diagnostic(
    String code,
    String message,
    Location location,
    String call,
    List<Note> notes,
    Optional<String> help) {

  /**
   * A line that has to do with an error.
   *
   * @param message what it has to do with it
   * @param location the line
   * @param call the method called there; empty when unknown
   */
  public record Note(String message, Location location, String call) {}

  public Diagnostic {
    notes = List.copyOf(notes);
  }
}
