package dev.tilewright;

import static dev.tilewright.Diagnostics.expect;
import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.dtype.DType;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** One tiny kernel for each way shapes can be wrong. */
class ShapeDiagnosticsTest {

  @Test
  void elementwise() throws IOException {
    expect(
        Misuse.SHAPE_MISMATCH,
        k -> {
          var x = k.zeros(F32, 64, 64);
          var y = k.zeros(F32, 64, 32);
          x.plus(y);
        });
  }

  @Test
  void ranks() throws IOException {
    expect(
        Misuse.SHAPE_MISMATCH,
        "rank",
        k -> {
          var scores = k.zeros(F32, 64, 64);
          scores.minus(scores.max(1));
        });
  }

  @Test
  void mmaInner() throws IOException {
    expect(
        Misuse.MMA_SHAPE,
        k -> {
          var m = k.dim("m");
          var a = k.in("a", F16, m, m);
          var b = k.in("b", F16, m, m);
          var acc = k.zeros(F32, 128, 64);
          k.range(m.ceilDiv(32), i -> acc.mma(a.tile(0, i, 128, 32), b.tile(0, i, 64, 32)));
        });
  }

  @Test
  void mmaOuter() throws IOException {
    expect(
        Misuse.MMA_SHAPE,
        "outer",
        k -> {
          var acc = k.zeros(F32, 64, 64);
          var a = k.zeros(F16, 32, 16);
          var b = k.zeros(F16, 16, 64);
          acc.mma(a, b);
        });
  }

  @Test
  void mmaRank() throws IOException {
    expect(
        Misuse.MMA_SHAPE,
        "rank",
        k -> {
          var acc = k.zeros(F32, 64, 64);
          var a = k.zeros(F16, 16);
          acc.mma(a, a);
        });
  }

  @Test
  void set() throws IOException {
    expect(
        Misuse.ASSIGN_SHAPE,
        k -> {
          var n = k.dim("n");
          var c = k.out("c", F32, n, n);
          var x = k.zeros(F32, 64, 32);
          c.tile(0, 0, 64, 64).set(x);
        });
  }

  @Test
  void assign() throws IOException {
    expect(
        Misuse.ASSIGN_SHAPE,
        "assign",
        k -> {
          var row = k.zeros(F32, 1, 32);
          var all = k.zeros(F32, 64, 32);
          row.assign(all);
        });
  }

  @Test
  void compoundAssignmentDoesNotGrow() throws IOException {
    expect(
        Misuse.ASSIGN_SHAPE,
        "compound",
        k -> {
          var row = k.zeros(F32, 1, 32);
          var all = k.zeros(F32, 64, 32);
          row.plusAssign(all);
        });
  }

  @Test
  void sharedBuffer() throws IOException {
    expect(
        Misuse.ASSIGN_SHAPE,
        "shared",
        k -> {
          var n = k.dim("n");
          var a = k.in("a", F16, n, n);
          var ring = k.shared(F16, 3, 64, 32);
          ring.slice(0).copyAsync(a.tile(0, 0, 64, 64));
        });
  }

  @Test
  void asyncCopyOfATranspose() throws IOException {
    expect(
        Misuse.ASSIGN_SHAPE,
        "async-transpose",
        k -> {
          var n = k.dim("n");
          var a = k.in("a", F16, n, n);
          var buffer = k.shared(F16, 64, 32);
          buffer.copyAsync(a.tile(0, 0, 32, 64).t());
        });
  }

  @Test
  void extentNotPositive() throws IOException {
    expect(Misuse.EXTENT_NOT_POSITIVE, k -> k.zeros(F32, 64, 0));
  }

  @Test
  void sizeNotPositive() throws IOException {
    expect(Misuse.EXTENT_NOT_POSITIVE, "size", k -> k.dim("n").ceilDiv(-1));
  }

  @Test
  void pendingNegative() throws IOException {
    expect(Misuse.EXTENT_NOT_POSITIVE, "pending", k -> k.waitGroup(-1));
  }

  @Test
  void tileRank() throws IOException {
    expect(
        Misuse.RANK_MISMATCH,
        k -> {
          var n = k.dim("n");
          var x = k.in("x", F32, n, n);
          x.tile(0, 64);
        });
  }

  @Test
  void noExtents() throws IOException {
    expect(Misuse.RANK_MISMATCH, "none", k -> k.zeros(F32));
  }

  @Test
  void transposeOfAVector() throws IOException {
    expect(Misuse.RANK_MISMATCH, "t", k -> k.iota(8).t());
  }

  @Test
  void sliceOfAVector() throws IOException {
    expect(Misuse.RANK_MISMATCH, "slice", k -> k.shared(F32, 8).slice(0));
  }

  @Test
  void reshape() throws IOException {
    expect(Misuse.RESHAPE_COUNT, k -> k.zeros(F32, 8, 8).reshape(8, 9));
  }

  @Test
  void viewOfHalfAnElement() throws IOException {
    expect(Misuse.VIEW_BITS, k -> k.zeros(DType.I8, 8, 10).view(DType.I3));
  }

  @Test
  void viewOfAMask() throws IOException {
    expect(Misuse.OPERATION_DTYPE, "view", k -> k.zeros(F32, 8).lt(1).view(DType.U1));
  }

  @Test
  void reduceAxis() throws IOException {
    expect(Misuse.AXIS_OUT_OF_RANGE, k -> k.zeros(F32, 8, 8).sum(2));
  }

  @Test
  void expandAxis() throws IOException {
    expect(Misuse.AXIS_OUT_OF_RANGE, "expand", k -> k.zeros(F32, 8, 8).expand(3));
  }

  @Test
  void sliceIndex() throws IOException {
    expect(Misuse.AXIS_OUT_OF_RANGE, "slice", k -> k.shared(F32, 3, 8).slice(3));
  }

  @Test
  void broadcast() throws IOException {
    expect(Misuse.BROADCAST, k -> k.zeros(F32, 8, 2).broadcastTo(8, 4));
  }

  @Test
  void permutation() throws IOException {
    expect(Misuse.PERMUTATION, k -> k.zeros(F32, 8, 2, 4).transpose(0, 0, 1));
  }

  @Test
  void numberOfSeveral() throws IOException {
    expect(Misuse.NOT_ONE_ELEMENT, k -> k.iota(8).scalar());
  }
}
