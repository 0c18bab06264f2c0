package dev.tilewright;

import dev.tilewright.ir.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds the source text of the user's classes: in the Maven modules at, above and beside the
 * working directory, then as resources, which a sources jar on the class path provides.
 */
public final class SourceFiles {
  private static final List<String> ROOTS = List.of("src/main/java", "src/test/java");

  private final Path start;

  SourceFiles(Path start) {
    this.start = start.toAbsolutePath().normalize();
  }

  /** Looks at, above and beside the working directory and on the class path. */
  public static SourceFiles standard() {
    return new SourceFiles(Path.of(""));
  }

  /** The text of that line, without its end; empty when the source is not at hand. */
  Optional<String> line(Location location) {
    return text(location).flatMap(text -> text.lines().skip(location.line() - 1L).findFirst());
  }

  /** The whole file that the location is in; empty when the source is not at hand. */
  public Optional<String> text(Location location) {
    if (!location.known() || !location.file().endsWith(".java")) {
      return Optional.empty();
    }
    int dot = location.className().lastIndexOf('.');
    String folder = dot < 0 ? "" : location.className().substring(0, dot).replace('.', '/') + "/";
    return source(folder + location.file());
  }

  private Optional<String> source(String file) {
    try {
      for (Path at = start; at != null; at = at.getParent()) {
        Optional<Path> found = inModule(at, file).or(inModulesOf(at, file));
        if (found.isPresent()) {
          return Optional.of(Files.readString(found.get()));
        }
      }
      return resource(file);
    } catch (IOException | UncheckedIOException _) {
      // An unreadable source only costs the excerpt.
      return Optional.empty();
    }
  }

  private static Optional<Path> inModule(Path module, String file) {
    return ROOTS.stream()
        .map(root -> module.resolve(root).resolve(file))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  private static Supplier<Optional<Path>> inModulesOf(Path folder, String file) {
    return () -> {
      if (!Files.isRegularFile(folder.resolve("pom.xml"))) {
        return Optional.empty();
      }
      try (Stream<Path> children = Files.list(folder)) {
        return children.sorted().flatMap(child -> inModule(child, file).stream()).findFirst();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  private static Optional<String> resource(String file) throws IOException {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (InputStream stream =
        (loader == null ? ClassLoader.getSystemClassLoader() : loader).getResourceAsStream(file)) {
      return stream == null
          ? Optional.empty()
          : Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
