package dev.tilewright;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Expected texts under src/test/resources; {@code -Dgolden.update=true} writes them anew. */
final class Golden {
  private static final Path ROOT = Path.of("src/test/resources");

  private Golden() {}

  static void check(String file, String actual) throws IOException {
    Path path = ROOT.resolve(file);
    String text = actual.endsWith("\n") ? actual : actual + "\n";
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(path.getParent());
      Files.writeString(path, text);
    }
    assertTrue(Files.exists(path), path + " is missing: run with -Dgolden.update=true and review");
    assertEquals(Files.readString(path), text, path.toString());
  }
}
