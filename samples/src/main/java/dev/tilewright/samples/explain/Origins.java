package dev.tilewright.samples.explain;

import dev.tilewright.ir.Location;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Short names of source lines for the page, {@code file:line} with files counted from 0. */
final class Origins {
  /** A source file with lines that were named, the last of them known. */
  record SourceFile(int number, Location example, int lastLine) {}

  private final Map<String, SourceFile> files = new LinkedHashMap<>();
  private final Set<String> named = new HashSet<>();

  /** The name of a line; empty when it is unknown. */
  Optional<String> name(Location location) {
    if (!location.known()) {
      return Optional.empty();
    }
    String path = path(location);
    SourceFile before = files.getOrDefault(path, new SourceFile(files.size(), location, 0));
    int lastLine = Math.max(before.lastLine(), location.line());
    files.put(path, new SourceFile(before.number(), before.example(), lastLine));
    String name = name(before, location.line());
    named.add(name);
    return Optional.of(name);
  }

  private static String name(SourceFile file, int line) {
    return file.number() + ":" + line;
  }

  /** The name of a line that was named before; empty for all others. */
  Optional<String> find(SourceFile file, int line) {
    return Optional.of(name(file, line)).filter(named::contains);
  }

  /** All files in which lines were named, in that order. */
  List<SourceFile> files() {
    return new ArrayList<>(files.values());
  }

  /** The file's path below a source root: one name for all classes in it. */
  private static String path(Location location) {
    int packageEnd = location.className().lastIndexOf('.');
    return location.className().substring(0, packageEnd + 1).replace('.', '/') + location.file();
  }
}
