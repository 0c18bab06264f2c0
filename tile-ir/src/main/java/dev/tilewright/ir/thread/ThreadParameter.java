package dev.tilewright.ir.thread;

/** One entry of the kernel's parameter buffer, in order, each aligned to its own size. */
public sealed interface ThreadParameter {

  ThreadValue value();

  /** The address of a tensor's first element, {@code i64}. */
  record Pointer(String tensor, ThreadValue value) implements ThreadParameter {}

  /** The distance in elements between neighbours along one dimension of a tensor, {@code i64}. */
  record Stride(String tensor, int dimension, ThreadValue value) implements ThreadParameter {}

  /** The size of a dimension, {@code i32}. */
  record Dimension(String name, ThreadValue value) implements ThreadParameter {}

  /** A number passed by value. */
  record Scalar(String name, ThreadValue value) implements ThreadParameter {}
}
