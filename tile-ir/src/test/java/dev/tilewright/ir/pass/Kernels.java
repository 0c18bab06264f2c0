package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Kernels written by hand, with source lines, for tests of passes. */
final class Kernels {
  final OpBuilder b = new OpBuilder(0);
  private final List<Parameter> parameters = new ArrayList<>();
  private final List<SizeExpr> grid = new ArrayList<>();
  private int line = 10;

  /** Facts that {@link #tensor} and {@link #dim} use. */
  int alignment = 16;

  int divisor = 1;

  Kernels next() {
    b.at(new Location("Kernel", "Kernel.java", line++));
    return this;
  }

  Value dim(String name) {
    next();
    Value value = b.fresh(new Type.Scalar(DType.I32));
    parameters.add(new Parameter.Dimension(name, value, divisor, b.location()));
    return value;
  }

  Value tensor(String name, DType dtype, Parameter.Access access, SizeExpr... shape) {
    return tensor(name, dtype, access, shape.length - 1, shape);
  }

  Value tensor(String name, DType dtype, Parameter.Access access, int unit, SizeExpr... shape) {
    next();
    Value value = b.fresh(new Type.Tensor(dtype, shape.length));
    parameters.add(
        new Parameter.Tensor(name, value, List.of(shape), access, unit, alignment, b.location()));
    return value;
  }

  static SizeExpr size(String dimension) {
    return new SizeExpr.Dimension(dimension);
  }

  /** The program id of a new grid axis that covers a dimension with tiles. */
  Value blocks(String dimension, int tile) {
    next();
    grid.add(new SizeExpr.CeilDiv(size(dimension), new SizeExpr.Constant(tile)));
    return b.programId(grid.size() - 1);
  }

  Value times(Value x, int factor) {
    return b.mul(x, b.i32(factor));
  }

  static Literal zero(DType dtype) {
    return Literal.zero(dtype);
  }

  Value load(Value tensor, List<Integer> shape, Value... offsets) {
    next();
    return b.load(
        tensor,
        shape,
        List.of(offsets),
        Collections.nCopies(shape.size(), true),
        zero(tensor.type().dtype()));
  }

  void store(Value tensor, Value tile, Value... offsets) {
    next();
    b.store(tensor, List.of(offsets), tile, Collections.nCopies(offsets.length, true));
  }

  Value fill(List<Integer> shape, DType dtype, Literal value) {
    next();
    return b.constant(new Type.Tile(shape, dtype), value);
  }

  Value cast(Value x, DType to) {
    next();
    return x.type().dtype().equals(to)
        ? x
        : b.cast(x, to, Rounding.NEAREST_EVEN, to instanceof dev.tilewright.dtype.IntType);
  }

  /** A row vector of length n repeated over rows, or a column vector over columns. */
  Value repeat(Value vector, int axis, List<Integer> shape) {
    next();
    List<Integer> kept = new ArrayList<>(shape);
    kept.set(axis, 1);
    return b.broadcast(b.reshape(vector, kept), shape);
  }

  KernelFunction build(String name) {
    if (grid.isEmpty()) {
      grid.add(new SizeExpr.Constant(1));
    }
    Block body = b.block(List.of());
    return new KernelFunction(name, parameters, grid, Optional.empty(), body);
  }

  // ---------------------------------------------------------------- the kernels

  /**
   * @param in dtype of the tensors a (m×k) and b (n×k, or k×n if {@code bPlain})
   * @param factor what it is cast to for the product
   */
  record Gemm(
      DType in,
      DType factor,
      DType acc,
      DType out,
      int bm,
      int bn,
      int bk,
      boolean bPlain,
      int divisor,
      int alignment) {

    static Gemm of(DType in, DType acc, DType out, int bm, int bn, int bk) {
      return new Gemm(in, in, acc, out, bm, bn, bk, false, 1, 16);
    }

    Gemm facts(int newDivisor, int newAlignment) {
      return new Gemm(in, factor, acc, out, bm, bn, bk, bPlain, newDivisor, newAlignment);
    }

    Gemm withFactor(DType newFactor) {
      return new Gemm(in, newFactor, acc, out, bm, bn, bk, bPlain, divisor, alignment);
    }

    Gemm withPlainB() {
      return new Gemm(in, factor, acc, out, bm, bn, bk, true, divisor, alignment);
    }

    KernelFunction build() {
      return build(UnaryOperator.identity());
    }

    KernelFunction build(UnaryOperator<Value> epilogue) {
      return build(new Kernels(), epilogue);
    }

    KernelFunction build(Kernels kernel, UnaryOperator<Value> epilogue) {
      kernel.divisor = divisor;
      kernel.alignment = alignment;
      kernel.dim("m");
      kernel.dim("n");
      Value k = kernel.dim("k");
      Value a = kernel.tensor("a", in, Parameter.Access.IN, size("m"), size("k"));
      Value b =
          bPlain
              ? kernel.tensor("b", in, Parameter.Access.IN, size("k"), size("n"))
              : kernel.tensor("b", in, Parameter.Access.IN, size("n"), size("k"));
      Value c = kernel.tensor("c", out, Parameter.Access.OUT, size("m"), size("n"));
      Value row = kernel.times(kernel.blocks("m", bm), bm);
      Value column = kernel.times(kernel.blocks("n", bn), bn);
      Value start = kernel.fill(List.of(bm, bn), acc, zero(acc));
      kernel.next();
      OpBuilder ops = kernel.b;
      Value sum =
          ops.forLoop(
                  ops.i32(0),
                  ops.ceilDiv(k, bk),
                  ops.i32(1),
                  List.of(start),
                  arguments -> {
                    Value at = kernel.times(arguments.get(0), bk);
                    Value left = kernel.cast(kernel.load(a, List.of(bm, bk), row, at), factor);
                    Value right =
                        bPlain
                            ? kernel.cast(kernel.load(b, List.of(bk, bn), at, column), factor)
                            : ops.transpose(
                                kernel.cast(kernel.load(b, List.of(bn, bk), column, at), factor),
                                List.of(1, 0));
                    kernel.next();
                    return List.of(ops.mma(left, right, arguments.get(1)));
                  })
              .getFirst();
      kernel.next();
      kernel.store(c, kernel.cast(epilogue.apply(sum), out), row, column);
      return kernel.build("gemm");
    }
  }

  /** Row-wise softmax of an m×n tensor, n at most {@code bn}. */
  static KernelFunction softmax(DType dtype, int bm, int bn) {
    return softmax(dtype, DType.F32, bm, bn);
  }

  /**
   * @param between the type of everything between load and store
   */
  static KernelFunction softmax(DType dtype, DType between, int bm, int bn) {
    Kernels k = new Kernels();
    k.dim("m");
    k.dim("n");
    Value x = k.tensor("x", dtype, Parameter.Access.IN, size("m"), size("n"));
    Value y = k.tensor("y", dtype, Parameter.Access.OUT, size("m"), size("n"));
    Value row = k.times(k.blocks("m", bm), bm);
    Value zero = k.b.i32(0);
    List<Integer> shape = List.of(bm, bn);
    Value tile =
        k.b.load(
            x,
            shape,
            List.of(row, zero),
            List.of(true, true),
            Literal.of(Double.NEGATIVE_INFINITY));
    Value wide = k.cast(tile, between);
    Value most = k.next().b.reduce(wide, 1, p -> k.b.binary(BinaryKind.MAX, p.get(0), p.get(1)));
    Value shifted = k.b.sub(wide, k.repeat(most, 1, shape));
    Value powers = k.next().b.unary(UnaryKind.EXP, shifted);
    Value sum = k.next().b.reduce(powers, 1, p -> k.b.add(p.get(0), p.get(1)));
    Value share = k.next().b.binary(BinaryKind.DIV, powers, k.repeat(sum, 1, shape));
    k.store(y, k.cast(share, dtype), row, zero);
    return k.build("softmax");
  }

  /** y = xᵀ. */
  static KernelFunction transpose(DType dtype, int bm, int bn) {
    Kernels k = new Kernels();
    k.dim("m");
    k.dim("n");
    Value x = k.tensor("x", dtype, Parameter.Access.IN, size("m"), size("n"));
    Value y = k.tensor("y", dtype, Parameter.Access.OUT, size("n"), size("m"));
    Value row = k.times(k.blocks("m", bm), bm);
    Value column = k.times(k.blocks("n", bn), bn);
    Value tile = k.load(x, List.of(bm, bn), row, column);
    k.store(y, k.next().b.transpose(tile, List.of(1, 0)), column, row);
    return k.build("transpose");
  }

  /** Sums of columns, then of the rest: y[n] = Σ over all rows, in a loop of tiles. */
  static KernelFunction columnSums(DType dtype, int bm, int bn) {
    return columnSums(dtype, DType.F32, bm, bn);
  }

  /**
   * @param sum the type of y and of the sums
   */
  static KernelFunction columnSums(DType dtype, DType sum, int bm, int bn) {
    Kernels k = new Kernels();
    Value m = k.dim("m");
    k.dim("n");
    Value x = k.tensor("x", dtype, Parameter.Access.IN, size("m"), size("n"));
    Value y = k.tensor("y", sum, Parameter.Access.OUT, size("n"));
    Value column = k.times(k.blocks("n", bn), bn);
    Value start = k.fill(List.of(bn), sum, Literal.of(0.0));
    OpBuilder b = k.next().b;
    Value sums =
        b.forLoop(
                b.i32(0),
                b.ceilDiv(m, bm),
                b.i32(1),
                List.of(start),
                arguments -> {
                  Value row = k.times(arguments.get(0), bm);
                  Value tile = k.cast(k.load(x, List.of(bm, bn), row, column), sum);
                  Value part = k.next().b.reduce(tile, 0, p -> b.add(p.get(0), p.get(1)));
                  return List.of(b.add(arguments.get(1), part));
                })
            .getFirst();
    k.store(y, sums, column);
    return k.build("columnSums");
  }

  /**
   * Attention over one head: o = softmax(q kᵀ) v for q of m×d, k and v of n×d, n a multiple of
   * {@code bn} or checked.
   */
  static KernelFunction attention(int bm, int bn, int d) {
    Kernels k = new Kernels();
    k.dim("m");
    Value n = k.dim("n");
    k.dim("d");
    Value q = k.tensor("q", DType.F16, Parameter.Access.IN, size("m"), size("d"));
    Value keys = k.tensor("k", DType.F16, Parameter.Access.IN, size("n"), size("d"));
    Value values = k.tensor("v", DType.F16, Parameter.Access.IN, size("n"), size("d"));
    Value o = k.tensor("o", DType.F16, Parameter.Access.OUT, size("m"), size("d"));
    OpBuilder b = k.b;
    Value row = k.times(k.blocks("m", bm), bm);
    Value zero = b.i32(0);
    Value query = k.load(q, List.of(bm, d), row, zero);
    List<Integer> scores = List.of(bm, bn);
    List<Integer> outputs = List.of(bm, d);
    Value noScore = k.fill(scores, DType.F32, Literal.of(0.0));
    Value least = k.fill(scores, DType.F32, Literal.of(-1e30));
    List<Value> results =
        b.forLoop(
            zero,
            b.ceilDiv(n, bn),
            b.i32(1),
            List.of(
                k.fill(List.of(bm), DType.F32, Literal.of(-1e30)),
                k.fill(List.of(bm), DType.F32, Literal.of(0.0)),
                k.fill(outputs, DType.F32, Literal.of(0.0))),
            arguments -> {
              Value at = k.times(arguments.get(0), bn);
              Value key = k.load(keys, List.of(bn, d), at, zero);
              Value value = k.load(values, List.of(bn, d), at, zero);
              Value s = k.next().b.mma(query, b.transpose(key, List.of(1, 0)), noScore);
              Value column = b.add(b.iota(bn), b.splat(at, List.of(bn)));
              Value inside =
                  b.compare(dev.tilewright.ir.ComparePredicate.LT, column, b.splat(n, List.of(bn)));
              Value masked = k.next().b.select(k.repeat(inside, 0, scores), s, least);
              Value rowMost =
                  b.reduce(masked, 1, p -> b.binary(BinaryKind.MAX, p.get(0), p.get(1)));
              Value most = b.binary(BinaryKind.MAX, arguments.get(1), rowMost);
              Value scale = k.next().b.unary(UnaryKind.EXP, b.sub(arguments.get(1), most));
              Value p = b.unary(UnaryKind.EXP, b.sub(masked, k.repeat(most, 1, scores)));
              Value rowSum = b.reduce(p, 1, x -> b.add(x.get(0), x.get(1)));
              Value sum = b.add(b.mul(arguments.get(2), scale), rowSum);
              Value scaled = b.mul(arguments.get(3), k.repeat(scale, 1, outputs));
              Value out = k.next().b.mma(k.cast(p, DType.F16), value, scaled);
              return List.of(most, sum, out);
            });
    Value share =
        k.next().b.binary(BinaryKind.DIV, results.get(2), k.repeat(results.get(1), 1, outputs));
    k.store(o, k.cast(share, DType.F16), row, zero);
    return k.build("attention");
  }
}
