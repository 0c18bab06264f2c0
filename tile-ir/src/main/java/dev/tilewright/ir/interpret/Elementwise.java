package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.UnaryKind;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Elementwise operations on whole tiles.
 *
 * @param exact whether floats are rounded to their type; otherwise all are {@code f64}
 */
record Elementwise(boolean exact) {

  /** The type in which arithmetic on this type is done. */
  FloatType arithmetic(FloatType type) {
    return exact ? type : DType.F64;
  }

  /** A number of the program, rounded to its type. */
  static Data literal(Literal literal, DType dtype) {
    return switch (dtype) {
      case FloatType type -> {
        double value = literal instanceof Literal.Float(double v) ? v : intValue(literal);
        yield new Data.Floats(new double[] {type.decode(type.encode(value))});
      }
      case IntType type -> new Data.Ints(new long[] {IntArithmetic.wrap(type, intValue(literal))});
      case StoredType type -> {
        double value = literal instanceof Literal.Float(double v) ? v : intValue(literal);
        yield new Data.Floats(new double[] {type.decode(type.encode(value))});
      }
    };
  }

  private static long intValue(Literal literal) {
    return switch (literal) {
      case Literal.Int(long value) -> value;
      case Literal.Float(double value) ->
          throw new IllegalArgumentException(value + " is not an integer");
    };
  }

  Data unary(UnaryKind kind, DType dtype, Data x) {
    return switch (dtype) {
      case FloatType type -> {
        FloatType as = arithmetic(type);
        yield mapFloats(x, v -> FloatArithmetic.unary(kind, as, v));
      }
      case IntType type -> mapInts(x, v -> IntArithmetic.unary(kind, type, v));
      case StoredType type -> throw type.noArithmetic();
    };
  }

  Data binary(BinaryKind kind, DType dtype, Data x, Data y) {
    return switch (dtype) {
      case FloatType type -> {
        FloatType as = arithmetic(type);
        yield mapFloats(x, y, (v, w) -> FloatArithmetic.binary(kind, as, v, w));
      }
      case IntType type -> mapInts(x, y, (v, w) -> IntArithmetic.binary(kind, type, v, w));
      case StoredType type -> throw type.noArithmetic();
    };
  }

  Data fma(FloatType type, Data x, Data y, Data z) {
    FloatType as = arithmetic(type);
    double[] xs = floats(x);
    double[] ys = floats(y);
    double[] zs = floats(z);
    double[] result = new double[Math.max(xs.length, Math.max(ys.length, zs.length))];
    for (int i = 0; i < result.length; i++) {
      result[i] = FloatArithmetic.fma(as, at(xs, i), at(ys, i), at(zs, i));
    }
    return new Data.Floats(result);
  }

  static Data compare(Op.Compare op, Data x, Data y) {
    long[] result = new long[Math.max(x.length(), y.length())];
    switch (op.x().type().dtype()) {
      case FloatType _ -> {
        double[] xs = floats(x);
        double[] ys = floats(y);
        for (int i = 0; i < result.length; i++) {
          boolean holds = FloatArithmetic.compare(op.predicate(), at(xs, i), at(ys, i));
          result[i] = holds ? -1 : 0;
        }
      }
      case IntType type -> {
        long[] xs = ints(x);
        long[] ys = ints(y);
        for (int i = 0; i < result.length; i++) {
          boolean holds = IntArithmetic.compare(op.predicate(), type, at(xs, i), at(ys, i));
          result[i] = holds ? -1 : 0;
        }
      }
      case StoredType type -> throw type.noArithmetic();
    }
    return new Data.Ints(result);
  }

  static Data select(Data condition, Data x, Data y) {
    long[] choose = ints(condition);
    int length = Math.max(choose.length, Math.max(x.length(), y.length()));
    return switch (x) {
      case Data.Floats(double[] xs) -> {
        double[] ys = floats(y);
        double[] result = new double[length];
        for (int i = 0; i < length; i++) {
          result[i] = at(choose, i) != 0 ? at(xs, i) : at(ys, i);
        }
        yield new Data.Floats(result);
      }
      case Data.Ints(long[] xs) -> {
        long[] ys = ints(y);
        long[] result = new long[length];
        for (int i = 0; i < length; i++) {
          result[i] = at(choose, i) != 0 ? at(xs, i) : at(ys, i);
        }
        yield new Data.Ints(result);
      }
    };
  }

  Data cast(Op.Cast op, Data x) {
    DType from = op.x().type().dtype();
    return switch (op.result().type().dtype()) {
      case FloatType to -> toFloats(op, from, arithmetic(to), x);
      case IntType to -> toInts(op, from, to, x);
      case StoredType to -> mapFloats(toFloats(op, from, DType.F64, x), v -> nearest(to, v));
    };
  }

  private static double nearest(StoredType to, double value) {
    return to.decode(to.encode(value));
  }

  private Data toFloats(Op.Cast op, DType from, FloatType to, Data x) {
    return switch (from) {
      case FloatType _, StoredType _ when !exact -> x;
      case FloatType _, StoredType _ ->
          mapFloats(x, v -> FloatArithmetic.cast(v, to, op.rounding(), op.saturate()));
      case IntType type -> {
        long[] xs = ints(x);
        double[] result = new double[xs.length];
        for (int i = 0; i < result.length; i++) {
          result[i] = IntArithmetic.cast(type, xs[i], to, op.rounding(), op.saturate());
        }
        yield new Data.Floats(result);
      }
    };
  }

  private static Data toInts(Op.Cast op, DType from, IntType to, Data x) {
    return switch (from) {
      case IntType type -> mapInts(x, v -> IntArithmetic.cast(type, v, to, op.saturate()));
      case FloatType _, StoredType _ -> {
        double[] xs = floats(x);
        long[] result = new long[xs.length];
        for (int i = 0; i < result.length; i++) {
          result[i] = IntArithmetic.cast(xs[i], to, op.rounding());
        }
        yield new Data.Ints(result);
      }
    };
  }

  // ---------------------------------------------------------------- arrays

  static double[] floats(Data data) {
    return ((Data.Floats) data).values();
  }

  static long[] ints(Data data) {
    return ((Data.Ints) data).values();
  }

  private static double at(double[] values, int i) {
    return values[values.length == 1 ? 0 : i];
  }

  private static long at(long[] values, int i) {
    return values[values.length == 1 ? 0 : i];
  }

  private static Data mapFloats(Data x, DoubleUnaryOperator f) {
    double[] xs = floats(x);
    double[] result = new double[xs.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = f.applyAsDouble(xs[i]);
    }
    return new Data.Floats(result);
  }

  private static Data mapInts(Data x, LongUnaryOperator f) {
    long[] xs = ints(x);
    long[] result = new long[xs.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = f.applyAsLong(xs[i]);
    }
    return new Data.Ints(result);
  }

  private static Data mapFloats(Data x, Data y, DoubleBinaryOperator f) {
    double[] xs = floats(x);
    double[] ys = floats(y);
    double[] result = new double[Math.max(xs.length, ys.length)];
    for (int i = 0; i < result.length; i++) {
      result[i] = f.applyAsDouble(at(xs, i), at(ys, i));
    }
    return new Data.Floats(result);
  }

  private static Data mapInts(Data x, Data y, LongBinaryOperator f) {
    long[] xs = ints(x);
    long[] ys = ints(y);
    long[] result = new long[Math.max(xs.length, ys.length)];
    for (int i = 0; i < result.length; i++) {
      result[i] = f.applyAsLong(at(xs, i), at(ys, i));
    }
    return new Data.Ints(result);
  }
}
