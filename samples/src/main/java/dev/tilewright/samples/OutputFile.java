package dev.tilewright.samples;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that a command was told to write. */
final class OutputFile {
  private OutputFile() {}

  static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Makes the folder, and those above it, unless it is there. */
  static void folder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException failure) {
      throw new InputException(folder + ": cannot be made: " + failure.getMessage());
    }
  }

  static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException failure) {
      throw new InputException(file + ": cannot be written: " + failure.getMessage());
    }
  }
}
