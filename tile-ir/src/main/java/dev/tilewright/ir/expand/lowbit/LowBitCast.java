package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.dtype.TernaryType;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;
import java.util.Optional;

/**
 * How elements of up to 8 bits that lie packed in words are converted.
 *
 * @param from the type of the packed elements
 * @param to what they become
 * @param rounding where the destination has not the value
 * @param saturate whether what is beyond the destination's range becomes the end of it
 * @param way what is done
 */
public record LowBitCast(DType from, DType to, Rounding rounding, boolean saturate, Way way) {

  /** What is done to words. */
  public enum Way {
    /** {@link IntegersToHalves}. */
    INTEGERS_TO_HALVES("two at once: the integers become mantissas, one multiply-add"),
    /** {@link IntegersToBytes}. */
    INTEGERS_TO_BYTES("four at once: bits moved into bytes"),
    /** {@link FloatsToHalves}. */
    FLOATS_TO_HALVES("two at once: fields put in place, one multiplication"),
    /** {@link ByteFloatsByInstruction}. */
    BYTE_FLOATS("the conversion instruction of the target"),
    /** {@link ThroughHalves}. */
    THROUGH_HALVES("to f16 two at once, then the conversion instruction of the target"),
    /** {@link Tables}. */
    TABLES("four at once: a table of the results read by byte permutations"),
    /** {@link Tables} of {@code f32}. */
    THROUGH_TABLES("a table of f32 read by byte permutations, then one by one"),
    /** {@link ThroughBfloats}. */
    THROUGH_BFLOATS("to bf16 two at once, then one by one");

    private final String text;

    Way(String text) {
      this.text = text;
    }
  }

  /**
   * The way for a pair of types; empty if elements are taken out and converted one by one.
   *
   * @param byteFloats whether the target converts pairs of {@code e4m3} and {@code e5m2}
   */
  public static Optional<LowBitCast> of(
      DType from, DType to, Rounding rounding, boolean saturate, boolean byteFloats) {
    if (from.bits() > Byte.SIZE) {
      return Optional.empty();
    }
    LowBitCast cast = new LowBitCast(from, to, rounding, saturate, Way.TABLES);
    return cast.way(byteFloats).map(way -> new LowBitCast(from, to, rounding, saturate, way));
  }

  private Optional<Way> way(boolean byteFloats) {
    return switch (from) {
      case IntType type -> integers(type, byteFloats);
      case TernaryType _ when HalfFormat.of(to).isPresent() -> Optional.of(Way.INTEGERS_TO_HALVES);
      case TernaryType _ when to.equals(DType.I8) -> Optional.of(Way.INTEGERS_TO_BYTES);
      case StoredType _ -> Optional.of(hasTable(to) ? Way.TABLES : Way.THROUGH_TABLES);
      case FloatType type -> Optional.of(floats(type, byteFloats));
    };
  }

  /** What {@link Tables} holds. */
  private static boolean hasTable(DType to) {
    return to.bits() == 8 || to.bits() == 16 || to.bits() == 32;
  }

  private static boolean isByte(DType to) {
    return to.equals(DType.I8) || to.equals(DType.U8);
  }

  private static boolean isByteFloat(DType to) {
    return to instanceof FloatType && to.bits() == Byte.SIZE;
  }

  private Optional<Way> integers(IntType type, boolean byteFloats) {
    if (HalfFormat.of(to).isPresent()) {
      return Optional.of(Way.INTEGERS_TO_HALVES);
    }
    boolean below = saturate && type.signed() && to.equals(DType.U8);
    if (isByte(to) && type.bits() < Byte.SIZE) {
      return Optional.of(below ? Way.TABLES : Way.INTEGERS_TO_BYTES);
    }
    if (isByteFloat(to)) {
      return Optional.of(
          type.bits() > 4 && byInstruction(byteFloats) ? Way.THROUGH_HALVES : Way.TABLES);
    }
    return Optional.empty();
  }

  private Way floats(FloatType type, boolean byteFloats) {
    Optional<HalfFormat> half = HalfFormat.of(to);
    if (half.isPresent()) {
      return halves(type, half.get(), byteFloats);
    }
    if (isByteFloat(to)) {
      boolean exact = FloatsToHalves.applies(type, HalfFormat.F16);
      boolean instruction = type.bits() > 4 && exact && byInstruction(byteFloats);
      return instruction ? Way.THROUGH_HALVES : Way.TABLES;
    }
    return isByte(to) && type.bits() <= 6 ? Way.TABLES : Way.THROUGH_BFLOATS;
  }

  /** Whether the target's conversion to bytes does what the cast says. */
  private boolean byInstruction(boolean byteFloats) {
    boolean within =
        from.maxFinite() <= to.maxFinite()
            && !(from instanceof FloatType type && type.hasInfinity());
    return byteFloats
        && isInstructions(to)
        && rounding == Rounding.NEAREST_EVEN
        && (saturate || within);
  }

  private static boolean isInstructions(DType type) {
    return type.equals(DType.F8E4M3) || type.equals(DType.F8E5M2);
  }

  private Way halves(FloatType type, HalfFormat half, boolean byteFloats) {
    boolean kept = !(saturate && type.hasInfinity());
    // e5m2 is the upper half of an f16: two permutations for four of them.
    boolean placed = type.equals(DType.F8E5M2) && half == HalfFormat.F16;
    if (kept && byteFloats && isInstructions(type) && !placed) {
      return Way.BYTE_FLOATS;
    }
    return kept && FloatsToHalves.applies(type, half) ? Way.FLOATS_TO_HALVES : Way.THROUGH_BFLOATS;
  }

  /** The first {@code count} elements of a stream, converted. */
  public List<Element> convert(ThreadBuilder ops, BitStream stream, int count) {
    Element[] results = new Element[count];
    switch (way) {
      case INTEGERS_TO_HALVES ->
          new IntegersToHalves(ops, half(), codes()).convert(stream, count, results);
      case INTEGERS_TO_BYTES ->
          new IntegersToBytes(ops, to).convert(stream, codes(), count, results);
      case FLOATS_TO_HALVES ->
          new FloatsToHalves(ops, half(), (FloatType) from).convert(stream, count, results);
      case BYTE_FLOATS -> new ByteFloatsByInstruction(ops, to).convert(stream, count, results);
      case THROUGH_HALVES -> {
        Element[] exact = new Element[count];
        Optional<IntegerCodes> integers = IntegerCodes.of(from);
        if (integers.isPresent()) {
          new IntegersToHalves(ops, HalfFormat.F16, integers.get()).convert(stream, count, exact);
        } else {
          new FloatsToHalves(ops, HalfFormat.F16, (FloatType) from).convert(stream, count, exact);
        }
        new ThroughHalves(ops, to).convert(exact, results);
      }
      case TABLES -> new Tables(ops, from, to, rounding, saturate).convert(stream, count, results);
      case THROUGH_TABLES -> {
        Element[] exact = new Element[count];
        new Tables(ops, from, DType.F32, rounding, false).convert(stream, count, exact);
        for (int i = 0; i < count; i++) {
          ThreadValue result = ops.convert(exact[i].vector(), to, rounding, saturate);
          results[i] = new Element(result, 0);
        }
      }
      case THROUGH_BFLOATS ->
          new ThroughBfloats(ops, to, rounding, saturate).convert(stream, count, results);
    }
    return List.of(results);
  }

  private IntegerCodes codes() {
    return IntegerCodes.of(from).orElseThrow();
  }

  private HalfFormat half() {
    return HalfFormat.of(to).orElseThrow();
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

  /** One sentence for the report. */
  @Override
  public String toString() {
    return from.name() + " to " + to.name() + ": " + way.text;
  }
}
