package dev.tilewright;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The kernel's dimensions, and sizes computed from them on the device. */
final class Sizes {
  private final Trace trace;
  private final Map<String, Value> dimensions = new LinkedHashMap<>();

  Sizes(Trace trace) {
    this.trace = trace;
  }

  void declare(String name, Value value) {
    dimensions.put(name, value);
  }

  SizeExpr positive(Site site, int value) {
    checkPositive(site, "size", value);
    return new SizeExpr.Constant(value);
  }

  /** Checks tile extents, sizes and the like, which are at least 1. */
  void checkPositive(Site site, String what, int value) {
    if (value < 1) {
      throw trace.fail(
          site, Misuse.EXTENT_NOT_POSITIVE, what + " " + value + " is not positive", List.of());
    }
  }

  /** Computes a size on the device, as {@code i32}. */
  Value emit(SizeExpr size) {
    ScalarTerms scalars = trace.scalars();
    return switch (size) {
      case SizeExpr.Constant c -> scalars.i32(c.value());
      case SizeExpr.Dimension d -> Objects.requireNonNull(dimensions.get(d.name()));
      case SizeExpr.Product p -> scalars.binary(BinaryKind.MUL, emit(p.left()), emit(p.right()));
      case SizeExpr.Sum s -> scalars.binary(BinaryKind.ADD, emit(s.left()), emit(s.right()));
      case SizeExpr.CeilDiv c when c.divisor() instanceof SizeExpr.Constant by ->
          ceilDiv(emit(c.dividend()), scalars.i32(by.value()), scalars.i32(by.value() - 1));
      case SizeExpr.CeilDiv c -> {
        Value divisor = emit(c.divisor());
        Value less = scalars.binary(BinaryKind.SUB, divisor, scalars.i32(1));
        yield ceilDiv(emit(c.dividend()), divisor, less);
      }
    };
  }

  private Value ceilDiv(Value dividend, Value divisor, Value divisorLessOne) {
    ScalarTerms scalars = trace.scalars();
    Value sum = scalars.binary(BinaryKind.ADD, dividend, divisorLessOne);
    return scalars.binary(BinaryKind.DIV, sum, divisor);
  }
}
