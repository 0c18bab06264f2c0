package dev.tilewright.samples.bench;

import dev.tilewright.dtype.DType;
import dev.tilewright.samples.InputException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is measured: m×k times k×n of one type. */
public record GemmShape(int m, int n, int k, DType in) {
  private static final Pattern TEXT =
      Pattern.compile("([1-9]\\d{0,5})x([1-9]\\d{0,5})x([1-9]\\d{0,5})");

  /** Floating-point or integer operations: a multiplication and an addition for each term. */
  public double operations() {
    return 2.0 * m * n * k;
  }

  /** Squares of four sizes, and a skinny and a flat one. */
  public static List<int[]> standardSizes() {
    return List.of(
        new int[] {1024, 1024, 1024},
        new int[] {2048, 2048, 2048},
        new int[] {4096, 4096, 4096},
        new int[] {8192, 8192, 8192},
        new int[] {4096, 14336, 4096},
        new int[] {4096, 4096, 14336});
  }

  /** Reads {@code MxNxK}. */
  public static int[] parseSize(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new InputException("--size must be MxNxK, such as 4096x4096x4096, not '" + text + "'");
    }
    return new int[] {
      Integer.parseInt(matcher.group(1)),
      Integer.parseInt(matcher.group(2)),
      Integer.parseInt(matcher.group(3))
    };
  }

  @Override
  public String toString() {
    return m + "×" + n + "×" + k + " " + in.name();
  }
}
