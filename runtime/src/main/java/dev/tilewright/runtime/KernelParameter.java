package dev.tilewright.runtime;

import dev.tilewright.dtype.DType;

/**
 * One entry of a kernel's parameter buffer. Entries follow each other in declaration order, each
 * aligned to its own size.
 */
public sealed interface KernelParameter {

  /** Size and alignment in bytes. */
  int bytes();

  /** The address of a tensor's first element: 8 bytes. */
  record Pointer(String tensor) implements KernelParameter {
    @Override
    public int bytes() {
      return 8;
    }
  }

  /** The distance, in elements, between neighbours along one dimension of a tensor: 8 bytes. */
  record Stride(String tensor, int dimension) implements KernelParameter {
    @Override
    public int bytes() {
      return 8;
    }
  }

  /** The size of a dimension that is known at launch: 4 bytes, signed. */
  record Dimension(String name) implements KernelParameter {
    @Override
    public int bytes() {
      return 4;
    }
  }

  /** A number passed by value. */
  record Scalar(String name, DType dtype) implements KernelParameter {
    @Override
    public int bytes() {
      return Math.max(1, dtype.bits() / 8);
    }
  }
}
