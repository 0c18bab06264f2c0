package dev.tilewright;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Location;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How errors look, and where their source lines come from. */
class DiagnosticRendererTest {
  private static final String SOURCE =
      """
      package my.kernels;

      class Scale {
      \tvoid define(KernelBuilder k) {
          x.plus(k.zeros(F32, f(8))).plus(1);
          x.mma(a,
              b);
        }
      }
      """;

  @TempDir Path folder;

  private static Location at(int line) {
    return new Location("my.kernels.Scale$Inner", "Scale.java", line);
  }

  private static Diagnostic error(int line, String call) {
    return new Diagnostic("TW-X", "wrong", at(line), call, List.of(), Optional.empty());
  }

  private void write(String module) throws IOException {
    Path source = folder.resolve(module).resolve("my/kernels/Scale.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, SOURCE);
  }

  private String marked(int line, String call) throws IOException {
    write("src/main/java");
    return DiagnosticRenderer.at(folder)
        .render(error(line, call))
        .lines()
        .skip(3)
        .reduce((above, below) -> above + "\n" + below)
        .orElseThrow();
  }

  @Test
  void theCaretCoversTheCallUpToItsParenthesis() throws IOException {
    assertEquals(
        """
        5 |     x.plus(k.zeros(F32, f(8))).plus(1);
          |              ^^^^^^^^^^^^^^^^\
        """,
        marked(5, "zeros"));
  }

  @Test
  void aCallThatOccursTwiceMarksTheStatement() throws IOException {
    assertEquals(
        """
        5 |     x.plus(k.zeros(F32, f(8))).plus(1);
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\
        """,
        marked(5, "plus"));
  }

  @Test
  void aCallThatGoesOnMarksTheRestOfTheLine() throws IOException {
    assertEquals(
        """
        6 |     x.mma(a,
          |       ^^^^^^\
        """,
        marked(6, "mma"));
  }

  @Test
  void tabsDoNotShiftTheCaret() throws IOException {
    assertEquals(
        """
        4 |  void define(KernelBuilder k) {
          |       ^^^^^^^^^^^^^^^^^^^^^^^\
        """,
        marked(4, "define"));
  }

  @Test
  void errorsOfPassesLookTheSame() throws IOException {
    write("src/main/java");
    assertEquals(
        """
        error[TW-C004]: too much shared memory
         --> Scale.java:5
          |
        5 |     x.plus(k.zeros(F32, f(8))).plus(1);
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\
        """,
        DiagnosticRenderer.at(folder)
            .render(new CompileException("TW-C004", at(5), "too much shared memory")));
    assertEquals(
        "error[TW-C005]: no place",
        DiagnosticRenderer.at(folder)
            .render(new CompileException("TW-C005", Location.UNKNOWN, "no place")));
  }

  @Test
  void sourcesOfNeighbouringModulesAreFound() throws IOException {
    Files.createDirectories(folder.resolve("app/target"));
    Files.writeString(folder.resolve("pom.xml"), "<project/>");
    write("kernels/src/test/java");
    String text = DiagnosticRenderer.at(folder.resolve("app/target")).render(error(6, "mma"));
    assertEquals("6 |     x.mma(a,", text.lines().skip(3).findFirst().orElse(""));
  }

  @Test
  void sourcesOnTheClassPathAreFound() throws IOException {
    write("jar");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.resolve("jar").toUri().toURL()})) {
      thread.setContextClassLoader(loader);
      String text = DiagnosticRenderer.at(folder.resolve("none")).render(error(6, "mma"));
      assertEquals("6 |     x.mma(a,", text.lines().skip(3).findFirst().orElse(""));
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void withoutSourceOnlyThePlaceIsShown() {
    assertEquals(
        """
        error[TW-X]: wrong
          --> Scale.java:12 (source unavailable)\
        """,
        DiagnosticRenderer.at(folder).render(error(12, "mma")));
  }

  @Test
  void aLineBeyondTheSourceIsUnavailable() throws IOException {
    write("src/main/java");
    assertEquals(
        """
        error[TW-X]: wrong
           --> Scale.java:100 (source unavailable)\
        """,
        DiagnosticRenderer.at(folder).render(error(100, "mma")));
  }
}
