package dev.tilewright;

import static dev.tilewright.dtype.DType.BF16;
import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.F64;
import static dev.tilewright.dtype.DType.F8E4M3;
import static dev.tilewright.dtype.DType.F8E5M2;
import static dev.tilewright.dtype.DType.I1;
import static dev.tilewright.dtype.DType.I32;
import static dev.tilewright.dtype.DType.I4;
import static dev.tilewright.dtype.DType.I64;
import static dev.tilewright.dtype.DType.I8;
import static dev.tilewright.dtype.DType.TF32;
import static dev.tilewright.dtype.DType.U8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.verify.Verifier;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Whatever the front end accepts is tile IR: the verifier has nothing to say. */
class WholeApiTest {

  private static void assertWellFormed(BiConsumer<KernelBuilder, GlobalTensor> body) {
    KernelFunction function =
        Trace.of(
            k -> {
              var n = k.dim("n");
              var out = k.out("out", F32, n, k.dim(64));
              k.grid1d(n);
              body.accept(k, out);
              out.tile(k.programId(0), 0, 1, 64).set(k.zeros(F32, 1, 64));
            });
    assertEquals(List.of(), Verifier.verify(function));
  }

  @Test
  void floatArithmetic() {
    assertWellFormed(
        (k, _) -> {
          for (DType dtype : List.of(F16, BF16, F32, F64)) {
            Tile x = k.full(dtype, 0.5, 8, 4);
            Tile row = k.full(dtype, 2, 1, 4);
            Scalar s = k.constant(dtype, 0.25);
            List.of(x.plus(row), x.minus(s), x.times(2), x.div(row), row.minimum(x), x.maximum(s))
                .forEach(x::plusAssign);
            List.of(x.neg(), x.abs(), x.exp2(), x.exp(), x.log2(), x.log(), x.sqrt(), x.rsqrt())
                .forEach(x::timesAssign);
            List.of(x.reciprocal(), x.sin(), x.cos(), x.tanh(), x.floor(), x.ceil(), x.round())
                .forEach(x::minusAssign);
            x.divAssign(s);
            x.assign(1);
            x.assign(s);
            x.assign(x.fma(row, row));
            x.assign(x.lt(row).and(x.ge(0)).or(x.eq(s).not()).select(x, row));
            x.assign(x.ne(row).xor(x.le(s)).select(x, 0));
            x.assign(x.gt(0).select(0, x));
          }
        });
  }

  @Test
  void integerArithmetic() {
    assertWellFormed(
        (k, _) -> {
          for (DType dtype : List.of(I8, U8, I32, I64)) {
            Tile x = k.full(dtype, 5, 8);
            Scalar s = k.constant(dtype, 3L);
            List.of(x.plus(1), x.minus(s), x.times(x), x.div(3), x.rem(s), x.minimum(2))
                .forEach(x::plusAssign);
            List.of(x.and(x), x.or(x), x.xor(x), x.shl(1), x.shr(x), x.not(), x.abs())
                .forEach(x::minusAssign);
          }
        });
  }

  @Test
  void castsBetweenAllTypes() {
    List<DType> types = List.of(F16, BF16, TF32, F32, F64, F8E4M3, F8E5M2, I4, I8, U8, I32, I64);
    assertWellFormed(
        (k, _) -> {
          for (DType from : types) {
            for (DType to : types) {
              k.zeros(from, 8).cast(to);
              k.zeros(from, 8).cast(to, Rounding.TOWARD_ZERO, true);
            }
          }
          k.constant(1).cast(F32).plus(0.5).cast(I64);
        });
  }

  @Test
  void shapesAndReductions() {
    assertWellFormed(
        (k, _) -> {
          Tile x = k.zeros(F32, 4, 8, 2);
          x.transpose(2, 0, 1).reshape(8, 8).t().t();
          x.view(I8).view(F16);
          x.sum(0).max(0).min(0).expand(0).expand(2).broadcastTo(3, 1, 5);
          x.reduce(1, (a, b) -> a.times(b).maximum(a.plus(1)));
          k.iota(8).reduce(0, Scalar::minimum).broadcastTo(8);
          k.full(k.constant(F32, 2.0), 4, 4);
        });
  }

  @Test
  void scalars() {
    assertWellFormed(
        (k, out) -> {
          Scalar i = k.programId(0);
          Scalar j = i.plus(1).minus(i).times(2).div(i).rem(3).minimum(i).maximum(0).neg();
          Scalar both = i.lt(j).and(i.le(3)).or(i.gt(j).not());
          Scalar other = i.ge(0).and(i.eq(j)).or(i.ne(4)).or(i.eq(3).and(k.constant(I1, 1L)));
          k.when(both.and(other), () -> {});
        });
  }

  @Test
  void sizes() {
    KernelFunction function =
        Trace.of(
            k -> {
              var m = k.dim("m");
              var n = k.dim("n");
              var x = k.inout("x", F16, m, n, k.dim(3));
              var total = m.times(n).plus(m).plus(2).times(3).ceilDiv(n).ceilDiv(4);
              var block = k.grid3d(m, n, total);
              var index = List.of(block.batch(), block.row(), block.col());
              k.range(total, i -> k.range(i, m, j -> k.range(j, n, 2, l -> {})));
              k.range(1, m, 2, i -> {});
              x.at(index, 2, 2, 2).set(x.at(index, 2, 2, 2).plus(1));
              x.tile(List.of(k.constant(7), n, m.scalar()), 1, 1, 1).set(k.zeros(F16, 1, 1, 1));
            });
    assertEquals(List.of(), Verifier.verify(function));
  }

  @Test
  void matrixProducts() {
    assertWellFormed(
        (k, _) -> {
          product(k, F16, F16, F32);
          product(k, F16, F16, F16);
          product(k, BF16, BF16, F32);
          product(k, TF32, TF32, F32);
          product(k, F64, F64, F64);
          product(k, F8E4M3, F8E5M2, F32);
          product(k, I8, U8, I32);
          product(k, I4, I8, I32);
        });
  }

  private static void product(KernelBuilder k, DType a, DType b, DType acc) {
    k.zeros(acc, 16, 8).mma(k.zeros(a, 16, 32), k.zeros(b, 8, 32).t());
  }

  @Test
  void theExplicitLevel() {
    KernelFunction function =
        Trace.of(
            k -> {
              var m = k.dim("m");
              var n = k.dim("n");
              var a = k.in("a", F16, m, n);
              var c = k.out("c", F16, m, n);
              var tile = k.grid2d(m.ceilDiv(64), n.ceilDiv(32));
              var ring = k.shared(F16, 2, 64, 32);
              ring.slice(0).copyAsync(a.tile(tile.row(), tile.col(), 64, 32));
              k.commitGroup();
              k.waitGroup(0);
              k.barrier();
              ring.slice(tile.row().rem(2)).set(ring.slice(0).plus(1));
              k.barrier();
              c.tile(tile.row(), tile.col(), 64, 32).set(ring.slice(1));
            });
    assertEquals(List.of(), Verifier.verify(function));
  }
}
