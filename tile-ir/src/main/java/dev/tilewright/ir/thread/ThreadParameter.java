package dev.tilewright.ir.thread;

import java.util.List;

/**
 * One entry of the kernel's parameter buffer, in order, each aligned to its own size, tensor maps
 * to 64.
 */
public sealed interface ThreadParameter {

  ThreadValue value();

  /** What a reader of the code knows it by; not unique, and with whatever names the program has. */
  default String label() {
    return switch (this) {
      case Pointer p -> p.tensor() + "_address";
      case Stride s -> s.tensor() + "_stride" + s.dimension();
      case Dimension d -> d.name() + "_size";
      case Scalar s -> s.name() + "_value";
      case TensorMap m -> m.tensor() + "_map";
      case Workspace w -> w.name() + "_workspace";
    };
  }

  /** The address of a tensor's first element, {@code i64}. */
  record Pointer(String tensor, ThreadValue value) implements ThreadParameter {}

  /** The distance in elements between neighbours along one dimension of a tensor, {@code i64}. */
  record Stride(String tensor, int dimension, ThreadValue value) implements ThreadParameter {}

  /** The size of a dimension, {@code i32}. */
  record Dimension(String name, ThreadValue value) implements ThreadParameter {}

  /**
   * The generic address, {@code i64}, of the 128 bytes that describe a tensor to bulk copies.
   *
   * @param dimensions the tensor's, from the innermost to the outermost
   * @param box what one copy moves, in elements, innermost first
   * @param swizzleBytes the row length for which shared memory is swizzled: 0, 32, 64 or 128
   */
  record TensorMap(
      String tensor,
      List<Integer> dimensions,
      List<Integer> box,
      int swizzleBytes,
      ThreadValue value)
      implements ThreadParameter {
    public TensorMap {
      dimensions = List.copyOf(dimensions);
      box = List.copyOf(box);
    }
  }

  /**
   * The address of global memory that the launch provides, {@code i64}, a multiple of 256.
   *
   * @param placeBytes of one of its places; the function in tile IR says how many there are
   * @param zeroed whether it holds zeros when the launch begins and is left so
   */
  record Workspace(String name, long placeBytes, boolean zeroed, ThreadValue value)
      implements ThreadParameter {}

  /** A number passed by value. */
  record Scalar(String name, ThreadValue value) implements ThreadParameter {}
}
