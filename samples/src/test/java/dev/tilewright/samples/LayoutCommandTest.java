package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code tilewright layout}: what it says of a layout, and of what is none. */
class LayoutCommandTest {
  private static final String SWIZZLED = "[dim0:4 -> offset^5, dim1:4 -> offset^1] : (offset:16)";

  @TempDir private Path folder;

  private static Outcome run(String... arguments) {
    String[] line = new String[arguments.length + 1];
    line[0] = "layout";
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    return Outcome.of(line);
  }

  @Test
  void describesASwizzledLayout() {
    Outcome outcome = run(SWIZZLED);
    assertEquals("", outcome.err());
    assertEquals(
        """
        layout     [dim0:4 -> offset^5, dim1:4 -> offset^1] : (offset:16)
        domain     (dim0:4, dim1:4), 16 points
        codomain   (offset:16), 16 points
        injective  yes
        surjective yes
        swizzle    Sw<2,0,2> after [dim0:4 -> offset*4, dim1:4 -> offset*1] : (offset:16)
        F2 matrix  rank 4, columns are bits of the domain
                   dim0:1 dim0:2 dim1:1 dim1:2
          offset:1      1      .      1      .
          offset:2      .      1      .      1
          offset:4      1      .      .      .
          offset:8      .      1      .      .

           0  1  2  3
        0  0  1  2  3
        1  5  4  7  6
        2 10 11  8  9
        3 15 14 13 12
        """,
        outcome.out());
  }

  /** CuTe's index counts the leftmost mode fastest: 0 1 2 3, then the second column. */
  @Test
  void readsCuteLayouts() {
    Outcome flat = run("(4,2):(1,16)");
    assertAll(
        () -> assertEquals(0, flat.status(), flat.err()),
        () ->
            assertTrue(
                flat.out().contains("[dim0:4 -> offset*1, dim0:2 -> offset*16] : (offset:20)"),
                flat.out()),
        () -> assertTrue(flat.out().contains("injective  yes"), flat.out()),
        () -> assertTrue(flat.out().contains("surjective no"), flat.out()),
        () -> assertTrue(flat.out().endsWith("\n  0  1  2  3 16 17 18 19\n"), flat.out()));
    assertTrue(run("((2,2),3):((1,4),0)").out().contains("injective  no"));
    assertTrue(run("7:3").out().contains("[dim0:7 -> offset*3] : (offset:19)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[lane:32 -> dim0*1] : (dim0:16)|values on axis dim0 run from 0 to 31",
        "[lane:32 -> dim0*] : (dim0:32)|at position 17 of",
        "[lane 32]|at position 6 of",
        "(4,2):(1,16|at position 11 of \"(4,2):(1,16\": expected ')'",
        "(4,2):(1,16,1)|at position 6 of",
        "(4,0):(1,16)|at position 3 of",
        "(4,2):1|expected a tuple of 2 strides",
        "4:(1,2)|expected one stride",
        "4:-1|at position 2 of",
        "(9999999999999,9999999999):(1,9999999999999)|sizes within 64 bits",
        "99999999999999999999:1|a number within 64 bits",
        "hello|at position 0 of",
      })
  void refusesWhatIsNoLayoutWithItsPosition(String expression, String expected) throws IOException {
    Outcome outcome = run(expression, "--svg", folder.resolve("x.svg").toString());
    assertAll(
        () -> assertEquals(ExitStatus.USAGE, outcome.status(), outcome.err()),
        () -> assertTrue(outcome.err().contains(expected), outcome.err()),
        () -> assertEquals(1, outcome.err().strip().lines().count(), outcome.err()),
        () -> assertEquals("", outcome.out()),
        () -> assertFalse(Files.exists(folder.resolve("x.svg"))));
  }

  @Test
  void refusesAnEmptyExpressionAndOneWithLineBreaksInOneLine() {
    for (String expression : new String[] {"", " ", "[lane:\n32\n-> ]"}) {
      Outcome outcome = run(expression);
      assertEquals(ExitStatus.USAGE, outcome.status(), outcome.err());
      assertEquals(1, outcome.err().strip().lines().count(), outcome.err());
    }
  }

  @Test
  void writesAPictureColouredByBank() throws IOException {
    Path file = folder.resolve("banks.svg");
    Outcome outcome = run(SWIZZLED, "--svg", file.toString(), "--bank-width", "8", "--banks", "2");
    assertEquals(0, outcome.status(), outcome.err());
    String svg = Files.readString(file);
    assertAll(
        () -> assertTrue(svg.startsWith("<svg"), svg),
        () -> assertTrue(svg.contains("2 banks of 8 bytes"), svg),
        // Two elements share a bank, so two colours for all.
        () ->
            assertEquals(
                2,
                svg.lines()
                    .filter(line -> line.contains("fill=\"hsl"))
                    .map(line -> line.replaceAll(".*fill=\"(hsl[^\"]*)\".*", "$1"))
                    .distinct()
                    .count()));
  }

  @Test
  void saysWhatBanksAreFor() {
    Outcome registers = run("[lane:32 -> dim0*1] : (dim0:32)", "--bank-width", "4");
    assertAll(
        () -> assertEquals(ExitStatus.USAGE, registers.status()),
        () -> assertTrue(registers.err().contains("to (offset), not to (dim0:32)")));
    assertTrue(run(SWIZZLED, "--bank-width", "0").err().contains("must be from 1 to 4096, not 0"));
  }

  /** Neither counted nor drawn, but described all the same. */
  @Test
  void describesLayoutsTooLargeToCount() {
    Outcome linear = run("[dim0:1099511627776 -> offset*2] : (offset:2199023255552)");
    assertAll(
        () -> assertEquals(0, linear.status(), linear.err()),
        () -> assertTrue(linear.out().contains("injective  yes"), linear.out()),
        () -> assertTrue(linear.out().contains("(too large for a picture)"), linear.out()));
    Outcome odd = run("[dim0:3000000000 -> offset*2] : (offset:6000000000)");
    assertAll(
        () -> assertEquals(0, odd.status(), odd.err()),
        () -> assertTrue(odd.out().contains("injective  not decided"), odd.out()));
  }
}
