package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Swizzle;
import java.util.List;

/**
 * A swizzle as copy engines and matrix instructions know it: a tile lies in lines of a fixed
 * length, one after the other, and afterwards every byte address is swizzled. (PTX ISA 5.5.7: the
 * modes of 32, 64 and 128 bytes are {@code Swizzle<1,4,3>}, {@code <2,4,3>} and {@code <3,4,3>}.)
 *
 * @param lineBytes the length of a line
 * @param swizzle on absolute byte addresses
 */
public record SwizzleMode(long lineBytes, Swizzle swizzle) {

  public SwizzleMode {
    if (lineBytes < 1) {
      throw new IllegalArgumentException("lines of " + lineBytes + " bytes");
    }
  }

  /** Lines that are not swizzled. */
  public static SwizzleMode none(long lineBytes) {
    return new SwizzleMode(lineBytes, new Swizzle(0, 0, 0));
  }

  public boolean isNone() {
    return swizzle.bits() == 0;
  }

  /**
   * What the address of a tile's first byte must be a multiple of, for offsets in the tile to be
   * swizzled as addresses are.
   */
  public long alignmentBytes() {
    return isNone() ? 1 : swizzle.window();
  }

  /** The elements of a line. */
  public long lineElements(int elementBits) {
    return lineBytes * Byte.SIZE / elementBits;
  }

  /**
   * A memory layout with this swizzle taken off, or put on: it is its own inverse.
   *
   * @param memory tile dimensions to offsets in elements
   * @param elementBits bits of an element, a power of two
   */
  public Result<Layout> apply(Layout memory, int elementBits) {
    if (isNone()) {
      return Result.ok(memory);
    }
    int base = swizzle.base() + 3 - Integer.numberOfTrailingZeros(elementBits);
    if (Integer.bitCount(elementBits) != 1 || base < 0) {
      return Result.refused(
          new Reason.NotRepresentable(
              "a swizzled tile", "elements of " + elementBits + " bits do not fill its chunks"));
    }
    Swizzle inElements = new Swizzle(swizzle.bits(), base, swizzle.shift());
    Result<Layout> swizzled = memory.swizzle(inElements);
    return swizzled.isOk() ? swizzled : composed(memory, inElements);
  }

  /** A swizzle that does not reach the offsets that carry may be followed all the same. */
  private static Result<Layout> composed(Layout memory, Swizzle swizzle) {
    Space.Dim offsets = memory.codomain().dims().getFirst();
    long window = Math.max(swizzle.window(), Long.highestOneBit(2 * offsets.extent() - 1));
    return Layout.identity(Space.of(offsets.axis(), window))
        .swizzle(swizzle)
        .then(map -> map.compose(memory));
  }

  /**
   * A tile as copies write it and matrix instructions read it: slabs as wide as a line, side by
   * side, each with its lines packed one after the other, swizzled. Slabs follow each other without
   * a gap, except where an odd number of lines would make the swizzle's XOR meet carries: there
   * each starts at a multiple of a power of two.
   *
   * <p>For a tile {@code (mn, k)} of a matrix product, {@code contiguous = k} gives the K-major and
   * {@code contiguous = mn} the MN-major form.
   *
   * @param tile the dimensions in the order of the result's domain
   * @param contiguous the dimension along which lines run
   * @param elementBits bits of an element, a power of two
   * @return tile dimensions to offsets in elements, or a reason: the extent of {@code contiguous}
   *     is not made up of whole lines, or the lines of whole windows of the swizzle
   */
  public Result<Layout> tile(Space tile, Axis contiguous, int elementBits) {
    long line = lineElements(elementBits);
    if (line < 1 || tile.extent(contiguous) % line != 0) {
      return Result.refused(
          new Reason.NotDivisible(contiguous, tile.extent(contiguous), Math.max(1, line)));
    }
    long slabs = tile.extent(contiguous) / line;
    long pitch = tile.size() / slabs;
    Result<Layout> packed = apply(slabs(tile, contiguous, line, pitch), elementBits);
    return packed.isOk() || slabs == 1
        ? packed
        : apply(slabs(tile, contiguous, line, Long.highestOneBit(2 * pitch - 1)), elementBits);
  }

  private static Layout slabs(Space tile, Axis contiguous, long line, long pitch) {
    long slabs = tile.extent(contiguous) / line;
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, slabs * pitch));
    tile.axes().forEach(axis -> builder.digit(axis, 1));
    builder.digit(contiguous, line, Axis.OFFSET, 1);
    long stride = line;
    for (Space.Dim dim : tile.without(List.of(contiguous)).dims().reversed()) {
      builder.digit(dim.axis(), dim.extent(), Axis.OFFSET, stride);
      stride *= dim.extent();
    }
    return builder.digit(contiguous, slabs, Axis.OFFSET, pitch).build();
  }
}
