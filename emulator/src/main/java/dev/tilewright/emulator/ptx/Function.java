package dev.tilewright.emulator.ptx;

import java.util.List;
import java.util.Map;

/**
 * An {@code .entry} or {@code .func}.
 *
 * @param attributes performance directives by name ({@code maxntid}, {@code reqntid}, …) with their
 *     numbers
 * @param declared false when only a prototype was given
 */
public record Function(
    String name,
    boolean entry,
    List<Variable> results,
    List<Variable> parameters,
    Map<String, List<Integer>> attributes,
    boolean declared,
    List<Statement> body,
    int line) {
  public Function {
    results = List.copyOf(results);
    parameters = List.copyOf(parameters);
    attributes = Map.copyOf(attributes);
    body = List.copyOf(body);
  }
}
