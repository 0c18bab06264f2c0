package dev.tilewright.samples.mutation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Makes every mutant of one kernel's code; two changes that give the same code count once. */
final class Mutations {
  private static final Pattern LAST_NUMBER = Pattern.compile("(?<=[ ,])(\\d+);$");
  private static final int HOPS = 2;

  private final String kernel;
  private final List<String> lines;
  private final Set<String> seen = new HashSet<>();
  private final List<Mutant> mutants = new ArrayList<>();

  private Mutations(String kernel, String code) {
    this.kernel = kernel;
    this.lines = code.lines().map(String::strip).filter(line -> !line.startsWith(".loc")).toList();
    seen.add(String.join("\n", lines));
  }

  static List<Mutant> of(String kernel, String code) {
    Mutations mutations = new Mutations(kernel, code);
    for (Unit unit : Unit.all(mutations.lines)) {
      mutations.add(unit);
    }
    return List.copyOf(mutations.mutants);
  }

  private void add(Unit unit) {
    int end = unit.last() + 1;
    add(unit, Change.DROP, "", List.of(before(unit), lines.subList(end, lines.size())));
    add(
        unit,
        Change.DUPLICATE,
        "",
        List.of(lines.subList(0, end), copy(unit), lines.subList(end, lines.size())));
    for (int hops = 1; hops <= HOPS; hops++) {
      int to = start(unit.neighbour(-hops));
      if (to >= 0 && unit.independentOf(to, unit.first() - 1)) {
        add(
            unit,
            Change.EARLIER,
            crossed(to, unit.first() - 1),
            List.of(
                lines.subList(0, to),
                body(unit),
                lines.subList(to, unit.first()),
                lines.subList(end, lines.size())));
      }
      int past = end(unit.neighbour(hops));
      if (past >= 0 && !lines.get(past).startsWith("ret") && unit.independentOf(end, past)) {
        add(
            unit,
            Change.LATER,
            crossed(end, past),
            List.of(
                before(unit),
                lines.subList(end, past + 1),
                body(unit),
                lines.subList(past + 1, lines.size())));
      }
    }
    alter(unit);
  }

  /** Where the unit begins that the line is part of: its label, if it waits. */
  private int start(int line) {
    return line >= 0 && lines.get(line).startsWith("mbarrier.try_wait") ? line - 1 : line;
  }

  /** Where the unit ends that the line is part of: its branch, if it waits or elects. */
  private int end(int line) {
    return line >= 0 && lines.get(line).matches("(mbarrier\\.try_wait|elect).*") ? line + 1 : line;
  }

  private void alter(Unit unit) {
    String line = unit.instruction();
    Matcher number = LAST_NUMBER.matcher(line);
    List<String> altered = new ArrayList<>();
    if (unit.waits()) {
      altered.add(line.replaceFirst("(%r\\d+);$", "1;"));
      altered.add(line.replaceFirst("(%r\\d+);$", "0;"));
    } else if (number.find()) {
      int value = Integer.parseInt(number.group(1));
      int step = line.contains("expect_tx") ? 16 : line.startsWith("setmaxnreg") ? 8 : 1;
      step = line.matches("bar\\.sync \\d+, .*") ? 32 : step;
      altered.add(number.replaceFirst(value + step + ";"));
      if (value >= step) {
        altered.add(number.replaceFirst(value - step + ";"));
      }
    }
    int at = lines.get(unit.first()).equals(line) ? unit.first() : unit.first() + 1;
    for (String other : altered) {
      add(
          unit,
          Change.ALTER,
          other,
          List.of(lines.subList(0, at), List.of(other), lines.subList(at + 1, lines.size())));
    }
  }

  private List<String> before(Unit unit) {
    return lines.subList(0, unit.first());
  }

  private List<String> body(Unit unit) {
    return lines.subList(unit.first(), unit.last() + 1);
  }

  /** The unit once more; a label of its own for a wait, whose branch goes back. */
  private List<String> copy(Unit unit) {
    List<String> body = body(unit);
    if (!unit.waits()) {
      return body;
    }
    String label = body.getFirst().replace(":", "");
    return body.stream().map(line -> line.replace(label, label + "_again")).toList();
  }

  private String crossed(int from, int to) {
    return lines.subList(from, to + 1).stream()
        .filter(Unit::significant)
        .map(Unit::operation)
        .collect(Collectors.joining(", "));
  }

  private void add(Unit unit, Change change, String crossed, List<List<String>> parts) {
    String text = parts.stream().flatMap(List::stream).collect(Collectors.joining("\n", "", "\n"));
    if (seen.add(text.strip())) {
      mutants.add(
          new Mutant(
              kernel, change, unit.instruction(), unit.place(), crossed, mutants.size(), text));
    }
  }
}
