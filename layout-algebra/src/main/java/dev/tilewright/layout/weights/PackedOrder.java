package dev.tilewright.layout.weights;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.OFFSET;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.Packing;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;

/**
 * The order in which the codes of a weight tile lie in memory. Two bijective layouts: the codes of
 * the tile go to a dense stream of bits ({@link Packing}), and the bytes of the stream to memory.
 *
 * <p>Packing is these layouts, unpacking their inverses, and a kernel reads a tile back with tile
 * operations: a {@link Reordering} of bytes, a {@code view} of the stream as codes, a reordering of
 * codes.
 *
 * @param width bits of a code, 1 to 8
 * @param codes from {@code (dim0, dim1)}, the tile's rows and columns, to the code's number in the
 *     stream
 * @param bytes from {@code dim0}, the byte of the stream, to its place in memory
 */
public record PackedOrder(int width, Reordering codes, Reordering bytes) {
  /** Packed tiles are made of lines of this many bytes, which every kind of copy moves whole. */
  public static final int LINE_BYTES = 128;

  private static final Axis STRIP = new Axis("strip");
  private static final int LANES = 32;

  /** Rows of a fragment of a matrix instruction's first factor. */
  private static final int FRAGMENT_ROWS = 16;

  /** The widest load of a thread. */
  private static final int LOAD_BYTES = 16;

  public PackedOrder {
    checkWidth(width);
    Space tile = codes.layout().domain();
    if (!tile.equals(Space.tile(tile.extent(dim(0)), tile.extent(dim(1))))) {
      throw new IllegalArgumentException("the codes of a tile lie in (dim0, dim1), not in " + tile);
    }
    long bits = tile.size() * width;
    if (bits % (LINE_BYTES * Byte.SIZE) != 0) {
      throw new IllegalArgumentException(
          "a tile of %d codes of %d bits is not made of lines of %d bytes"
              .formatted(tile.size(), width, LINE_BYTES));
    }
    if (!bytes.layout().domain().equals(Space.tile(bits / Byte.SIZE))) {
      throw new IllegalArgumentException(
          "the stream of a tile of %d bits is dim0 of %d bytes, not %s"
              .formatted(bits, bits / Byte.SIZE, bytes.layout().domain()));
    }
  }

  /**
   * An order of codes without gaps.
   *
   * @param codes from {@code (dim0, dim1)} to {@code offset}, every offset once
   */
  public static PackedOrder of(int width, Layout codes) {
    checkWidth(width);
    return new PackedOrder(
        width,
        new Reordering(codes),
        new Reordering(Layout.rowMajor(Packing.bytes(width, codes.domain().size()))));
  }

  /** Codes row by row. */
  public static PackedOrder rowMajor(int width, int rows, int columns) {
    return of(width, Layout.rowMajor(rows, columns));
  }

  /**
   * The order for the first factor of a matrix instruction, of a warp ({@code mma.sync.m16n8k}) or
   * of a warp group ({@code wgmma} with that factor in registers), whose fragments are the same:
   * lane <i>l</i> holds rows l/4 and l/4 + 8 of sixteen, and of every quarter of a row's 256 bits
   * the neighbours that share a register of 32 bits.
   *
   * <p>The tile lies in strips of sixteen rows, so that any number of warps may share it. A lane's
   * codes of a strip are one stream; it lies in pieces of {@link #loadBytes}, the pieces of the
   * lanes side by side, so that a warp reads them without bank conflicts. In a lane's stream, codes
   * that go into one register lie {@link #apart} from each other: then a shift and a mask, the same
   * for a whole word of codes, leave those of one register in their places.
   *
   * @param width bits of a code, 1 to 8
   * @param factorBits bits of the element type that the instruction multiplies: 8 or 16
   * @param rows a multiple of 16
   * @param columns a multiple of {@link #columnStep}
   */
  public static PackedOrder forFragments(int width, int factorBits, int rows, int columns) {
    int step = columnStep(width, factorBits);
    if (rows < 1 || rows % FRAGMENT_ROWS != 0 || columns < 1 || columns % step != 0) {
      throw new IllegalArgumentException(
          ("tiles of %d-bit weights for %d-bit factors have multiples of %d rows and of %d columns,"
                  + " not %d×%d")
              .formatted(width, factorBits, FRAGMENT_ROWS, step, rows, columns));
    }
    Layout fragments = fragments(factorBits, rows, columns);
    Layout stream = stream(width, factorBits, rows, columns);
    return new PackedOrder(
        width,
        new Reordering(fragments.rightInverse().then(stream::compose).orThrow()),
        new Reordering(pieces(width, rows, columns)));
  }

  /** How far apart in a lane's stream codes of one register lie. */
  public static int apart(int width, int factorBits) {
    return factorBits / gcd(width, factorBits);
  }

  /** Tiles for fragments have a multiple of this many columns: a lane's codes fill whole words. */
  public static int columnStep(int width, int factorBits) {
    checkWidth(width);
    if (factorBits != 8 && factorBits != 16) {
      throw new IllegalArgumentException("factors have 8 or 16 bits, not " + factorBits);
    }
    return Math.max(64 / gcd(width, factorBits), 256 / factorBits);
  }

  /** Who holds what: (register, lane, strip) to (dim0, dim1), registers as the instruction does. */
  private static Layout fragments(int factorBits, int rows, int columns) {
    int perWord = Integer.SIZE / factorBits;
    return Layout.into(Space.tile(rows, columns))
        .digit(REGISTER, perWord, dim(1), 1)
        .digit(REGISTER, 2, dim(0), 8)
        .digit(REGISTER, columns / (4L * perWord), dim(1), 4L * perWord)
        .digit(LANE, 4, dim(1), perWord)
        .digit(LANE, 8, dim(0), 1)
        .digit(STRIP, rows / FRAGMENT_ROWS, dim(0), FRAGMENT_ROWS)
        .build();
  }

  /** Which code of the stream that is: (register, lane, strip) to offset. */
  private static Layout stream(int width, int factorBits, int rows, int columns) {
    int perWord = Integer.SIZE / factorBits;
    int apart = apart(width, factorBits);
    long held = held(columns);
    return Layout.into(Space.of(OFFSET, (long) rows * columns))
        .digit(REGISTER, perWord, OFFSET, apart)
        .digit(REGISTER, apart, OFFSET, 1)
        .digit(REGISTER, held / (perWord * apart), OFFSET, (long) perWord * apart)
        .digit(LANE, LANES, OFFSET, held)
        .digit(STRIP, rows / FRAGMENT_ROWS, OFFSET, held * LANES)
        .build();
  }

  /** Where the bytes of the stream go: the lanes' first pieces, their second pieces, … */
  private static Layout pieces(int width, int rows, int columns) {
    long piece = piece(width, columns);
    long pieces = held(columns) * width / (piece * Byte.SIZE);
    long strips = rows / FRAGMENT_ROWS;
    return Layout.into(Space.of(OFFSET, strips * pieces * LANES * piece))
        .digit(dim(0), piece, OFFSET, 1)
        .digit(dim(0), pieces, OFFSET, piece * LANES)
        .digit(dim(0), LANES, OFFSET, piece)
        .digit(dim(0), strips, OFFSET, piece * LANES * pieces)
        .build();
  }

  /** Codes of a strip that a lane holds. */
  private static long held(int columns) {
    return (long) columns * FRAGMENT_ROWS / LANES;
  }

  /** The widest load, a power of two, that a lane's codes of a strip are made of. */
  private static long piece(int width, int columns) {
    return Math.min(LOAD_BYTES, Long.lowestOneBit(held(columns) * width / Byte.SIZE));
  }

  // ---------------------------------------------------------------- sizes

  /** Rows of a tile. */
  public int rows() {
    return Math.toIntExact(codes.layout().domain().extent(dim(0)));
  }

  /** Columns of a tile. */
  public int columns() {
    return Math.toIntExact(codes.layout().domain().extent(dim(1)));
  }

  /** Codes of a tile. */
  public int size() {
    return Math.toIntExact(codes.layout().domain().size());
  }

  /** Bytes of a packed tile. */
  public int byteCount() {
    return Math.toIntExact(bytes.layout().domain().size());
  }

  // ---------------------------------------------------------------- packing

  /** Where the code of an element lies in the stream. */
  public int position(int row, int column) {
    return Math.toIntExact(codes.layout().apply(row, column)[0]);
  }

  /**
   * Packs one tile.
   *
   * @param tile its codes row by row
   */
  public byte[] pack(long[] tile) {
    if (tile.length != size()) {
      throw new IllegalArgumentException(
          "a tile has %d codes, not %d".formatted(size(), tile.length));
    }
    return new TilePacker(this).pack(tile);
  }

  /** The codes of one tile row by row, zero-extended: the inverse of {@link #pack}. */
  public long[] unpack(byte[] packed) {
    if (packed.length != byteCount()) {
      throw new IllegalArgumentException(
          "a packed tile has %d bytes, not %d".formatted(byteCount(), packed.length));
    }
    return new TilePacker(this).unpack(packed);
  }

  private static void checkWidth(int width) {
    if (width < 1 || width > Byte.SIZE) {
      throw new IllegalArgumentException("a weight has 1 to 8 bits, not " + width);
    }
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
