package dev.tilewright.samples.mutation;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A synchronisation in PTX text: one instruction, or an instruction with the branch that belongs to
 * it ({@code elect.sync} and the branch around what the elected thread does; the label, the {@code
 * try_wait} and the branch back).
 *
 * @param first the index of its first line
 * @param last the index of its last line
 */
record Unit(List<String> lines, int first, int last) {
  private static final Pattern SYNCHRONISATION =
      Pattern.compile(
          "(mbarrier|fence|bar|barrier|setmaxnreg|elect|griddepcontrol)\\..*"
              + "|wgmma\\.(fence|commit_group|wait_group).*"
              + "|cp\\.async\\.(bulk\\.)?(commit_group|wait_group|wait_all|mbarrier).*");
  private static final Pattern MEMORY =
      Pattern.compile("(ld\\.(global|shared)|st|atom|red|cp|wgmma|ldmatrix|stmatrix|ret)\\b.*");
  private static final Pattern REGISTER = Pattern.compile("%(p|h|r|rd|f)\\d+");
  private static final Pattern WRITES_NOTHING =
      Pattern.compile("(@\\S+ )?(bra|st|cp|fence|bar|barrier|mbarrier\\.(init|arrive)|\\$).*");

  /** Every synchronisation of the code, in order. */
  static List<Unit> all(List<String> lines) {
    List<Unit> units = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!SYNCHRONISATION.matcher(line).matches()) {
        continue;
      }
      if (line.startsWith("mbarrier.try_wait")) {
        units.add(new Unit(lines, i - 1, i + 1));
      } else if (line.startsWith("elect.sync")) {
        units.add(new Unit(lines, i, i + 1));
      } else {
        units.add(new Unit(lines, i, i));
      }
    }
    return units;
  }

  /** Whether the line orders threads or accesses memory. */
  static boolean significant(String line) {
    return SYNCHRONISATION.matcher(line).matches() || MEMORY.matcher(line).matches();
  }

  String instruction() {
    return lines.get(lines.get(first).startsWith("$") ? first + 1 : first);
  }

  boolean waits() {
    return instruction().startsWith("mbarrier.try_wait");
  }

  /** The operation without its operands. */
  static String operation(String line) {
    return line.replaceFirst("^@\\S+ ", "").split("[ ;]", 2)[0];
  }

  static String family(String instruction) {
    String operation = operation(instruction);
    if (operation.startsWith("mbarrier.arrive.expect_tx")) {
      return "mbarrier.arrive.expect_tx";
    }
    if (operation.startsWith("cp.async.bulk")) {
      return operation.replaceAll("\\.read", "");
    }
    String[] parts = operation.split("\\.", -1);
    return parts[0].equals("setmaxnreg") || parts.length < 2 ? parts[0] : parts[0] + "." + parts[1];
  }

  /** The index of the {@code count}-th significant line from here, or -1; backwards if negative. */
  int neighbour(int count) {
    int step = Integer.signum(count);
    int left = Math.abs(count);
    for (int i = count < 0 ? first - 1 : last + 1; i >= 0 && i < lines.size(); i += step) {
      if (significant(lines.get(i)) && --left == 0) {
        return i;
      }
    }
    return -1;
  }

  String place() {
    return around(-2) + ", " + around(-1) + " | " + around(1) + ", " + around(2) + ", " + around(3);
  }

  private String around(int count) {
    int at = neighbour(count);
    return at < 0 ? "-" : operation(lines.get(at));
  }

  /**
   * Whether it can change places with the lines from {@code from} on without touching registers.
   */
  boolean independentOf(int from, int to) {
    Set<String> mine = new HashSet<>();
    Set<String> defined = new HashSet<>();
    for (int i = first; i <= last; i++) {
      mine.addAll(registers(lines.get(i)));
      defined.addAll(definitions(lines.get(i)));
    }
    for (int i = from; i <= to; i++) {
      for (String register : definitions(lines.get(i))) {
        if (mine.contains(register)) {
          return false;
        }
      }
      for (String register : registers(lines.get(i))) {
        if (defined.contains(register)) {
          return false;
        }
      }
    }
    return true;
  }

  private static List<String> registers(String line) {
    List<String> found = new ArrayList<>();
    Matcher matcher = REGISTER.matcher(line);
    while (matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  private static List<String> definitions(String line) {
    if (WRITES_NOTHING.matcher(line).matches()) {
      return List.of();
    }
    int comma = line.indexOf(',');
    int brace = line.indexOf('}');
    boolean list = line.contains(" {");
    int end = list && brace >= 0 ? brace : comma;
    return registers(end < 0 ? line : line.substring(0, end));
  }
}
