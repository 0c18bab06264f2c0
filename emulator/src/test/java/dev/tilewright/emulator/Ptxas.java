package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** NVIDIA's assembler, where it is at hand: what the tests run must be PTX to it too. */
final class Ptxas {
  private static final Optional<Path> PATH =
      Stream.of(Optional.ofNullable(System.getenv("PATH")).orElse("").split(":"))
          .map(folder -> Path.of(folder, "ptxas"))
          .filter(Files::isExecutable)
          .findFirst();

  private Ptxas() {}

  /** Fails unless {@code ptxas} takes the text for sm_90a without any remark. */
  static void accepts(String ptx) {
    PATH.ifPresent(path -> assertEquals("", run(path, ptx)));
  }

  /** Whether {@code ptxas}, if it is there, refuses the text. */
  static boolean refuses(String ptx) {
    return says("error", ptx);
  }

  /** Whether {@code ptxas}, if it is there, says this of the text. */
  static boolean says(String remark, String ptx) {
    return PATH.map(path -> run(path, ptx).contains(remark)).orElse(true);
  }

  private static String run(Path ptxas, String ptx) {
    try {
      Path text = Files.createTempFile("test", ".ptx");
      try {
        Files.writeString(text, ptx);
        Process process =
            new ProcessBuilder(ptxas + "", "-arch=sm_90a", "-o", "/dev/null", text + "")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? output : "error " + output;
      } finally {
        Files.delete(text);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
