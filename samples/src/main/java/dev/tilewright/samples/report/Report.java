package dev.tilewright.samples.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tilewright.samples.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A table with the facts it was made under.
 *
 * @param facts machine, date, versions: whatever a reader needs to judge the rows
 * @param columns the columns' names
 * @param rows each with a value for every column
 */
public record Report(
    String title,
    SequencedMap<String, String> facts,
    List<String> columns,
    List<List<Object>> rows) {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public Report {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
  }

  /**
   * Writes {@code stem.md} and {@code stem.json}, making their folder if need be.
   *
   * @throws InputException if they cannot be written
   */
  public void write(Path stem) {
    try {
      Path folder = stem.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(withSuffix(stem, ".md"), markdown());
      Files.writeString(withSuffix(stem, ".json"), json());
    } catch (IOException failure) {
      throw new InputException(stem + ": the report cannot be written: " + failure.getMessage());
    }
  }

  private static Path withSuffix(Path stem, String suffix) {
    return stem.resolveSibling(stem.getFileName() + suffix);
  }

  /** The report for a person. */
  public String markdown() {
    StringBuilder text = new StringBuilder("# ").append(title).append("\n\n");
    facts.forEach(
        (name, value) -> text.append("- ").append(name).append(": ").append(value).append('\n'));
    text.append('\n');
    appendRow(text, columns);
    appendRow(text, columns.stream().map(_ -> "---").toList());
    rows.forEach(row -> appendRow(text, row.stream().map(Report::cell).toList()));
    return text.toString();
  }

  private static void appendRow(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String cell(Object value) {
    return value instanceof Double number ? "%.4g".formatted(number) : value.toString();
  }

  /** The report for a program: the same rows, as objects. */
  public String json() throws IOException {
    List<Map<String, Object>> objects = new ArrayList<>();
    for (List<Object> row : rows) {
      Map<String, Object> object = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        object.put(columns.get(i), row.get(i));
      }
      objects.add(object);
    }
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("title", title);
    whole.put("facts", facts);
    whole.put("rows", objects);
    return JSON.writeValueAsString(whole) + "\n";
  }
}
