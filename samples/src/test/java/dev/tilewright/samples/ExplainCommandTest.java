package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code tilewright explain}: what a person reads, and what is refused. */
class ExplainCommandTest {
  private static Outcome run(String... arguments) {
    return Outcome.of(arguments);
  }

  private static Outcome explain(String... more) {
    Stream<String> fixed = Stream.of("explain", "gemm", "--tile", "64x64x32", "--no-ptxas");
    return run(Stream.concat(fixed, Stream.of(more)).toArray(String[]::new));
  }

  /** The rows of a section, without its title, remark and header. */
  private static List<String> rows(String text, String title) {
    return text.lines()
        .dropWhile(line -> !line.equals(title))
        .skip(1)
        .takeWhile(line -> !line.isEmpty())
        .dropWhile(line -> !line.startsWith("  line "))
        .skip(1)
        .toList();
  }

  @Test
  void saysWhatEveryAccessCosts() {
    Outcome outcome = explain();
    String text = outcome.out();
    List<String> shared = rows(text, "Shared memory accesses");
    assertAll(
        () -> assertEquals(0, outcome.status(), outcome.err()),
        () -> assertTrue(text.startsWith("Matmul for sm_80: "), text),
        () -> assertEquals(3, rows(text, "Global memory").size(), text),
        () ->
            assertTrue(
                rows(text, "Global memory").getFirst().matches("  Matmul.java:\\d+ .*a f16 +16 .*"),
                text),
        () -> assertTrue(shared.stream().anyMatch(row -> row.contains("ldmatrix")), text),
        () ->
            assertTrue(
                shared.stream().allMatch(row -> row.matches(".* +0 +\\d+")), "conflicts: " + text),
        () -> assertTrue(rows(text, "Shared memory map").size() >= 2, text),
        () -> assertTrue(rows(text, "Notes of the passes").size() >= 5, text),
        () -> assertEquals(text, explain().out(), "the same every time"));
  }

  /** 64×64 sums in 4 warps are 32 registers of a thread, and more is needed. */
  @Test
  void estimatesRegistersAndSaysSo() {
    List<String> rows = rows(explain("--warps", "4").out(), "Registers");
    assertEquals(1, rows.size());
    String[] cells = rows.getFirst().strip().split(" +");
    assertEquals("estimate", cells[1]);
    int registers = Integer.parseInt(cells[2]);
    assertTrue(registers > 32 && registers <= 255, rows.getFirst());
  }

  @Test
  void takesTheChoicesOfCompile() {
    assertAll(
        () -> assertTrue(explain("--warps", "2").out().contains(": 2 warps, ")),
        () -> assertTrue(explain("--warps", "1").out().contains(": 1 warp, ")),
        () -> assertTrue(explain("--target", "sm_90").out().startsWith("Matmul for sm_90")),
        () -> assertTrue(explain("--in", "bf16").out().contains("a bf16")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--target sm_20|--target must be one of sm_80",
        "--in f12|--in must be one of",
        "--stages 0|--stages must be from 1 to 16, not 0",
        "--tile 64x64x32000|",
      })
  void refusesBadChoices(String options, String expected) {
    Outcome outcome = explain(options.split(" "));
    assertEquals(ExitStatus.USAGE, outcome.status(), outcome.err());
    assertEquals("", outcome.out());
    assertTrue(outcome.err().contains(expected == null ? "" : expected), outcome.err());
  }

  @Test
  void asksForAKernel() {
    Outcome outcome = run("explain");
    assertEquals(ExitStatus.USAGE, outcome.status());
    assertTrue(
        outcome.err().contains("explain what? Name a kernel: gemm, gemm-bias-gelu"), outcome.err());
  }
}
