package dev.tilewright;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every code has its golden file, is unique, and no golden file is left over. */
class DiagnosticCatalogueTest {

  @Test
  void codesAndGoldenFilesMatch() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/diagnostics"))) {
      assertEquals(
          Arrays.stream(Misuse.values()).map(Misuse::code).sorted().toList(),
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches("TW-D\\d{3}\\.txt"))
              .map(name -> name.substring(0, "TW-D000".length()))
              .sorted()
              .toList());
    }
  }
}
