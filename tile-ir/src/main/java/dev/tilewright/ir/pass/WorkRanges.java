package dev.tilewright.ir.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Value;

/**
 * How the iterations of all tiles, counted one tile after the other, are cut into ranges of which
 * each block gets one. Lengths differ by one at most. A range that is empty comes before the others
 * of its tile, or after all others.
 */
sealed interface WorkRanges {

  /** The first iteration of a block's range. */
  Value start(Value block, OpBuilder out);

  /** The first iteration after a block's range. */
  Value end(Value block, OpBuilder out);

  /** The block whose range holds the first iteration of a tile. */
  Value firstBlock(Value tile, OpBuilder out);

  /** {@code x / y} and the remainder, {@code y} positive. */
  record Quotient(Value quotient, Value remainder) {
    static Quotient of(Value x, Value y, OpBuilder out) {
      return new Quotient(out.binary(BinaryKind.DIV, x, y), out.binary(BinaryKind.REM, x, y));
    }
  }

  /**
   * All iterations in equal ranges, the longer ones first.
   *
   * @param iterations of one tile
   * @param length all iterations by the number of blocks
   */
  record Stream(Value iterations, Quotient length) implements WorkRanges {
    @Override
    public Value start(Value block, OpBuilder out) {
      return out.add(
          out.mul(block, length.quotient()), out.binary(BinaryKind.MIN, block, length.remainder()));
    }

    @Override
    public Value end(Value block, OpBuilder out) {
      return start(out.add(block, out.i32(1)), out);
    }

    @Override
    public Value firstBlock(Value tile, OpBuilder out) {
      Value iteration = out.mul(tile, iterations);
      Value longer = out.add(length.quotient(), out.i32(1));
      Value inLonger = out.mul(length.remainder(), longer);
      // Of length 0 are only ranges that hold no iteration.
      Value shorter = out.binary(BinaryKind.MAX, length.quotient(), out.i32(1));
      return out.select(
          out.compare(ComparePredicate.LT, iteration, inLonger),
          out.binary(BinaryKind.DIV, iteration, longer),
          out.add(
              length.remainder(),
              out.binary(BinaryKind.DIV, out.sub(iteration, inLonger), shorter)));
    }
  }

  /**
   * Each tile's iterations in equal ranges, the longer ones last, so that the last is not empty.
   *
   * @param length the iterations of a tile by {@code parts}
   */
  record Split(Value iterations, int parts, Quotient length) implements WorkRanges {
    @Override
    public Value start(Value block, OpBuilder out) {
      Quotient place = Quotient.of(block, out.i32(parts), out);
      return at(place.quotient(), place.remainder(), out);
    }

    @Override
    public Value end(Value block, OpBuilder out) {
      Quotient place = Quotient.of(block, out.i32(parts), out);
      return at(place.quotient(), out.add(place.remainder(), out.i32(1)), out);
    }

    private Value at(Value tile, Value part, OpBuilder out) {
      Value shorter = out.sub(out.i32(parts), length.remainder());
      Value extra = out.binary(BinaryKind.MAX, out.sub(part, shorter), out.i32(0));
      return out.add(out.mul(tile, iterations), out.add(out.mul(part, length.quotient()), extra));
    }

    @Override
    public Value firstBlock(Value tile, OpBuilder out) {
      Value empty = out.binary(BinaryKind.MAX, out.sub(out.i32(parts), iterations), out.i32(0));
      return out.add(out.mul(tile, out.i32(parts)), empty);
    }
  }
}
