package dev.tilewright.ptx;

import dev.tilewright.ir.Location;

/** How a {@link Location} is written in {@code .file} and {@code .loc}, and read back. */
final class SourceFile {
  private SourceFile() {}

  /** The file's path below a source root: {@code dev/tilewright/samples/Matmul.java}. */
  static String path(Location location) {
    int packageEnd = location.className().lastIndexOf('.');
    String folder = location.className().substring(0, packageEnd + 1).replace('.', '/');
    return folder + location.file();
  }

  /** The location of a line in such a file; the class is the file's top-level one. */
  static Location location(String path, int line) {
    String file = path.substring(path.lastIndexOf('/') + 1);
    String className =
        path.endsWith(".java") ? path.substring(0, path.length() - ".java".length()) : path;
    return new Location(className.replace('/', '.'), file, line);
  }
}
