package dev.tilewright.samples.explain;

import dev.tilewright.ir.Location;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One part of an explanation: a table whose rows are about lines of the source.
 *
 * @param remark what the figures mean; empty if that is plain
 * @param columns the names of the columns after the first, which is the line
 */
public record Section(String title, String remark, List<String> columns, List<Row> rows) {

  /** What is said of one line. */
  public record Row(Location location, List<String> cells) {
    public Row {
      cells = List.copyOf(cells);
    }

    /** The line in words. */
    String place() {
      return location.known() ? location.toString() : "-";
    }

    static Row of(Location location, Object... cells) {
      List<String> texts = new ArrayList<>();
      for (Object cell : cells) {
        texts.add(cell.toString());
      }
      return new Row(location, texts);
    }
  }

  public Section {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
  }

  /** With equal rows put together and counted: the stages of a pipeline repeat their accesses. */
  Section counted() {
    Map<Row, Integer> counts = new LinkedHashMap<>();
    rows.forEach(row -> counts.merge(row, 1, Integer::sum));
    List<String> more = new ArrayList<>(columns);
    more.add("places");
    List<Row> merged = new ArrayList<>();
    counts.forEach(
        (row, count) -> {
          List<String> cells = new ArrayList<>(row.cells());
          cells.add(count.toString());
          merged.add(new Row(row.location(), cells));
        });
    return new Section(title, remark, more, merged);
  }

  /** Whether a column has numbers only. */
  boolean isFigure(int column) {
    return rows.stream().allMatch(row -> row.cells().get(column).matches("[\\d.]+|-"));
  }

  /** The table in plain text, its columns aligned. */
  public String toText() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(line("line", columns));
    rows.forEach(row -> lines.add(line(row.place(), row.cells())));
    int[] widths = new int[columns.size() + 1];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder out = new StringBuilder(title).append('\n');
    if (!remark.isEmpty()) {
      out.append("  (").append(remark).append(")\n");
    }
    if (rows.isEmpty()) {
      return out.append("  none\n").toString();
    }
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder(" ");
      for (int i = 0; i < widths.length; i++) {
        text.append(' ').append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length()));
        text.append(' ');
      }
      out.append(text.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  private static List<String> line(String first, List<String> others) {
    List<String> line = new ArrayList<>(List.of(first));
    line.addAll(others);
    return line;
  }
}
