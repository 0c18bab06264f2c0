package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import java.util.List;

/** Arithmetic of device numbers: checks the types and writes the operation. */
final class ScalarOps {
  private ScalarOps() {}

  static Scalar unary(Site site, UnaryKind kind, Scalar x) {
    Elements.checkUnary(x.trace, site, kind, x, x.dtype());
    return x.trace.scalar(site, x.trace.ops().unary(kind, x.read()));
  }

  static Scalar binary(Site site, BinaryKind kind, Scalar x, ScalarValue y) {
    Value right = operand(site, x, y);
    return binary(site, kind, x, right);
  }

  static Scalar binary(Site site, BinaryKind kind, Scalar x, double y) {
    return binary(site, kind, x, literal(site, x, y));
  }

  private static Scalar binary(Site site, BinaryKind kind, Scalar x, Value y) {
    Elements.checkBinary(x.trace, site, kind, x, x.dtype());
    return x.trace.scalar(site, x.trace.scalars().binary(kind, x.read(), y));
  }

  static Scalar compare(Site site, ComparePredicate predicate, Scalar x, ScalarValue y) {
    Value right = operand(site, x, y);
    return compare(site, predicate, x, right);
  }

  static Scalar compare(Site site, ComparePredicate predicate, Scalar x, double y) {
    return compare(site, predicate, x, literal(site, x, y));
  }

  private static Scalar compare(Site site, ComparePredicate predicate, Scalar x, Value y) {
    Elements.checkCompare(x.trace, site, predicate, x, x.dtype());
    return x.trace.scalar(site, x.trace.ops().compare(predicate, x.read(), y));
  }

  private static Value literal(Site site, Scalar x, double y) {
    return x.trace.scalars().constant(x.dtype(), Elements.literal(x.trace, site, x.dtype(), y));
  }

  private static Value operand(Site site, Scalar x, ScalarValue y) {
    x.trace.checkUsable(site, y);
    Value right = y.read();
    Elements.checkSame(x.trace, site, x, x.dtype(), y, right.type().dtype());
    return right;
  }

  /** A coordinate or loop bound, which is {@code i32}. */
  static Value coordinate(Trace trace, Site site, ScalarValue x) {
    trace.checkUsable(site, x);
    Value value = x.read();
    if (!value.type().dtype().equals(DType.I32)) {
      throw trace.fail(
          site,
          Misuse.DTYPE_MISMATCH,
          "coordinates and loop bounds are i32, not " + value.type().dtype(),
          List.of(x.note("this " + x.describe() + " was made here")),
          "cast it: x.cast(I32)");
    }
    return value;
  }
}
