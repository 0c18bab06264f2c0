package dev.tilewright;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;

/** Expects a definition to fail in one way, with the text of a golden file. */
final class Diagnostics {
  private Diagnostics() {}

  static void expect(Misuse misuse, Kernel kernel) throws IOException {
    expect(misuse, "", kernel);
  }

  static void expect(Misuse misuse, String variant, Kernel kernel) throws IOException {
    KernelDefinitionException error =
        assertThrows(KernelDefinitionException.class, () -> Trace.of(kernel));
    check(misuse, variant, error);
  }

  static void check(Misuse misuse, String variant, KernelDefinitionException error)
      throws IOException {
    assertEquals(misuse.code(), error.code(), error.getMessage());
    String suffix = variant.isEmpty() ? "" : "-" + variant;
    Golden.check(
        "diagnostics/" + misuse.code() + suffix + ".txt", String.valueOf(error.getMessage()));
  }
}
