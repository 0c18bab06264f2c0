package dev.tilewright.samples.explain;

import dev.tilewright.ir.Location;
import dev.tilewright.ptx.SourceMap;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text of the compilation, with the Java line that each of its lines comes from.
 *
 * @param title what it is, in a word or two
 */
record CodeListing(String title, List<Line> lines) {

  /** A line of text and its origin, which may be unknown. */
  record Line(String text, Location origin) {}

  /** How both forms of IR end the line of an operation, before the brace of its region. */
  private static final Pattern LOCATION =
      Pattern.compile(" loc\\(\"([^\"]*)\":(\\d+) in \"([^\"]*)\"\\)");

  CodeListing {
    lines = List.copyOf(lines);
  }

  /** Tile IR or thread IR as printed; the locations leave the text. */
  static CodeListing ofIr(String title, String printed) {
    return new CodeListing(
        title,
        printed
            .lines()
            .map(
                line -> {
                  Matcher found = LOCATION.matcher(line);
                  return found.find()
                      ? new Line(
                          line.substring(0, found.start()) + line.substring(found.end()),
                          new Location(
                              found.group(3), found.group(1), Integer.parseInt(found.group(2))))
                      : new Line(line, Location.UNKNOWN);
                })
            .toList());
  }

  /** PTX with its {@code .loc} directives, which stay. */
  static CodeListing ofPtx(String title, String ptx) {
    SourceMap map = SourceMap.of(ptx);
    List<Line> lines = new ArrayList<>();
    for (String line : ptx.lines().toList()) {
      Location origin = map.locationOf(lines.size() + 1);
      lines.add(new Line(line, line.strip().equals("}") ? Location.UNKNOWN : origin));
    }
    return new CodeListing(title, lines);
  }

  /** Whether a line of PTX is an instruction rather than a label, directive or brace. */
  static boolean isInstruction(String line) {
    String text = line.strip();
    return text.endsWith(";") && !text.startsWith(".");
  }
}
