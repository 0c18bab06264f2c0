package dev.tilewright.ir.expand;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.layout.Space;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A pipelined GEMM in staged form, written by hand: a ring of asynchronous copies, fragments
 * through swizzled shared memory, the result through shared memory to rows.
 *
 * @param out the type of c
 * @param warpsM warps along m
 * @param kMajorB whether b is given n×k, rows along k, or k×n, rows along n
 * @param divisor what divides m, n and k
 * @param alignment of the tensors
 * @param bounds whether m and n are checked; k always is, since copies run ahead of it
 */
record StagedGemm(
    MmaInstruction mma,
    DType out,
    int bm,
    int bn,
    int bk,
    int warpsM,
    int warpsN,
    int stages,
    boolean kMajorB,
    int divisor,
    int alignment,
    boolean bounds) {

  private int warps() {
    return warpsM * warpsN;
  }

  KernelFunction build() {
    OpBuilder b = new OpBuilder(100).at(new Location("Gemm", "Gemm.java", 7));
    Parameter.Dimension m = dimension(0, "m");
    Parameter.Dimension n = dimension(1, "n");
    Parameter.Dimension k = dimension(2, "k");
    Parameter.Tensor ta = tensor(3, "a", mma.a(), "m", "k", Parameter.Access.IN);
    Parameter.Tensor tb =
        tensor(4, "b", mma.b(), kMajorB ? "n" : "k", kMajorB ? "k" : "n", Parameter.Access.IN);
    Parameter.Tensor tc = tensor(5, "c", out, "m", "n", Parameter.Access.OUT);

    Ring left = new Ring(b, ta, bm, bk, 0);
    Ring right = new Ring(b, tb, kMajorB ? bn : bk, kMajorB ? bk : bn, left.end());
    Value row = b.mul(b.programId(1), b.i32(bm));
    Value column = b.mul(b.programId(0), b.i32(bn));
    Value zero = b.i32(0);
    Value one = b.i32(1);
    Value tiles = b.ceilDiv(k.value(), bk);
    for (int stage = 0; stage < stages - 1; stage++) {
      copy(b, left, right, b.i32(stage), row, column, b.i32(stage * bk));
    }
    Type.Tile accumulator =
        new Type.Tile(List.of(bm, bn), mma.accumulator(), Optional.of(accumulatorLayout()));
    Literal nothing = mma.accumulator().equals(DType.I32) ? Literal.of(0) : Literal.of(0.0);
    Value start = b.constant(accumulator, nothing);
    Value result =
        b.forLoop(
                zero,
                tiles,
                one,
                List.of(start),
                values -> {
                  Value i = values.get(0);
                  b.asyncWait(stages - 2);
                  b.barrier();
                  Value next = b.add(i, b.i32(stages - 1));
                  Value slot = b.binary(BinaryKind.REM, next, b.i32(stages));
                  copy(b, left, right, slot, row, column, b.mul(next, b.i32(bk)));
                  Value stage = b.binary(BinaryKind.REM, i, b.i32(stages));
                  Value a = b.sharedLoad(left.stage(b, stage), fragments(left, leftLayout()));
                  Value w = kMajorB ? turned(b, right, stage) : straight(b, right, stage);
                  Value acc = values.get(1);
                  Op.Mma op =
                      b.add(
                          new Op.Mma(
                              b.fresh(acc.type()),
                              a,
                              w,
                              acc,
                              Optional.of(mma.name()),
                              b.location()));
                  return List.of(op.result());
                })
            .getFirst();
    Value cast = b.cast(result, out, Rounding.NEAREST_EVEN, false);
    int end = right.end();
    int epilogueBytes = RandomLayouts.size(memory(out, bm, bn)) * out.bits() / 8;
    b.asyncWait(0);
    b.barrier();
    Value rows = throughShared(b, cast);
    b.store(tc.value(), List.of(row, column), rows, List.of(bounds, bounds));
    return new KernelFunction(
        "gemm",
        List.of(m, n, k, ta, tb, tc),
        List.of(blocks("n", bn), blocks("m", bm)),
        Optional.of(new KernelFunction.Launch("sm_80", warps(), Math.max(end, epilogueBytes))),
        b.block(List.of()));
  }

  private Value straight(OpBuilder b, Ring right, Value stage) {
    return b.sharedLoad(right.stage(b, stage), fragments(right, rightLayout()));
  }

  private Value turned(OpBuilder b, Ring right, Value stage) {
    Value w = b.sharedLoad(right.stage(b, stage), fragments(right, rightLayout().transpose(1, 0)));
    Type.Tile type = new Type.Tile(List.of(bk, bn), mma.b(), Optional.of(rightLayout()));
    return b.add(new Op.Transpose(b.fresh(type), w, List.of(1, 0), b.location())).result();
  }

  private void copy(
      OpBuilder b, Ring left, Ring right, Value slot, Value row, Value column, Value k) {
    left.copy(b, slot, List.of(row, k), List.of(bounds, true));
    if (kMajorB) {
      right.copy(b, slot, List.of(column, k), List.of(bounds, true));
    } else {
      right.copy(b, slot, List.of(k, column), List.of(true, bounds));
    }
    b.asyncCommit();
  }

  private Value throughShared(OpBuilder b, Value tile) {
    Layout memory = memory(out, bm, bn);
    Type.Shared type = new Type.Shared(List.of(bm, bn), out, Optional.of(memory));
    Value buffer =
        b.add(new Op.SharedAlloc(b.fresh(type), OptionalInt.of(0), b.location())).result();
    b.sharedStore(buffer, tile);
    b.barrier();
    int vector = Math.min(16, alignment) * 8 / out.bits();
    return b.sharedLoad(
        buffer,
        new Type.Tile(List.of(bm, bn), out, Optional.of(rowLayout(bm, bn, Math.max(1, vector)))));
  }

  // ---------------------------------------------------------------- layouts

  private Layout accumulatorLayout() {
    return Layout.spatial(WARP, warpsM, warpsN)
        .product(Layout.local(bm / (16 * warpsM), bn / (8 * warpsN)))
        .product(mma.cLayout());
  }

  private Layout leftLayout() {
    return Layout.into(Space.tile(warpsM, 1))
        .digit(WARP, warpsN)
        .digit(WARP, warpsM, dim(0), 1)
        .build()
        .product(Layout.local(bm / (16 * warpsM), bk / mma.k()))
        .product(mma.aLayout());
  }

  private Layout rightLayout() {
    return Layout.into(Space.tile(1, warpsN))
        .digit(WARP, warpsN, dim(1), 1)
        .digit(WARP, warpsM)
        .build()
        .product(Layout.local(bk / mma.k(), bn / (8 * warpsN)))
        .product(mma.bLayout());
  }

  /** Rows of vectors over lanes and warps; whatever is left over goes to registers or replicas. */
  private Layout rowLayout(int rows, int columns, int vector) {
    int v = Math.min(vector, Integer.lowestOneBit(columns));
    int lanesAcross = Math.min(32, Integer.lowestOneBit(columns / v));
    int lanesDown = Math.min(32 / lanesAcross, Integer.lowestOneBit(rows));
    int warpsDown = gcd(warps(), rows / lanesDown);
    return Layout.into(Space.tile(rows, columns))
        .digit(REGISTER, v, dim(1), 1)
        .digit(REGISTER, columns / v / lanesAcross, dim(1), (long) v * lanesAcross)
        .digit(REGISTER, rows / lanesDown / warpsDown, dim(0), (long) lanesDown * warpsDown)
        .digit(LANE, lanesAcross, dim(1), v)
        .digit(LANE, lanesDown, dim(0), 1)
        .digit(LANE, 32 / lanesAcross / lanesDown)
        .digit(WARP, warpsDown, dim(0), lanesDown)
        .digit(WARP, warps() / warpsDown)
        .build();
  }

  private static int gcd(int x, int y) {
    return y == 0 ? x : gcd(y, x % y);
  }

  /**
   * Rows one after another such that eight rows of 16 bytes in one column of the matrix fall into
   * different banks: swizzled where extents are powers of two, else padded.
   *
   * @param shape perhaps slots, then rows and columns
   */
  private static Layout memory(DType dtype, long... shape) {
    long rows = shape[shape.length - 2];
    long columns = shape[shape.length - 1];
    int chunk = 128 / dtype.bits();
    if (Long.bitCount(rows) != 1 || Long.bitCount(columns) != 1) {
      long pitch = Math.ceilDiv(columns, (long) chunk) * chunk + chunk;
      return shape.length == 3
          ? Layout.strided(shape, new long[] {rows * pitch, pitch, 1})
          : Layout.strided(shape, new long[] {pitch, 1});
    }
    int across = Math.max(0, Long.numberOfTrailingZeros(columns / chunk));
    int bits = columns < chunk ? 0 : Math.min(3, across);
    Layout plain = Layout.rowMajor(shape);
    return bits > 0
            && plain.swizzle(bits, Integer.numberOfTrailingZeros(chunk), Math.max(3, across))
                instanceof Result.Ok<Layout>(Layout swizzled)
        ? swizzled
        : plain;
  }

  private Type.Tile fragments(Ring ring, Layout layout) {
    return new Type.Tile(List.of(ring.rows, ring.columns), ring.dtype(), Optional.of(layout));
  }

  // ---------------------------------------------------------------- parameters and buffers

  private Parameter.Dimension dimension(int id, String name) {
    return new Parameter.Dimension(
        name, new Value(id, new Type.Scalar(DType.I32)), divisor, Location.UNKNOWN);
  }

  private Parameter.Tensor tensor(
      int id, String name, DType dtype, String d0, String d1, Parameter.Access access) {
    return new Parameter.Tensor(
        name,
        new Value(id, new Type.Tensor(dtype, 2)),
        List.of(new SizeExpr.Dimension(d0), new SizeExpr.Dimension(d1)),
        access,
        1,
        alignment,
        Location.UNKNOWN);
  }

  private static SizeExpr blocks(String dimension, int tile) {
    return new SizeExpr.CeilDiv(new SizeExpr.Dimension(dimension), new SizeExpr.Constant(tile));
  }

  /** The ring of slots of one operand. */
  private final class Ring {
    private final Parameter.Tensor tensor;
    private final int rows;
    private final int columns;
    private final int offset;
    private final Value buffer;

    Ring(OpBuilder b, Parameter.Tensor tensor, int rows, int columns, int offset) {
      this.tensor = tensor;
      this.rows = rows;
      this.columns = columns;
      this.offset = offset;
      Layout memory = memory(dtype(), stages, rows, columns);
      Type.Shared type =
          new Type.Shared(List.of(stages, rows, columns), dtype(), Optional.of(memory));
      this.buffer =
          b.add(new Op.SharedAlloc(b.fresh(type), OptionalInt.of(offset), b.location())).result();
    }

    DType dtype() {
      return tensor.dtype();
    }

    int end() {
      int bytes = RandomLayouts.size(memory(dtype(), stages, rows, columns)) * dtype().bits() / 8;
      return Math.ceilDiv(offset + bytes, 16) * 16;
    }

    Value stage(OpBuilder b, Value index) {
      Layout memory = memory(dtype(), rows, columns);
      Type.Shared type = new Type.Shared(List.of(rows, columns), dtype(), Optional.of(memory));
      return b.add(new Op.SharedSlice(b.fresh(type), buffer, index, b.location())).result();
    }

    void copy(OpBuilder b, Value slot, List<Value> offsets, List<Boolean> checked) {
      int vector = Math.min(16, alignment) * 8 / dtype().bits();
      b.copyAsync(
          stage(b, slot),
          tensor.value(),
          offsets,
          checked,
          Optional.of(rowLayout(rows, columns, vector)));
    }
  }
}
