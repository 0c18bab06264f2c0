package dev.tilewright.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * An affine function over F₂ between spaces whose extents are powers of two: a Triton linear layout
 * (arXiv 2505.23819), with an offset.
 *
 * <p>A point is packed into one number, the bits of the first axis lowest ({@link Space#flatten}).
 * The value at the packed point {@code x} is {@code offset ^ (XOR of columns[i] over the bits i of
 * x)}.
 *
 * @param domain its extents are powers of two
 * @param codomain its extents are powers of two
 * @param columns the packed image of every bit of the domain
 * @param offset the packed value of the point zero
 */
public record LinearMap(Space domain, Space codomain, List<Long> columns, long offset) {

  public LinearMap {
    columns = List.copyOf(columns);
    if (columns.size() != bits(domain)) {
      throw new IllegalArgumentException(
          columns.size() + " columns for the " + bits(domain) + " bits of " + domain);
    }
    int rows = bits(codomain);
    for (long column : columns) {
      if (column >>> rows != 0) {
        throw new IllegalArgumentException("column " + column + " lies outside " + codomain);
      }
    }
  }

  private static int bits(Space space) {
    for (Space.Dim dim : space.dims()) {
      if (Long.bitCount(dim.extent()) != 1) {
        throw new IllegalArgumentException("extent of " + dim + " is no power of two");
      }
    }
    return Long.numberOfTrailingZeros(space.size());
  }

  static Result<LinearMap> of(Layout layout) {
    for (Space space : List.of(layout.domain(), layout.codomain())) {
      for (Space.Dim dim : space.dims()) {
        if (Long.bitCount(dim.extent()) != 1) {
          return Result.refused(
              new Reason.NotLinear(dim.axis(), "its extent " + dim.extent() + " is no power of 2"));
        }
      }
    }
    return layout
        .carryLessTerms()
        .map(
            terms -> {
              List<Long> columns = new ArrayList<>();
              for (Term term : terms) {
                for (long c = 1; c < term.extent(); c <<= 1) {
                  long[] image = Term.scaled(Sum.XOR, c, term.image());
                  columns.add(layout.codomain().flatten(image));
                }
              }
              return new LinearMap(
                  layout.domain(),
                  layout.codomain(),
                  columns,
                  layout.codomain().flatten(layout.offsets()));
            });
  }

  /** The same function as a layout; every linear map is one. */
  public Layout toLayout() {
    LayoutBuilder builder = Layout.into(codomain).xor();
    int bit = 0;
    for (Space.Dim dim : domain.dims()) {
      builder.digit(dim.axis(), 1);
      for (long e = dim.extent(); e > 1; e >>= 1) {
        builder.add(dim.axis(), 2, codomain.unflatten(columns.get(bit++)));
      }
    }
    long[] value = codomain.unflatten(offset);
    for (int i = 0; i < value.length; i++) {
      builder.offset(codomain.axis(i), value[i]);
    }
    return builder.build();
  }

  public long apply(long packed) {
    long value = offset;
    for (long rest = packed; rest != 0; rest &= rest - 1) {
      value ^= columns.get(Long.numberOfTrailingZeros(rest));
    }
    return value;
  }

  /** The dimension of the image. */
  public int rank() {
    return rank(columns);
  }

  /**
   * The bits of the domain, packed, whose image depends on those of lower bits: with these held at
   * 0 every value is still reached, in one way only (Triton's free variables).
   */
  public long freeBits() {
    long free = 0;
    for (int bit = 0; bit < columns.size(); bit++) {
      if (rank(columns.subList(0, bit + 1)) == rank(columns.subList(0, bit))) {
        free |= 1L << bit;
      }
    }
    return free;
  }

  /** The dimension of the span of vectors over F₂. */
  public static int rank(List<Long> vectors) {
    long[] basis = new long[64];
    int rank = 0;
    for (long vector : vectors) {
      long v = vector;
      while (v != 0) {
        int high = 63 - Long.numberOfLeadingZeros(v);
        if (basis[high] == 0) {
          basis[high] = v;
          rank++;
          break;
        }
        v ^= basis[high];
      }
    }
    return rank;
  }

  /** Finds points with given values. */
  public Solver solver() {
    return new Solver(columns);
  }

  /**
   * Solves {@code columns · x = y} over F₂. Columns are used in their order: one that depends on
   * those before it is never needed.
   */
  public static final class Solver {
    private final long[] reduced = new long[64];
    private final long[] combination = new long[64];

    public Solver(List<Long> columns) {
      for (int i = 0; i < columns.size(); i++) {
        long v = columns.get(i);
        long used = 1L << i;
        while (v != 0) {
          int high = 63 - Long.numberOfLeadingZeros(v);
          if (reduced[high] == 0) {
            reduced[high] = v;
            combination[high] = used;
            break;
          }
          v ^= reduced[high];
          used ^= combination[high];
        }
      }
    }

    /** The columns, packed, whose XOR is {@code value}, if there are such. */
    public OptionalLong solve(long value) {
      long rest = value;
      long point = 0;
      while (rest != 0) {
        int high = 63 - Long.numberOfLeadingZeros(rest);
        if (reduced[high] == 0) {
          return OptionalLong.empty();
        }
        point ^= combination[high];
        rest ^= reduced[high];
      }
      return OptionalLong.of(point);
    }

    /** Whether some combination of columns has {@code row} as its highest bit. */
    public boolean isPivot(int row) {
      return reduced[row] != 0;
    }

    /**
     * A linear map back: for each of the lowest {@code rows} bits of a value its image, such that
     * every value that is a combination of columns is taken to such a combination.
     */
    public List<Long> inverse(int rows) {
      List<Long> images = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        long point = combination[row];
        for (long lower = reduced[row] & ~(1L << row); lower != 0; lower &= lower - 1) {
          point ^= images.get(Long.numberOfTrailingZeros(lower));
        }
        images.add(point);
      }
      return images;
    }
  }
}
