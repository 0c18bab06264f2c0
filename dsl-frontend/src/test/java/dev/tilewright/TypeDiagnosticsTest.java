package dev.tilewright;

import static dev.tilewright.Diagnostics.expect;
import static dev.tilewright.dtype.DType.BF16;
import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.F8E4M3;
import static dev.tilewright.dtype.DType.I1;
import static dev.tilewright.dtype.DType.I32;
import static dev.tilewright.dtype.DType.I4;
import static dev.tilewright.dtype.DType.I64;
import static dev.tilewright.dtype.DType.I8;
import static dev.tilewright.dtype.DType.U8;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** One tiny kernel for each way element types can be wrong. */
class TypeDiagnosticsTest {

  @Test
  void mixedTiles() throws IOException {
    expect(
        Misuse.DTYPE_MISMATCH,
        k -> {
          var x = k.zeros(F32, 8);
          var y = k.zeros(F16, 8);
          x.times(y);
        });
  }

  @Test
  void tileAndScalar() throws IOException {
    expect(
        Misuse.DTYPE_MISMATCH,
        "scalar",
        k -> {
          var x = k.zeros(F32, 8);
          k.range(4, i -> x.plusAssign(i));
        });
  }

  @Test
  void storeOfTheAccumulatorsType() throws IOException {
    expect(
        Misuse.DTYPE_MISMATCH,
        "set",
        k -> {
          var c = k.out("c", F16, k.dim("n"));
          var acc = k.zeros(F32, 8);
          c.tile(0, 8).set(acc);
        });
  }

  @Test
  void coordinate() throws IOException {
    expect(
        Misuse.DTYPE_MISMATCH,
        "coordinate",
        k -> {
          var x = k.in("x", F32, k.dim("n"));
          var i = k.scalar("i", I64);
          x.tile(i, 8);
        });
  }

  @Test
  void combinerReturnsAnotherType() throws IOException {
    expect(Misuse.DTYPE_MISMATCH, "combiner", k -> k.zeros(F32, 8, 8).reduce(1, (x, y) -> x.lt(y)));
  }

  @Test
  void mmaOperands() throws IOException {
    expect(
        Misuse.MMA_DTYPE,
        k -> {
          var acc = k.zeros(F32, 16, 8);
          var a = k.zeros(F16, 16, 16);
          var b = k.zeros(BF16, 16, 8);
          acc.mma(a, b);
        });
  }

  @Test
  void mmaAccumulator() throws IOException {
    expect(
        Misuse.MMA_DTYPE,
        "accumulator",
        k -> {
          var acc = k.zeros(F32, 16, 8);
          var a = k.zeros(I8, 16, 32);
          var b = k.zeros(U8, 32, 8);
          acc.mma(a, b);
        });
  }

  @Test
  void mmaOfSinglePrecision() throws IOException {
    expect(
        Misuse.MMA_DTYPE,
        "f32",
        k -> {
          var acc = k.zeros(F32, 16, 8);
          var a = k.zeros(F32, 16, 16);
          var b = k.zeros(F32, 16, 8);
          acc.mma(a, b);
        });
  }

  @Test
  void exponentialOfIntegers() throws IOException {
    expect(Misuse.OPERATION_DTYPE, k -> k.iota(8).exp2());
  }

  @Test
  void remainderOfFloats() throws IOException {
    expect(Misuse.OPERATION_DTYPE, "float", k -> k.zeros(F32, 8).rem(2));
  }

  @Test
  void arithmeticOfMasks() throws IOException {
    expect(Misuse.OPERATION_DTYPE, "mask", k -> k.iota(8).lt(4).plus(1));
  }

  @Test
  void arithmeticOfSmallFloats() throws IOException {
    expect(Misuse.OPERATION_DTYPE, "f8", k -> k.zeros(F8E4M3, 8).times(2));
  }

  @Test
  void arithmeticOfSmallIntegers() throws IOException {
    expect(Misuse.OPERATION_DTYPE, "i4", k -> k.zeros(I4, 8).neg());
  }

  @Test
  void castOfAMask() throws IOException {
    expect(Misuse.OPERATION_DTYPE, "cast", k -> k.iota(8).lt(4).cast(F32));
  }

  @Test
  void castToAMask() throws IOException {
    expect(Misuse.OPERATION_DTYPE, "cast-to-mask", k -> k.iota(8).cast(I1));
  }

  @Test
  void fractionInIntegers() throws IOException {
    expect(Misuse.LITERAL, k -> k.iota(8).plus(0.5));
  }

  @Test
  void beyondTheRangeOfFloats() throws IOException {
    expect(Misuse.LITERAL, "float", k -> k.full(F16, 1e6, 8));
  }

  @Test
  void beyondTheRangeOfIntegers() throws IOException {
    expect(Misuse.LITERAL, "integer", k -> k.constant(U8, -1L));
  }

  @Test
  void conditionOfABranch() throws IOException {
    expect(Misuse.CONDITION, k -> k.when(k.scalar("flag", I32), () -> {}));
  }

  @Test
  void maskOfASelect() throws IOException {
    expect(Misuse.CONDITION, "mask", k -> k.iota(8).select(k.iota(8), k.iota(8)));
  }

  @Test
  void conditionOfALoop() throws IOException {
    expect(Misuse.CONDITION, "while", k -> k.whileLoop(() -> k.zeros(I32, 1).scalar(), () -> {}));
  }

  @Test
  void conditionThatUpdates() throws IOException {
    expect(
        Misuse.CONDITION_EFFECT,
        k -> {
          var left = k.full(I32, 8, 1);
          k.whileLoop(
              () -> {
                left.minusAssign(1);
                return left.scalar().gt(0);
              },
              () -> {});
        });
  }

  @Test
  void conditionThatMeets() throws IOException {
    expect(
        Misuse.CONDITION_EFFECT,
        "barrier",
        k -> {
          var left = k.full(I32, 8, 1);
          k.whileLoop(
              () -> {
                k.barrier();
                return left.scalar().gt(0);
              },
              () -> left.minusAssign(1));
        });
  }
}
