package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;
import java.util.Optional;

/** How elements of up to 8 bits that lie packed in words are converted, if not one by one. */
public enum LowBitCast {
  /** {@link IntegersToHalves}. */
  INTEGERS_TO_HALVES("two at once, exponents set beside the bits of the integers");

  private final String how;

  LowBitCast(String how) {
    this.how = how;
  }

  /** For the report. */
  public String how() {
    return how;
  }

  /** The way for a pair of types; empty if elements are converted one by one. */
  public static Optional<LowBitCast> of(DType from, DType to, Rounding rounding, boolean saturate) {
    if (from.bits() > Byte.SIZE) {
      return Optional.empty();
    }
    if (from instanceof IntType && HalfFormat.of(to).isPresent()) {
      return Optional.of(INTEGERS_TO_HALVES);
    }
    return Optional.empty();
  }

  /** The first {@code count} elements of a stream, converted. */
  public List<Element> convert(ThreadBuilder ops, BitStream stream, DType to, int count) {
    Element[] results = new Element[count];
    switch (this) {
      case INTEGERS_TO_HALVES ->
          new IntegersToHalves(ops, HalfFormat.of(to).orElseThrow())
              .convert(stream, count, results);
    }
    return List.of(results);
  }

  /** Elements {@code index} of all lanes. */
  static void place(
      Element[] results, LaneStreams streams, int index, int lanes, ThreadValue vector) {
    for (int lane = 0; lane < lanes; lane++) {
      int element = streams.element(lane, index);
      if (element < results.length && index < streams.length()) {
        results[element] = new Element(vector, lane);
      }
    }
  }
}
