package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A part of a {@link BitStream} as several streams side by side, one in each half (or byte) of a
 * word: lane {@code i} of word {@code q} is unit {@code q}, of 16 (or 8) bits, of the stream that
 * begins at element {@code first + i · distance}. Element {@code j} of every lane then lies at the
 * same place, and one instruction on a word does for all of them.
 *
 * <p>Elements {@code d = unit / gcd(width, unit)} apart lie at the same place of their units. At a
 * distance of a multiple of {@code d} a word is gathered by permuting bytes, and when the width
 * divides the unit, a distance of {@code d} makes the words the very ones of the stream. What is
 * left at the end of a stream takes any distance; lanes are then shifted into place first.
 */
final class LaneStreams {
  static final int HALF = Short.SIZE;

  private final ThreadBuilder ops;
  private final BitStream stream;
  private final int lanes;
  private final int first;
  private final int distance;
  private final Map<Integer, ThreadValue> gathered = new HashMap<>();
  private final Map<List<Integer>, ThreadValue> shifted = new HashMap<>();
  private final Map<Integer, Integer> lastShift = new HashMap<>();

  private LaneStreams(ThreadBuilder ops, BitStream stream, int lanes, int first, int distance) {
    this.ops = ops;
    this.stream = stream;
    this.lanes = lanes;
    this.first = first;
    this.distance = distance;
  }

  /**
   * The first {@code count} elements: blocks at the distance that costs least, then what is left.
   *
   * @param lanes 2 or 4
   */
  static List<LaneStreams> of(ThreadBuilder ops, BitStream stream, int lanes, int count) {
    int unit = BitStream.WORD / lanes;
    int width = stream.dtype().bits();
    int distance = Math.max(1, unit / Integer.lowestOneBit(width));
    List<LaneStreams> all = new ArrayList<>();
    int at = 0;
    for (; count - at >= distance * lanes; at += distance * lanes) {
      all.add(new LaneStreams(ops, stream, lanes, at, distance));
    }
    if (at < count) {
      all.add(new LaneStreams(ops, stream, lanes, at, Math.ceilDiv(count - at, lanes)));
    }
    return all;
  }

  /** How many elements each lane has. */
  int length() {
    return distance;
  }

  /** The element of the stream that is element {@code index} of a lane. */
  int element(int lane, int index) {
    return first + lane * distance + index;
  }

  int unit() {
    return BitStream.WORD / lanes;
  }

  int width() {
    return stream.dtype().bits();
  }

  /** A number of one lane in all of them. */
  int splat(int bits) {
    int word = 0;
    for (int lane = 0; lane < lanes; lane++) {
      word |= (bits & Words.low(unit())) << lane * unit();
    }
    return word;
  }

  // ---------------------------------------------------------------- words

  /** Unit {@code q} of every lane. */
  ThreadValue word(int q) {
    return gathered.computeIfAbsent(q, this::gather);
  }

  private ThreadValue gather(int q) {
    List<Unit> units = new ArrayList<>();
    for (int lane = 0; lane < lanes; lane++) {
      units.add(unit((long) element(lane, 0) * width() + (long) q * unit()));
    }
    return Unit.gather(ops, units, unit());
  }

  /** A unit that may begin at any bit. */
  private Unit unit(long bit) {
    // A lane beyond the end: anything will do.
    long within = bit < (long) stream.words().size() * BitStream.WORD ? bit : 0;
    if (within % unit() == 0) {
      int word = Math.toIntExact(within / BitStream.WORD);
      return new Unit(stream.words().get(word), (int) (within % BitStream.WORD) / unit());
    }
    return new Unit(stream.bits(ops, within, unit()), 0);
  }

  /** Unit {@code q} of every lane, shifted to the right, or to the left if negative. */
  ThreadValue shifted(int q, int by) {
    return by == 0
        ? word(q)
        : shifted.computeIfAbsent(List.of(q, by), _ -> Words.shift(ops, word(q), by));
  }

  // ---------------------------------------------------------------- elements

  /** The bit of a lane's stream at which its element begins. */
  private int bit(int index) {
    return index * width();
  }

  /** Whether an element begins in one unit and ends in the next. */
  boolean crosses(int index) {
    return bit(index) % unit() + width() > unit();
  }

  /**
   * Where to put an element, from bit 0 to bit {@code most}, so that it need not be shifted, or not
   * again.
   */
  int place(int index, int most) {
    int q = bit(index) / unit();
    int offset = bit(index) % unit();
    if (crosses(index)) {
      return 0;
    }
    if (offset <= most) {
      return offset;
    }
    int shared = lastShift.getOrDefault(q, 0);
    if (shared > 0 && offset >= shared && offset - shared <= most) {
      return offset - shared;
    }
    lastShift.put(q, offset);
    return 0;
  }

  /**
   * Bits of element {@code index} of every lane, moved to bit {@code to} of the lane, zeros around
   * them.
   *
   * @param from the lowest of the element's bits that are wanted
   * @param count how many are
   */
  ThreadValue field(int index, int from, int count, int to) {
    return field(index, from, count, to, 0);
  }

  /** As {@link #field(int, int, int, int)}, then exclusive-or with a number in every lane. */
  ThreadValue field(int index, int from, int count, int to, int flipped) {
    int begin = bit(index) + from;
    int q = begin / unit();
    int offset = begin % unit();
    int here = Math.min(count, unit() - offset);
    ThreadValue low = Words.and(ops, shifted(q, offset - to), splat(Words.low(here) << to));
    ThreadValue result = Words.xor(ops, low, splat(flipped));
    if (here < count) {
      int mask = splat(Words.low(count - here) << to + here);
      result = Words.xor(ops, Words.and(ops, shifted(q + 1, -(to + here)), mask), result);
    }
    return result;
  }
}
