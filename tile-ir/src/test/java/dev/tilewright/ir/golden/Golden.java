package dev.tilewright.ir.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.text.Printer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Golden texts: {@code src/test/resources/golden/NAME.tile} holds a function, {@code NAME.out.tile}
 * what becomes of it. {@code mvn test -Dgolden.update=true} writes the second anew; its diff is to
 * be read.
 */
public final class Golden {
  private static final Path ROOT = Path.of("src", "test", "resources", "golden");

  private Golden() {}

  /** The names of the cases in a folder, in order. */
  public static List<String> cases(String folder) {
    try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(file -> file.endsWith(".tile") && !file.endsWith(".out.tile"))
          .map(file -> folder + "/" + file.substring(0, file.length() - ".tile".length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** That the transformation makes of the case's function what is written down. */
  public static void check(String name, UnaryOperator<KernelFunction> transformation) {
    KernelFunction input = Parser.parse(read(ROOT.resolve(name + ".tile")));
    String actual = Printer.print(transformation.apply(input));
    Path expected = ROOT.resolve(name + ".out.tile");
    if (Boolean.getBoolean("golden.update")) {
      write(expected, actual);
    } else {
      assertEquals(read(expected), actual, name);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
