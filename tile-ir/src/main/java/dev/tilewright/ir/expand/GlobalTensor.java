package dev.tilewright.ir.expand;

import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.List;

/**
 * A tensor parameter as the thread sees it.
 *
 * @param pointer the address of its first element, {@code i64}
 * @param strides by dimension, the bytes between neighbours, {@code i64}; a known number for the
 *     unit dimension
 * @param sizes by dimension, {@code i32}
 */
record GlobalTensor(
    Parameter.Tensor parameter,
    ThreadValue pointer,
    List<ThreadValue> strides,
    List<ThreadValue> sizes) {

  int elementBytes() {
    return Vectors.bytes(parameter.dtype());
  }

  boolean isUnit(int dimension) {
    return dimension == parameter.unitDimension();
  }
}
