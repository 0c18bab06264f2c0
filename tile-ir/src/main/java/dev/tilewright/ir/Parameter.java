package dev.tilewright.ir;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr;
import java.util.List;

/** A parameter of a kernel function, and what is known of its argument when code is generated. */
public sealed interface Parameter {

  String name();

  Value value();

  Location location();

  /**
   * A dimension whose size is known at launch, an {@code i32}.
   *
   * @param divisor a number that divides every size this code will be launched with; 1 promises
   *     nothing
   */
  record Dimension(String name, Value value, int divisor, Location location) implements Parameter {
    public Dimension {
      if (divisor < 1) {
        throw new IllegalArgumentException("divisor of dimension " + name + " is " + divisor);
      }
    }
  }

  /** A number passed by value. */
  record Scalar(String name, Value value, Location location) implements Parameter {}

  /**
   * A tensor in global memory.
   *
   * @param shape the size of each dimension, in the function's {@link Dimension} parameters
   * @param unitDimension the dimension whose stride is one element; -1 when none is promised
   * @param alignment a power of two of bytes that divides the address of the first element and
   *     every stride but the unit one
   */
  record Tensor(
      String name,
      Value value,
      List<SizeExpr> shape,
      Access access,
      int unitDimension,
      int alignment,
      Location location)
      implements Parameter {
    public Tensor {
      shape = List.copyOf(shape);
      if (Integer.bitCount(alignment) != 1) {
        throw new IllegalArgumentException("alignment of tensor " + name + " is " + alignment);
      }
    }

    public DType dtype() {
      return value.type().dtype();
    }
  }

  /**
   * Global memory that the launch provides and the caller does not see.
   *
   * @param places how many, in the function's {@link Dimension} parameters
   * @param zeroed whether it holds zeros when the launch begins; the kernel must then leave it so
   */
  record Workspace(String name, Value value, SizeExpr places, boolean zeroed, Location location)
      implements Parameter {
    public Type.Workspace type() {
      return (Type.Workspace) value.type();
    }
  }

  /** The name, or the name with the first number that makes it another than all others. */
  static String freeName(String name, List<Parameter> others) {
    String free = name;
    for (int i = 1; isTaken(free, others); i++) {
      free = name + i;
    }
    return free;
  }

  private static boolean isTaken(String name, List<Parameter> others) {
    return others.stream().anyMatch(parameter -> parameter.name().equals(name));
  }

  /** Whether a kernel reads or writes a tensor. A tensor has at most one of the two. */
  enum Access {
    IN,
    OUT,
    INOUT
  }
}
