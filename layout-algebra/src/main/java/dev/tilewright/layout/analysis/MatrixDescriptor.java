package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.List;

/**
 * How an asynchronous matrix instruction finds its operand in shared memory (PTX ISA 9.7.15.5, the
 * matrix descriptor of {@code wgmma}).
 *
 * <p>The operand of one instruction, {@code mn} by {@code k}, lies in blocks: eight (the format
 * says) lines, one after the other, each as long as the swizzle mode says. Blocks repeat at the two
 * offsets. Along the contiguous dimension {@code c} and across it, {@code o}, element {@code (c,
 * o)} lies at the byte
 *
 * <pre>  start + c % line + (c / line)·across + (o % 8)·line + (o / 8)·along</pre>
 *
 * (in elements) before swizzling. K-major, {@code across} is the leading and {@code along} the
 * stride offset; MN-major the same, except that the two change places where nothing is swizzled.
 *
 * @param major the contiguous dimension
 * @param swizzle the mode; the tile starts at a multiple of its alignment
 * @param leadingBytes the leading dimension byte offset, LBO
 * @param strideBytes the stride dimension byte offset, SBO
 * @param starts the numbers of an instruction's tile along {@code mn} and {@code k} to the offset
 *     in elements at which the tile starts, before swizzling; added to the tile's address it is the
 *     matrix start address
 */
public record MatrixDescriptor(
    Major major, SwizzleMode swizzle, long leadingBytes, long strideBytes, Layout starts) {

  private static final String WHAT = "no matrix descriptor describes this layout";

  /** Which dimension is contiguous in memory. */
  public enum Major {
    K,
    MN
  }

  /**
   * What descriptors can say.
   *
   * @param modes the modes, the unswizzled one among them
   * @param lines the number of lines of a block
   * @param granuleBytes the unit of addresses and offsets
   * @param maxBytes the greatest offset
   * @param majors the dimensions that may be contiguous
   */
  public record Format(
      List<SwizzleMode> modes, int lines, int granuleBytes, long maxBytes, List<Major> majors) {
    public Format {
      modes = List.copyOf(modes);
      majors = List.copyOf(majors);
    }
  }

  /**
   * The descriptor of an operand.
   *
   * @param shared the tile's two dimensions to offsets in elements
   * @param mn the dimension of the tile that is the instruction's M or N
   * @param k the other dimension
   * @param instruction the extents of one instruction's operand on these two
   * @param elementBits bits of an element, a power of two
   * @return the descriptor, or why there is none
   */
  public static Result<MatrixDescriptor> of(
      Layout shared, Axis mn, Axis k, Space instruction, int elementBits, Format format) {
    if (Integer.bitCount(elementBits) != 1) {
      return refused("elements of %d bits are no operand", elementBits);
    }
    Result<MatrixDescriptor> last = refused("the format has no modes");
    for (Major major : format.majors()) {
      Axis contiguous = major == Major.K ? k : mn;
      Axis other = major == Major.K ? mn : k;
      for (SwizzleMode mode : format.modes()) {
        Blocks blocks = new Blocks(major, contiguous, other, mode, elementBits, format);
        Result<MatrixDescriptor> descriptor =
            mode.apply(shared, elementBits)
                .then(lines -> Tiles.of(lines, instruction))
                .then(blocks::describe);
        if (descriptor.isOk()) {
          return descriptor;
        }
        if (contiguous.equals(contiguous(shared))) {
          last = descriptor;
        }
      }
    }
    return last;
  }

  /** The dimension along which neighbours are adjacent: whose refusal tells the reader most. */
  private static Axis contiguous(Layout shared) {
    Axis memory = shared.codomain().axis(0);
    return shared.digits().stream()
        .filter(digit -> digit.stride(memory) == 1)
        .findFirst()
        .map(digit -> digit.axis())
        .orElse(shared.domain().axis(0));
  }

  private static Result<MatrixDescriptor> refused(String why, Object... values) {
    return Result.refused(new Reason.NotRepresentable(WHAT, why.formatted(values)));
  }

  /** One way of reading a tile. */
  private record Blocks(
      Major major, Axis contiguous, Axis other, SwizzleMode mode, int elementBits, Format format) {

    /** Reads the two offsets off the tile and checks that they are all there is to it. */
    Result<MatrixDescriptor> describe(Tiles tiles) {
      Layout inside = tiles.inside();
      long line = mode.lineElements(elementBits);
      long c = inside.domain().extent(contiguous);
      long o = inside.domain().extent(other);
      if (line < 1 || c > line && c % line != 0 || o > format.lines() && o % format.lines() != 0) {
        return refused("%d by %d elements are no whole lines of %d", c, o, line);
      }
      if (c > line && major == Major.K && !mode.isNone()) {
        return refused(
            "K-major, the %d elements of %s exceed a swizzled line of %d", c, contiguous, line);
      }
      long granule = format.granuleBytes();
      long across = c > line ? bytes(at(inside, line, 0)) : granule;
      long along =
          o > format.lines()
              ? bytes(at(inside, 0, format.lines()))
              : format.lines() * mode.lineBytes();
      if (!inside.equals(blocks(inside, elements(across), elements(along)))) {
        return refused(
            "the tile does not lie in blocks of %d lines of %d bytes along %s, %s",
            format.lines(),
            mode.lineBytes(),
            contiguous,
            mode.isNone() ? "unswizzled" : "swizzled by " + mode.swizzle());
      }
      for (long offset : new long[] {across, along}) {
        if (offset % granule != 0 || offset < 0 || offset > format.maxBytes()) {
          return refused(
              "an offset of %d bytes is no multiple of %d up to %d",
              offset, granule, format.maxBytes());
        }
      }
      if (!tiles.startAtMultiplesOf(Math.max(1, elements(granule)))) {
        return refused("tiles start between multiples of %d bytes", granule);
      }
      boolean swapped = major == Major.MN && mode.isNone();
      return Result.ok(
          new MatrixDescriptor(
              major, mode, swapped ? along : across, swapped ? across : along, tiles.starts()));
    }

    private long bytes(long elements) {
      return elements * elementBits / Byte.SIZE;
    }

    private long elements(long bytes) {
      return bytes * Byte.SIZE / elementBits;
    }

    private long at(Layout inside, long c, long o) {
      long[] point = new long[inside.domain().rank()];
      point[inside.domain().indexOf(contiguous)] = c;
      point[inside.domain().indexOf(other)] = o;
      return inside.apply(point)[0];
    }

    private Layout blocks(Layout inside, long across, long along) {
      long line = mode.lineElements(elementBits);
      LayoutBuilder builder = Layout.into(inside.codomain());
      inside.domain().axes().forEach(axis -> builder.digit(axis, 1));
      Axis memory = inside.codomain().axis(0);
      cut(builder, contiguous, inside.domain().extent(contiguous), line, memory, 1, across);
      cut(builder, other, inside.domain().extent(other), format.lines(), memory, line, along);
      return builder.tryBuild() instanceof Result.Ok<Layout>(Layout blocks) ? blocks : NOTHING;
    }

    /** No operand lies like this. */
    private static final Layout NOTHING = Layout.into(Space.POINT).build();

    private static void cut(
        LayoutBuilder builder,
        Axis axis,
        long extent,
        long block,
        Axis memory,
        long minor,
        long major) {
      builder.digit(axis, Math.min(extent, block), memory, minor);
      builder.digit(axis, Math.max(1, extent / block), memory, major);
    }
  }
}
