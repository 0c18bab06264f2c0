package dev.tilewright.layout;

import java.util.Collection;
import java.util.Map;

/**
 * A size as a function of named dimensions that are known only at launch: {@code ceildiv(m, 128)}.
 * Kernel grids and tensor shapes are written in it. Sizes are exact: evaluation throws {@link
 * ArithmeticException} on overflow.
 */
public sealed interface SizeExpr {

  /**
   * @param dimensions the value of every dimension, by name
   * @throws IllegalArgumentException if a dimension is missing
   */
  long evaluate(Map<String, Long> dimensions);

  /** Adds the names of all dimensions that occur in this, from left to right. */
  default void collectDimensions(Collection<String> names) {
    switch (this) {
      case Constant(long value) -> {}
      case Dimension(String name) -> names.add(name);
      case CeilDiv(SizeExpr dividend, SizeExpr divisor) -> {
        dividend.collectDimensions(names);
        divisor.collectDimensions(names);
      }
      case Product(SizeExpr left, SizeExpr right) -> {
        left.collectDimensions(names);
        right.collectDimensions(names);
      }
      case Sum(SizeExpr left, SizeExpr right) -> {
        left.collectDimensions(names);
        right.collectDimensions(names);
      }
    }
  }

  /** A number. */
  record Constant(long value) implements SizeExpr {
    @Override
    public long evaluate(Map<String, Long> dimensions) {
      return value;
    }

    @Override
    public String toString() {
      return Long.toString(value);
    }
  }

  /** A named dimension. */
  record Dimension(String name) implements SizeExpr {
    @Override
    public long evaluate(Map<String, Long> dimensions) {
      Long value = dimensions.get(name);
      if (value == null) {
        throw new IllegalArgumentException("dimension '" + name + "' has no value");
      }
      return value;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** The least integer not below {@code dividend / divisor}; both are non-negative. */
  record CeilDiv(SizeExpr dividend, SizeExpr divisor) implements SizeExpr {
    @Override
    public long evaluate(Map<String, Long> dimensions) {
      return Math.ceilDiv(dividend.evaluate(dimensions), divisor.evaluate(dimensions));
    }

    @Override
    public String toString() {
      return "ceildiv(" + dividend + ", " + divisor + ")";
    }
  }

  /** A product. */
  record Product(SizeExpr left, SizeExpr right) implements SizeExpr {
    @Override
    public long evaluate(Map<String, Long> dimensions) {
      return Math.multiplyExact(left.evaluate(dimensions), right.evaluate(dimensions));
    }

    @Override
    public String toString() {
      return "mul(" + left + ", " + right + ")";
    }
  }

  /** A sum. */
  record Sum(SizeExpr left, SizeExpr right) implements SizeExpr {
    @Override
    public long evaluate(Map<String, Long> dimensions) {
      return Math.addExact(left.evaluate(dimensions), right.evaluate(dimensions));
    }

    @Override
    public String toString() {
      return "add(" + left + ", " + right + ")";
    }
  }
}
