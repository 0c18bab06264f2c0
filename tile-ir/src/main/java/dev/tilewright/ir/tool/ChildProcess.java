package dev.tilewright.ir.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A program that was run as a child process and has ended.
 *
 * @param exit its exit code
 * @param output what it printed, errors among the rest
 */
public record ChildProcess(int exit, String output) {

  /**
   * Runs a program to its end.
   *
   * @return empty if it did not end in time; it has been killed then
   * @throws IOException if it cannot be run
   * @throws InterruptedException if the calling thread is interrupted; it has been killed then
   */
  public static Optional<ChildProcess> run(List<String> command, Duration timeout)
      throws IOException, InterruptedException {
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Path log = folder.path().resolve("log");
      Process process =
          new ProcessBuilder(List.copyOf(command))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        return process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)
            ? Optional.of(new ChildProcess(process.exitValue(), Files.readString(log)))
            : Optional.empty();
      } finally {
        process.destroyForcibly();
      }
    }
  }
}
