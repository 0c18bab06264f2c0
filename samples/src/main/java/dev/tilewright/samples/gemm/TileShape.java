package dev.tilewright.samples.gemm;

import dev.tilewright.dtype.DType;
import dev.tilewright.samples.InputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a block of a GEMM computes: {@code bm × bn} of the product, {@code bk} of the sum at a time.
 */
public record TileShape(int bm, int bn, int bk) {
  private static final Pattern TEXT =
      Pattern.compile("([1-9]\\d{0,4})x([1-9]\\d{0,4})x([1-9]\\d{0,4})");
  private static final int STEP_BYTES = 64;

  /** 128×128, and 64 bytes of each row in one step. */
  public static TileShape defaultFor(DType in) {
    return new TileShape(128, 128, STEP_BYTES * 8 / in.bits());
  }

  /** Reads {@code BMxBNxBK}. */
  public static TileShape parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new InputException("--tile must be BMxBNxBK, such as 128x128x32, not '" + text + "'");
    }
    return new TileShape(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  @Override
  public String toString() {
    return bm + "x" + bn + "x" + bk;
  }
}
