package dev.tilewright.ir.machine;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * A tensor's memory.
 *
 * @param strides in elements
 * @param alignment the power of two that divides the address of its first element, and no larger
 */
public record TensorData(DType dtype, long[] shape, long[] strides, int alignment, byte[] bytes) {

  /** A tensor whose memory ends with its last element. */
  public static TensorData of(DType dtype, long[] shape, long[] strides, int alignment) {
    long last = 0;
    boolean empty = false;
    for (int d = 0; d < shape.length; d++) {
      last += (shape[d] - 1) * strides[d];
      empty |= shape[d] == 0;
    }
    int elements = empty ? 0 : Math.toIntExact(last + 1);
    return new TensorData(dtype, shape, strides, alignment, new byte[elements * dtype.bits() / 8]);
  }

  /**
   * Dimension {@code unit} contiguous, the others in order, rows padded to {@code pad} elements.
   */
  public static TensorData dense(DType dtype, long[] shape, int unit, int alignment, long pad) {
    long[] strides = new long[shape.length];
    strides[unit] = 1;
    long stride = Math.ceilDiv(Math.max(1, shape[unit]), pad) * pad;
    for (int d = shape.length - 1; d >= 0; d--) {
      if (d != unit) {
        strides[d] = stride;
        stride *= Math.max(1, shape[d]);
      }
    }
    return of(dtype, shape, strides, alignment);
  }

  /** A tensor without neighbours: every stride is a multiple of {@code step} elements. */
  public static TensorData scattered(DType dtype, long[] shape, int alignment, long step) {
    long[] strides = new long[shape.length];
    long stride = step;
    for (int d = 0; d < shape.length; d++) {
      strides[d] = stride;
      stride *= Math.max(1, shape[d]);
    }
    return of(dtype, shape, strides, alignment);
  }

  public TensorData copy() {
    return new TensorData(dtype, shape, strides, alignment, bytes.clone());
  }

  public TensorData fill(ToDoubleFunction<long[]> value) {
    forEach(index -> set(index, value.applyAsDouble(index)));
    return this;
  }

  public interface At {
    void accept(long[] index);
  }

  public void forEach(At action) {
    long size = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    for (long i = 0; i < size; i++) {
      long[] index = new long[shape.length];
      long rest = i;
      for (int d = shape.length - 1; d >= 0; d--) {
        index[d] = rest % shape[d];
        rest /= shape[d];
      }
      action.accept(index);
    }
  }

  private int at(long... index) {
    long at = 0;
    for (int d = 0; d < index.length; d++) {
      at += index[d] * strides[d];
    }
    return Math.toIntExact(at * dtype.bits() / 8);
  }

  public void set(long[] index, double value) {
    setCode(index, dtype.encode(value));
  }

  public void setCode(long[] index, long code) {
    for (int i = 0; i < dtype.bits() / 8; i++) {
      bytes[at(index) + i] = (byte) (code >> 8 * i);
    }
  }

  public double get(long... index) {
    return dtype.decode(code(index));
  }

  public long code(long... index) {
    long code = 0;
    for (int i = dtype.bits() / 8 - 1; i >= 0; i--) {
      code = code << 8 | Byte.toUnsignedLong(bytes[at(index) + i]);
    }
    return code;
  }

  /** The code of a number that is passed by value. */
  public static long code(DType dtype, Literal literal) {
    return Arithmetic.code(dtype, literal);
  }
}
