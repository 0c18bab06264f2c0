package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr;
import java.util.List;

/**
 * What one tensor argument must satisfy. Code specialised to aligned, row-major data is wrong for
 * any other, so the launch checks these and refuses.
 *
 * @param tensor the parameter's name
 * @param dtype the element type
 * @param shape the size of each dimension
 * @param unitDimension the dimension whose stride is one element, or -1 when none is promised
 * @param alignment a power of two of bytes that divides the address and every other stride
 * @param written whether the kernel writes it
 */
public record TensorRequirement(
    String tensor,
    DType dtype,
    List<SizeExpr> shape,
    int unitDimension,
    int alignment,
    boolean written) {
  public TensorRequirement {
    shape = List.copyOf(shape);
    if (unitDimension < -1 || unitDimension >= shape.size()) {
      throw new IllegalArgumentException(
          "tensor '" + tensor + "' has no dimension " + unitDimension + " of " + shape.size());
    }
    if (Integer.bitCount(alignment) != 1) {
      throw new IllegalArgumentException(
          "the alignment of tensor '" + tensor + "' must be a power of two, not " + alignment);
    }
  }
}
