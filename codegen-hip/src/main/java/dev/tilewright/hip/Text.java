package dev.tilewright.hip;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The body of a function as it is written, and which helpers it needs. */
final class Text {
  private static final String DEVICE =
      "static __attribute__((device)) __attribute__((always_inline))";

  private final StringBuilder body = new StringBuilder();
  private final Set<Helper> helpers = new TreeSet<>();
  private final SortedMap<String, FloatType> tables = new TreeMap<>();
  private int depth = 1;
  private Location at = Location.UNKNOWN;

  /** Says which Java line the statements to come are made from. */
  void at(Location location) {
    if (location.known() && !location.equals(at)) {
      at = location;
      body.append("#line ").append(location.line()).append(" \"");
      body.append(location.file().replace("\\", "\\\\").replace("\"", "\\\"")).append("\"\n");
    }
  }

  void line(String text) {
    body.append("  ".repeat(depth)).append(text).append('\n');
  }

  void open(String text) {
    line(text + " {");
    depth++;
  }

  void close() {
    depth--;
    line("}");
  }

  void reopen(String text) {
    depth--;
    line("} " + text + " {");
    depth++;
  }

  /** The helper's name, which is then defined in front of the function. */
  String call(Helper helper) {
    helpers.add(helper);
    helpers.addAll(helper.needs());
    return helper.name;
  }

  /** The name of a table of the type's numbers by their codes. */
  String table(FloatType type) {
    tables.put(type.name(), type);
    return "tw_" + type.name();
  }

  /** What stands in front of the function: tables, then helpers. */
  String preamble() {
    StringBuilder preamble = new StringBuilder();
    for (FloatType type : tables.values()) {
      preamble.append("static __attribute__((constant)) const f32 tw_").append(type.name());
      preamble.append("[").append(1 << type.bits()).append("] = {");
      for (int code = 0; code < 1 << type.bits(); code++) {
        preamble.append(code % 8 == 0 ? "\n  " : " ");
        preamble.append(HipTypes.literal(DType.F32, Literal.of(type.decode(code)))).append(',');
      }
      preamble.append("\n};\n\n");
    }
    for (Helper helper : helpers) {
      preamble.append(helper.definition.replace("DEVICE", DEVICE)).append('\n');
    }
    return preamble.toString();
  }

  @Override
  public String toString() {
    return body.toString();
  }
}
