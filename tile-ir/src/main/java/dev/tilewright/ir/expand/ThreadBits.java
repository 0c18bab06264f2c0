package dev.tilewright.ir.expand;

import dev.tilewright.ir.expand.IndexMap.ThreadDigit;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Sum;
import java.util.ArrayList;
import java.util.List;

/**
 * A function of lane and warp that is affine over F₂.
 *
 * @param columns what each bit of lane and warp flips
 * @param constant the value in thread 0
 */
record ThreadBits(List<Column> columns, long constant) {

  /** Bit {@code place} of the lane's or warp's number flips {@code image}. */
  record Column(Axis axis, long place, long image) {
    ThreadDigit digit(long stride) {
      return new ThreadDigit(axis, place, 2, stride);
    }
  }

  /**
   * One of the vectors that span what the thread may flip.
   *
   * @param flip the vector
   * @param when of the thread's bits, those whose sum says that it is flipped
   */
  record Choice(long flip, List<Column> when) {
    /** 0 in the threads that do not flip. */
    IndexMap condition() {
      boolean one = when.size() == 1;
      List<ThreadDigit> digits =
          when.stream().map(column -> column.digit(one ? column.place() : 1)).toList();
      return new IndexMap(Sum.XOR, digits, new long[] {0});
    }
  }

  /**
   * @param map from lane, warp and nothing else to one axis; affine over F₂
   */
  static ThreadBits of(Layout map) {
    long constant = map.apply(new long[map.domain().rank()])[0];
    List<Column> columns = new ArrayList<>();
    for (Axis axis : List.of(Axis.LANE, Axis.WARP)) {
      for (long place = 1; place < map.domain().extent(axis); place <<= 1) {
        long[] point = new long[map.domain().rank()];
        point[map.domain().indexOf(axis)] = place;
        columns.add(new Column(axis, place, map.apply(point)[0] ^ constant));
      }
    }
    return new ThreadBits(columns, constant);
  }

  /** Whether the value is the lane's number, up to the bits of {@link #constant}. */
  boolean isOwnLane() {
    return columns.stream()
        .allMatch(c -> c.image() == (c.axis().equals(Axis.LANE) ? c.place() : 0));
  }

  IndexMap map() {
    List<ThreadDigit> digits =
        columns.stream().filter(c -> c.image() != 0).map(c -> c.digit(c.image())).toList();
    return new IndexMap(Sum.XOR, digits, new long[] {constant});
  }

  /** The thread flips the sum of the choices that it makes. */
  List<Choice> choices() {
    List<Long> basis = new ArrayList<>();
    for (Column column : columns) {
      long rest = column.image();
      for (long vector : basis) {
        rest = (rest & Long.highestOneBit(vector)) == 0 ? rest : rest ^ vector;
      }
      if (rest != 0) {
        // No other vector has the leading bit of this one: a bit alone tells whether it is flipped.
        long leading = Long.highestOneBit(rest);
        long next = rest;
        basis.replaceAll(vector -> (vector & leading) == 0 ? vector : vector ^ next);
        basis.add(rest);
      }
    }
    return basis.stream()
        .map(
            vector -> {
              long leading = Long.highestOneBit(vector);
              return new Choice(
                  vector, columns.stream().filter(c -> (c.image() & leading) != 0).toList());
            })
        .toList();
  }
}
