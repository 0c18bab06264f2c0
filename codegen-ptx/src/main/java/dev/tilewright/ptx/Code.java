package dev.tilewright.ptx;

import dev.tilewright.ir.Location;
import java.util.ArrayList;
import java.util.List;

/** The instructions of one kernel, as text in the making. */
final class Code {
  private final StringBuilder text = new StringBuilder();
  private final Registers registers = new Registers();
  private final List<String> files = new ArrayList<>();
  private Location current = Location.UNKNOWN;
  private int labels;

  /** The PTX ISA that holds all instructions: 10 times the major number, and the minor. */
  private int version = 78;

  /** An instruction that came with this version of the PTX ISA is used. */
  void needs(int isaVersion) {
    version = Math.max(version, isaVersion);
  }

  /** The {@code .version} line. */
  String versionDirective() {
    return ".version " + version / 10 + "." + version % 10 + "\n";
  }

  String fresh(RegisterKind kind) {
    return registers.fresh(kind);
  }

  /** The {@code .reg} lines of all registers. */
  String declarations() {
    return registers.declarations();
  }

  /** An instruction whose first operand is a new register for its result, which is returned. */
  String compute(RegisterKind kind, String opcode, String... sources) {
    String result = registers.fresh(kind);
    String[] operands = new String[sources.length + 1];
    operands[0] = result;
    System.arraycopy(sources, 0, operands, 1, sources.length);
    emit(opcode, operands);
    return result;
  }

  void emit(String opcode, String... operands) {
    text.append('\t');
    instruction(opcode, operands);
  }

  /** An instruction that only threads with a true predicate execute. */
  void emitIf(String predicate, String opcode, String... operands) {
    text.append("\t@").append(predicate).append(' ');
    instruction(opcode, operands);
  }

  private void instruction(String opcode, String... operands) {
    text.append(opcode);
    for (int i = 0; i < operands.length; i++) {
      text.append(i == 0 ? " " : ", ").append(operands[i]);
    }
    text.append(";\n");
  }

  /** A name for a place in the code that nothing else has. */
  String newLabel() {
    return "$L" + labels++;
  }

  void label(String name) {
    text.append(name).append(":\n");
  }

  /** Advice for the loop whose head is here. */
  void pragma(String advice) {
    text.append("\t.pragma \"").append(advice).append("\";\n");
  }

  /** What follows was made by that line of Java; nothing is said when the line is not known. */
  void at(Location location) {
    if (location.known() && !location.equals(current)) {
      current = location;
      text.append("\t.loc %d %d 0\n".formatted(fileNumber(location), location.line()));
    }
  }

  private int fileNumber(Location location) {
    String path = SourceFile.path(location);
    int index = files.indexOf(path);
    if (index < 0) {
      files.add(path);
      index = files.size() - 1;
    }
    return index + 1;
  }

  /** The {@code .file} lines that the {@code .loc} lines refer to. */
  String fileDirectives() {
    StringBuilder directives = new StringBuilder();
    for (int i = 0; i < files.size(); i++) {
      directives.append(".file %d \"%s\"\n".formatted(i + 1, files.get(i)));
    }
    return directives.toString();
  }

  static String vector(List<String> registers) {
    return "{" + String.join(", ", registers) + "}";
  }

  /** The operand {@code [base + offset]}. */
  static String address(String base, int offset) {
    return offset == 0 ? "[" + base + "]" : "[" + base + "+" + offset + "]";
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
