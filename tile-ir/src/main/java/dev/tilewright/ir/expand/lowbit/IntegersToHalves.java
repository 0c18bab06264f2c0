package dev.tilewright.ir.expand.lowbit;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadValue;

/**
 * Integers of up to 8 bits to {@code f16} or {@code bf16}, two at once, exactly.
 *
 * <p>The field becomes the low mantissa bits of a number whose last place is 1, {@code 1024} for
 * {@code f16} and {@code 128} for {@code bf16}: number plus field. The sign bit of a signed field
 * is flipped by the same exclusive-or that sets the exponent: two's complement becomes a distance
 * from the least value, so one subtraction makes both right and signed types cost no more. A field
 * that lies {@code p} bits up in its half, but still in the mantissa, need not be shifted: the
 * multiply-add that subtracts divides by {@code 2^p}; all numbers in it are exact.
 *
 * <p>Bytes do not fit the 7 mantissa bits of {@code bf16}. A half that holds {@code x} from 0 to
 * 255 and nothing else means {@code x·2^-133} in it, across the border of subnormal and normal
 * numbers; two multiplications bring it up.
 */
final class IntegersToHalves {
  private final ThreadBuilder ops;
  private final HalfFormat to;
  private final IntegerCodes from;

  IntegersToHalves(ThreadBuilder ops, HalfFormat to, IntegerCodes from) {
    this.ops = ops;
    this.to = to;
    this.from = from;
  }

  void convert(BitStream stream, int count, Element[] results) {
    if (from.bits() == Byte.SIZE) {
      bytes(stream, count, results);
      return;
    }
    for (LaneStreams halves : LaneStreams.of(ops, stream, 2, count)) {
      for (int index = 0; index < halves.length(); index++) {
        LowBitCast.place(results, halves, index, 2, field(halves, index));
      }
    }
  }

  private ThreadValue field(LaneStreams halves, int index) {
    int width = from.bits();
    int place = halves.place(index, to.mantissaBits() - width);
    double magic = Math.scalb(1.0, to.mantissaBits());
    ThreadValue word = halves.field(index, 0, width, place, to.code(magic) ^ from.flip() << place);
    double factor = Math.scalb(1.0, -place);
    return to.scaled(ops, to.pair(ops, word), factor, -(magic * factor + from.zero()));
  }

  /** In their order: bytes are permuted anyway. */
  private void bytes(BitStream stream, int count, Element[] results) {
    boolean magic = to.type().equals(DType.F16);
    ThreadValue above = Words.constant(ops, magic ? 0x64646464 : 0);
    for (int at = 0; at < count; at += 4) {
      ThreadValue word = stream.words().get(at / 4);
      ThreadValue shifted = Words.xor(ops, word, 0x01010101 * from.flip());
      for (int pair = at; pair < Math.min(count, at + 4); pair += 2) {
        ThreadValue halves = ops.permute(shifted, above, pair == at ? 0x4140 : 0x4342);
        ThreadValue result = unsigned(to.pair(ops, halves), magic, from.zero());
        for (int lane = 0; lane < Math.min(2, count - pair); lane++) {
          results[pair + lane] = new Element(result, lane);
        }
      }
    }
  }

  private ThreadValue unsigned(ThreadValue pair, boolean magic, int zero) {
    if (magic) {
      return to.scaled(ops, pair, 1, -(1024.0 + zero));
    }
    ThreadValue normal = to.scaled(ops, pair, 0x1p127, 0);
    return to.scaled(ops, normal, 0x1p6, -zero);
  }
}
