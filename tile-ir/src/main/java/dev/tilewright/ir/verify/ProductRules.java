package dev.tilewright.ir.verify;

import dev.tilewright.dtype.FloatType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.List;
import java.util.Optional;

/** What the operands of a matrix product must be to each other. */
record ProductRules(Op op, Problems problems) {

  /**
   * @param a m×k, or k×m when {@code transposeA}
   * @param b k×n, or n×k when {@code transposeB}
   */
  void check(
      Type.Shaped a,
      boolean transposeA,
      Type.Shaped b,
      boolean transposeB,
      Value accumulator,
      Value result) {
    Expectations expect = new Expectations(op, problems);
    Optional<Type.Tile> acc = expect.tile("the accumulator", accumulator);
    if (acc.isEmpty()) {
      return;
    }
    List<Integer> as = transposeA ? a.shape().reversed() : a.shape();
    List<Integer> bs = transposeB ? b.shape().reversed() : b.shape();
    if (as.size() != 2 || bs.size() != 2 || !as.get(1).equals(bs.get(0))) {
      expect.shape("a " + as + " and b " + bs + " cannot be multiplied; expected m×k and k×n");
    } else if (!acc.get().shape().equals(List.of(as.get(0), bs.get(1)))) {
      expect.shape(
          "the accumulator has shape "
              + acc.get().shape()
              + "; expected "
              + List.of(as.get(0), bs.get(1)));
    }
    expect.same("the result", result, accumulator);
    boolean floats = a.dtype() instanceof FloatType;
    if (floats != b.dtype() instanceof FloatType
        || floats != acc.get().dtype() instanceof FloatType) {
      problems.add(
          "TW-V05",
          op,
          "a, b and the accumulator are "
              + a.dtype()
              + ", "
              + b.dtype()
              + " and "
              + acc.get().dtype()
              + "; expected all floats or all integers");
    } else if (Math.max(a.dtype().bits(), b.dtype().bits()) > acc.get().dtype().bits()) {
      problems.add(
          "TW-V05",
          op,
          "the accumulator of "
              + acc.get().dtype()
              + " is narrower than a or b; expected at least as many bits");
    }
  }
}
