package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes scalar arithmetic and remembers how each value was computed, so that coordinates computed
 * twice are recognised as the same.
 */
final class ScalarTerms {
  private final OpBuilder ops;
  private final Map<Value, Object> terms = new HashMap<>();

  private record Term(BinaryKind kind, Object x, Object y) {}

  ScalarTerms(OpBuilder ops) {
    this.ops = ops;
  }

  Value i32(long value) {
    return constant(DType.I32, Literal.of(value));
  }

  Value constant(DType dtype, Literal literal) {
    Value value = ops.constant(new Type.Scalar(dtype), literal);
    terms.put(value, literal);
    return value;
  }

  Value binary(BinaryKind kind, Value x, Value y) {
    Value value = ops.binary(kind, x, y);
    terms.put(value, new Term(kind, term(x), term(y)));
    return value;
  }

  /** Whether two values are certainly equal: computed in the same way from the same values. */
  boolean same(List<Value> x, List<Value> y) {
    return x.stream().map(this::term).toList().equals(y.stream().map(this::term).toList());
  }

  private Object term(Value value) {
    return terms.getOrDefault(value, value);
  }
}
