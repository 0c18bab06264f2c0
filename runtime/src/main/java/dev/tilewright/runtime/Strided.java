package dev.tilewright.runtime;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * Where the elements of a tensor lie in its storage: element {@code (i₀, i₁, …)} is number {@code
 * offset + Σ iₖ·strideₖ}. Everything is counted in elements.
 */
final class Strided {
  private final long[] shape;
  private final long[] strides;
  private final long offset;

  Strided(long[] shape, long[] strides, long offset) {
    this.shape = shape.clone();
    this.strides = strides.clone();
    this.offset = offset;
    if (shape.length != strides.length) {
      throw new IllegalArgumentException(
          "TW-R004: shape "
              + Arrays.toString(shape)
              + " and strides "
              + Arrays.toString(strides)
              + " must have the same number of dimensions");
    }
    if (LongStream.of(shape).anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException(
          "TW-R004: every size of a tensor must be at least 1, not " + Arrays.toString(shape));
    }
    if (offset < 0 || LongStream.of(strides).anyMatch(s -> s < 0)) {
      throw new IllegalArgumentException(
          "TW-R004: strides and offset must not be negative, but are "
              + Arrays.toString(strides)
              + " and "
              + offset);
    }
    try {
      end();
      size();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "TW-R004: a tensor of shape "
              + Arrays.toString(shape)
              + " and strides "
              + Arrays.toString(strides)
              + " has more elements than can be counted",
          e);
    }
  }

  /** The last dimension is the contiguous one. */
  static Strided rowMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride = saturatingMultiply(stride, shape[i]);
    }
    return new Strided(shape, strides, 0);
  }

  /** The first dimension is the contiguous one. */
  static Strided columnMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = 0; i < shape.length; i++) {
      strides[i] = stride;
      stride = saturatingMultiply(stride, shape[i]);
    }
    return new Strided(shape, strides, 0);
  }

  /** Too large a product stays too large and is refused by the constructor. */
  private static long saturatingMultiply(long stride, long size) {
    return size > 0 && stride > Long.MAX_VALUE / size ? Long.MAX_VALUE : stride * size;
  }

  int rank() {
    return shape.length;
  }

  long[] shape() {
    return shape.clone();
  }

  long[] strides() {
    return strides.clone();
  }

  long size(int dimension) {
    return shape[dimension];
  }

  long stride(int dimension) {
    return strides[dimension];
  }

  long offset() {
    return offset;
  }

  /** The number of elements. */
  long size() {
    long size = 1;
    for (long n : shape) {
      size = Math.multiplyExact(size, n);
    }
    return size;
  }

  /** One more than the largest element number. */
  long end() {
    long last = offset;
    for (int i = 0; i < shape.length; i++) {
      last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, strides[i]));
    }
    return Math.addExact(last, 1);
  }

  /** Whether the elements, in row-major order, follow each other without gaps. */
  boolean isRowMajor() {
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] > 1 && strides[i] != stride) {
        return false;
      }
      stride *= shape[i];
    }
    return true;
  }

  /**
   * Whether no two elements can coincide: sorted by stride, each dimension steps over all that the
   * smaller ones reach. A few exotic stride sets that are injective all the same are missed.
   */
  boolean isSurelyInjective() {
    int[] order =
        LongStream.range(0, shape.length)
            .mapToInt(i -> (int) i)
            .filter(i -> shape[i] > 1)
            .boxed()
            .sorted((a, b) -> Long.compare(strides[a], strides[b]))
            .mapToInt(i -> i)
            .toArray();
    long reach = 0;
    for (int i : order) {
      if (strides[i] <= reach) {
        return false;
      }
      reach += (shape[i] - 1) * strides[i];
    }
    return true;
  }

  /** Whether the elements fill {@code offset .. end} without gaps, in any order. */
  boolean isGapFree() {
    return isSurelyInjective() && end() - offset == size();
  }

  Strided permute(int... axes) {
    int[] sorted = axes.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < Math.max(sorted.length, rank()); i++) {
      if (sorted.length != rank() || sorted[i] != i) {
        throw new IllegalArgumentException(
            "TW-R004: "
                + Arrays.toString(axes)
                + " is not an order of "
                + rank()
                + " dimensions; each of 0.."
                + (rank() - 1)
                + " must occur once");
      }
    }
    return new Strided(
        Arrays.stream(axes).mapToLong(i -> shape[i]).toArray(),
        Arrays.stream(axes).mapToLong(i -> strides[i]).toArray(),
        offset);
  }

  Strided slice(int dimension, long from, long to) {
    if (dimension < 0 || dimension >= rank() || from < 0 || from >= to || to > shape[dimension]) {
      throw new IllegalArgumentException(
          "TW-R004: no slice "
              + from
              + ".."
              + to
              + " of dimension "
              + dimension
              + " in shape "
              + Arrays.toString(shape));
    }
    long[] cut = shape.clone();
    cut[dimension] = to - from;
    return new Strided(cut, strides, offset + from * strides[dimension]);
  }

  /** The same elements in row-major order under another shape. */
  Strided reshape(long... newShape) {
    Strided fresh = rowMajor(newShape);
    if (!isRowMajor() || fresh.size() != size()) {
      throw new IllegalArgumentException(
          "TW-R004: cannot reshape "
              + this
              + " to "
              + Arrays.toString(newShape)
              + ": only a row-major tensor without gaps can be reshaped, to the same number of"
              + " elements");
    }
    return new Strided(newShape, fresh.strides, offset);
  }

  /** Calls back with every element number, in row-major order. */
  void forEach(ElementVisitor visitor) {
    long[] index = new long[rank()];
    long element = offset;
    long size = size();
    for (long position = 0; position < size; position++) {
      visitor.visit(position, element);
      for (int i = rank() - 1; i >= 0; i--) {
        element += strides[i];
        if (++index[i] < shape[i]) {
          break;
        }
        element -= shape[i] * strides[i];
        index[i] = 0;
      }
    }
  }

  /** Receives an element's place in row-major order and its number in the storage. */
  interface ElementVisitor {
    void visit(long position, long element);
  }

  @Override
  public String toString() {
    return "shape " + Arrays.toString(shape) + " strides " + Arrays.toString(strides);
  }
}
