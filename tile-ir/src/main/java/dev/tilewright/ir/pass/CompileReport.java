package dev.tilewright.ir.pass;

import dev.tilewright.ir.Location;
import java.util.ArrayList;
import java.util.List;

/** What the passes decided, in order: nothing they give up on is given up silently. */
public final class CompileReport {

  /**
   * @param pass the pass that decided
   * @param location the operation it is about
   * @param text one sentence: what was chosen, or what was not done and why
   */
  public record Note(String pass, Location location, String text) {}

  private final List<Note> notes = new ArrayList<>();

  public void note(Pass pass, Location location, String text) {
    note(pass.name(), location, text);
  }

  /** As {@link #note(Pass, Location, String)}, of a step that is no pass. */
  public void note(String step, Location location, String text) {
    notes.add(new Note(step, location, text));
  }

  public List<Note> notes() {
    return List.copyOf(notes);
  }
}
