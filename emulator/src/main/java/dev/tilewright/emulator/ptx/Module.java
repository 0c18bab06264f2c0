package dev.tilewright.emulator.ptx;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A PTX module as it was written.
 *
 * @param target the first name after {@code .target}
 * @param files the paths {@code .file} declared, by index
 */
public record Module(
    String version,
    String target,
    int addressSize,
    Map<Integer, String> files,
    List<Variable> variables,
    List<Function> functions) {
  public Module {
    files = Map.copyOf(files);
    variables = List.copyOf(variables);
    functions = List.copyOf(functions);
  }

  /** {@code File.java:42} for a position, if the file is known. */
  public Optional<String> describe(SourcePosition position) {
    String path = files.get(position.file());
    if (path == null) {
      return Optional.empty();
    }
    return Optional.of(path.substring(path.lastIndexOf('/') + 1) + ":" + position.line());
  }
}
