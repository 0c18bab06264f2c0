package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;

/**
 * Conversions by a table of the results: {@code prmt} reads eight bytes at four places at once. The
 * three lowest bits of a code are the place; of larger tables as many are read as there are times
 * eight entries, and each further bit chooses between two of them. Results of more than a byte are
 * read byte by byte, of which those that all entries share need not be read.
 *
 * <p>The entries are what the element types say, whatever the rounding: this way is right for every
 * pair of types, and the best for codebooks of up to 16 entries.
 */
final class Tables {
  private static final int PLACE_BITS = 3;

  private final ThreadBuilder ops;
  private final DType to;
  private final long[] entries;
  private final int bits;

  Tables(ThreadBuilder ops, DType from, DType to, Rounding rounding, boolean saturate) {
    this.ops = ops;
    this.to = to;
    this.bits = from.bits();
    this.entries = new long[1 << bits];
    boolean ends = saturate || to instanceof IntType && !(from instanceof IntType);
    Overflow overflow = ends ? Overflow.SATURATE : Overflow.NATURAL;
    for (int code = 0; code < entries.length; code++) {
      entries[code] = to.encode(from.decode(code), rounding.direction(), overflow);
    }
  }

  /** Where four elements are found. */
  private interface Chooser {
    /** The results of two tables, of each element the one that bit {@code bit} of its code says. */
    ThreadValue choose(int bit, ThreadValue zero, ThreadValue one);
  }

  void convert(BitStream stream, int count, Element[] results) {
    if (bits == 4) {
      nibbles(stream, count, results);
      return;
    }
    for (LaneStreams bytes : LaneStreams.of(ops, stream, 4, count)) {
      for (int index = 0; index < bytes.length(); index++) {
        ThreadValue codes = bytes.field(index, 0, bits, 0);
        List<ThreadValue> masks = masks(bytes, codes);
        List<Element> four =
            read(
                places(bytes, codes),
                (bit, zero, one) -> merged(zero, one, masks.get(bit - PLACE_BITS)));
        for (int lane = 0; lane < 4; lane++) {
          int element = bytes.element(lane, index);
          if (element < count) {
            results[element] = four.get(lane);
          }
        }
      }
    }
  }

  // ---------------------------------------------------------------- places

  /** Codes of four bits are places already, four in each half of a word. */
  private void nibbles(BitStream stream, int count, Element[] results) {
    for (int at = 0; at < count; at += 8) {
      ThreadValue word = stream.words().get(at / 8);
      ThreadValue places = Words.and(ops, word, 0x77777777);
      ThreadValue highest = Words.and(ops, Words.shiftRight(ops, word, 1), 0x44444444);
      ThreadValue choice = Words.xor(ops, highest, 0x32103210);
      for (int half = 0; half < 2 && at + 4 * half < count; half++) {
        ThreadValue here = Words.shiftRight(ops, places, 16 * half);
        ThreadValue which = Words.shiftRight(ops, choice, 16 * half);
        List<Element> four = read(here, (_, zero, one) -> ops.lookup(zero, one, which));
        int first = at + 4 * half;
        for (int lane = 0; lane < Math.min(4, count - first); lane++) {
          results[first + lane] = four.get(lane);
        }
      }
    }
  }

  /** The three lowest bits of every byte, four bits apart. */
  private ThreadValue places(LaneStreams bytes, ThreadValue codes) {
    ThreadValue low =
        bits <= PLACE_BITS ? codes : Words.and(ops, codes, bytes.splat(Words.low(PLACE_BITS)));
    ThreadValue pairs = Words.or(ops, low, Words.shiftRight(ops, low, 4));
    return ops.permute(pairs, pairs, 0x0020);
  }

  /** For each bit from the fourth, all ones in the bytes where it is set. */
  private List<ThreadValue> masks(LaneStreams bytes, ThreadValue codes) {
    List<ThreadValue> masks = new ArrayList<>();
    for (int bit = PLACE_BITS; bit < bits; bit++) {
      ThreadValue truth = Words.and(ops, Words.shiftRight(ops, codes, bit), bytes.splat(1));
      masks.add(ops.binary(BinaryKind.MUL, truth, Words.constant(ops, 0xFF)));
    }
    return masks;
  }

  private ThreadValue merged(ThreadValue zero, ThreadValue one, ThreadValue mask) {
    ThreadValue differing = ops.binary(BinaryKind.AND, Words.xor(ops, zero, one), mask);
    return Words.xor(ops, zero, differing);
  }

  // ---------------------------------------------------------------- entries

  /** Four results. */
  private List<Element> read(ThreadValue places, Chooser chooser) {
    List<ThreadValue> parts = new ArrayList<>();
    for (int part = 0; part < to.bits() / Byte.SIZE; part++) {
      parts.add(part(part, places, chooser));
    }
    return switch (parts.size()) {
      case 1 -> elements(List.of(parts.getFirst()), 4);
      case 2 -> elements(interleaved(parts.get(0), parts.get(1), 0x5140, 0x7362), 2);
      case 4 -> {
        List<ThreadValue> words = new ArrayList<>();
        List<ThreadValue> low = interleaved(parts.get(0), parts.get(1), 0x5140, 0x7362);
        List<ThreadValue> high = interleaved(parts.get(2), parts.get(3), 0x5140, 0x7362);
        for (int pair = 0; pair < 2; pair++) {
          words.addAll(interleaved(low.get(pair), high.get(pair), 0x5410, 0x7632));
        }
        yield elements(words, 1);
      }
      default -> throw new IllegalArgumentException("no table of " + to.name());
    };
  }

  private List<ThreadValue> interleaved(
      ThreadValue low, ThreadValue high, int firstBytes, int lastBytes) {
    return List.of(ops.permute(low, high, firstBytes), ops.permute(low, high, lastBytes));
  }

  private List<Element> elements(List<ThreadValue> words, int perWord) {
    List<Element> elements = new ArrayList<>();
    for (ThreadValue word : words) {
      ThreadValue vector = ops.bitcast(word, ThreadType.vector(to, perWord));
      for (int lane = 0; lane < perWord; lane++) {
        elements.add(new Element(vector, lane));
      }
    }
    return elements;
  }

  /** Byte {@code part} of four results. */
  private ThreadValue part(int part, ThreadValue places, Chooser chooser) {
    List<ThreadValue> read = new ArrayList<>();
    if (isShared(part)) {
      return word(part, 0, true);
    }
    for (int first = 0; first < entries.length; first += 8) {
      read.add(ops.lookup(word(part, first, false), word(part, first + 4, false), places));
    }
    for (int bit = PLACE_BITS; read.size() > 1; bit++) {
      List<ThreadValue> chosen = new ArrayList<>();
      for (int i = 0; i < read.size(); i += 2) {
        chosen.add(chooser.choose(bit, read.get(i), read.get(i + 1)));
      }
      read = chosen;
    }
    return read.getFirst();
  }

  private boolean isShared(int part) {
    for (long entry : entries) {
      if (byteOf(entry, part) != byteOf(entries[0], part)) {
        return false;
      }
    }
    return true;
  }

  private static int byteOf(long entry, int part) {
    return (int) (entry >>> Byte.SIZE * part) & 0xFF;
  }

  /** Bytes of four entries, or of one entry four times; beyond the last entry, zeros. */
  private ThreadValue word(int part, int first, boolean same) {
    int word = 0;
    for (int i = 0; i < 4; i++) {
      int entry = same ? first : first + i;
      int bytes = entry < entries.length ? byteOf(entries[entry], part) : 0;
      word |= bytes << Byte.SIZE * i;
    }
    return Words.constant(ops, word);
  }
}
