package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.Specials;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;

/**
 * Floats of up to 8 bits to {@code f16} or {@code bf16}, two at once, exactly.
 *
 * <p>Sign, exponent and mantissa are put into the fields of the wider format as they are. That is
 * the value times {@code 2^(bias - bias')}, subnormals included: a field of zero means the same
 * exponent as a field of one in both. One multiplication by a power of two makes it right, without
 * rounding, since the wider format has more digits and more range on both sides.
 *
 * <p>What means infinity or NaN sits at the end of the codes: a carry out of a sum finds it, and
 * sets the exponent to all ones. {@code f8e8m0} is its own exponent in {@code bf16}; only its least
 * value, which is subnormal there, and its NaN need a bit more.
 */
final class FloatsToHalves {
  private final ThreadBuilder ops;
  private final HalfFormat to;
  private final FloatType from;

  FloatsToHalves(ThreadBuilder ops, HalfFormat to, FloatType from) {
    this.ops = ops;
    this.to = to;
    this.from = from;
  }

  /** Whether fields can be put in place as they are. */
  static boolean applies(FloatType from, HalfFormat to) {
    if (from.specials() == Specials.SCALE) {
      return to == HalfFormat.BF16;
    }
    return from.exponentBits() < to.exponentBits() || sameExponent(from, to);
  }

  /** Nothing but a longer mantissa: all codes keep their meaning. */
  private static boolean sameExponent(FloatType from, HalfFormat to) {
    return from.exponentBits() == to.exponentBits() && from.specials() == Specials.IEEE;
  }

  void convert(BitStream stream, int count, Element[] results) {
    for (LaneStreams halves : LaneStreams.of(ops, stream, 2, count)) {
      for (int index = 0; index < halves.length(); index++) {
        ThreadValue pair =
            from.specials() == Specials.SCALE ? scale(halves, index) : number(halves, index);
        LowBitCast.place(results, halves, index, 2, pair);
      }
    }
  }

  private ThreadValue number(LaneStreams halves, int index) {
    int magnitudeBits = from.exponentBits() + from.mantissaBits();
    int place = to.mantissaBits() - from.mantissaBits();
    boolean together = place + magnitudeBits == LaneStreams.HALF - 1;
    ThreadValue word =
        together
            ? halves.field(index, 0, magnitudeBits + 1, place)
            : Words.or(
                ops,
                halves.field(index, magnitudeBits, 1, LaneStreams.HALF - 1),
                halves.field(index, 0, magnitudeBits, place));
    if (sameExponent(from, to)) {
      return to.pair(ops, word);
    }
    double factor = Math.scalb(1.0, to.type().bias() - from.bias());
    ThreadValue scaled = ops.binary(BinaryKind.MUL, to.pair(ops, word), to.splat(ops, factor));
    if (!from.hasNan()) {
      return scaled;
    }
    ThreadValue bits = ops.bitcast(scaled, ThreadType.U32);
    return to.pair(ops, Words.or(ops, bits, special(halves, index, magnitudeBits)));
  }

  /** All ones in the exponent of what is no number, zero elsewhere. */
  private ThreadValue special(LaneStreams halves, int index, int magnitudeBits) {
    int sign = 1 << magnitudeBits;
    return switch (from.specials()) {
      case IEEE ->
          carried(
              halves,
              add(halves.field(index, 0, magnitudeBits, 0), halves, 1 << from.mantissaBits()),
              magnitudeBits,
              to.infinity());
      case FN ->
          carried(
              halves,
              add(halves.field(index, 0, magnitudeBits, 0), halves, 1),
              magnitudeBits,
              to.quietNan());
      // NaN is the code of a negative zero: the only one that the exclusive-or makes zero.
      case FNUZ ->
          carried(
              halves,
              ops.binary(
                  BinaryKind.SUB,
                  Words.constant(ops, halves.splat(2 * sign)),
                  halves.field(index, 0, magnitudeBits + 1, 0, sign)),
              magnitudeBits + 1,
              to.quietNan());
      case SCALE -> throw new IllegalArgumentException(from + " has no sign");
    };
  }

  private ThreadValue add(ThreadValue word, LaneStreams halves, int number) {
    return ops.binary(BinaryKind.ADD, word, Words.constant(ops, halves.splat(number)));
  }

  /** {@code bits} in the halves whose bit {@code at} is set. */
  private ThreadValue carried(LaneStreams halves, ThreadValue sum, int at, int bits) {
    ThreadValue truth = Words.and(ops, Words.shiftRight(ops, sum, at), halves.splat(1));
    return ops.binary(BinaryKind.MUL, truth, Words.constant(ops, bits));
  }

  private ThreadValue scale(LaneStreams halves, int index) {
    ThreadValue code = halves.field(index, 0, Byte.SIZE, 0);
    ThreadValue exponent = halves.field(index, 0, Byte.SIZE, to.mantissaBits());
    // Codes 0 and 255 are those of which the successor has no bit from 1 to 7.
    ThreadValue next = Words.and(ops, add(code, halves, 1), halves.splat(0xFE));
    ThreadValue missing =
        ops.binary(BinaryKind.SUB, Words.constant(ops, halves.splat(0x100)), next);
    return to.pair(ops, Words.or(ops, exponent, carried(halves, missing, Byte.SIZE, 0x40)));
  }
}
