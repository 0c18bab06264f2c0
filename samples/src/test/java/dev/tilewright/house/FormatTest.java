package dev.tilewright.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every Java file is formatted by google-java-format. {@code -Dformat.update=true} formats instead
 * of checking.
 *
 * <p>It runs as a child process of the JDK that runs the tests: a Maven plugin would run on Maven's
 * own JDK, which may be too old to parse the sources.
 */
class FormatTest {
  private static final List<String> COMPILER_PACKAGES =
      List.of("api", "code", "file", "main", "parser", "tree", "util");

  @Test
  void sourcesAreFormatted() throws IOException, InterruptedException {
    List<String> sources = sources(Path.of("..").toRealPath());
    assertFalse(sources.isEmpty());
    boolean update = Boolean.getBoolean("format.update");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String name : COMPILER_PACKAGES) {
      command.add("--add-exports=jdk.compiler/com.sun.tools.javac." + name + "=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-cp", System.getProperty("java.class.path"), "com.google.googlejavaformat.java.Main"));
    command.addAll(update ? List.of("--replace") : List.of("--dry-run", "--set-exit-if-changed"));
    Path arguments = Files.createTempFile("sources", ".args");
    try {
      Files.write(arguments, sources);
      command.add("@" + arguments);
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(
          0,
          process.waitFor(),
          "not formatted (run the test with -Dformat.update=true):\n" + output);
    } finally {
      Files.delete(arguments);
    }
  }

  private static List<String> sources(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> root.relativize(file).toString().contains("src/"))
          .filter(file -> !root.relativize(file).toString().contains("target/"))
          .map(Path::toString)
          .sorted()
          .toList();
    }
  }
}
