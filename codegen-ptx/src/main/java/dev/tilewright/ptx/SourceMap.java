package dev.tilewright.ptx;

import dev.tilewright.ir.Location;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which Java line each line of a PTX text was made from, by its {@code .file} and {@code .loc}. */
public final class SourceMap {
  private static final Pattern FILE = Pattern.compile("\\s*\\.file\\s+(\\d+)\\s+\"([^\"]*)\".*");
  private static final Pattern LOC = Pattern.compile("\\s*\\.loc\\s+(\\d+)\\s+(\\d+)\\s+\\d+.*");

  private final TreeMap<Integer, Location> from = new TreeMap<>();

  private SourceMap() {}

  /** Reads the directives of a PTX text. */
  public static SourceMap of(String ptx) {
    SourceMap map = new SourceMap();
    Map<String, String> files = new HashMap<>();
    List<String> lines = ptx.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      Matcher file = FILE.matcher(lines.get(i));
      Matcher loc = LOC.matcher(lines.get(i));
      if (file.matches()) {
        files.put(file.group(1), file.group(2));
      } else if (loc.matches()) {
        String path = files.getOrDefault(loc.group(1), "unknown");
        map.from.put(i + 1, SourceFile.location(path, Integer.parseInt(loc.group(2))));
      }
    }
    return map;
  }

  /**
   * Where the instruction on that line comes from; unknown before the first {@code .loc}.
   *
   * @param line a line of the text, from 1
   */
  public Location locationOf(int line) {
    Map.Entry<Integer, Location> nearest = from.floorEntry(line);
    return nearest == null ? Location.UNKNOWN : nearest.getValue();
  }
}
