package dev.tilewright.ir.interpret;

import java.util.List;

/** Which element of the operand each element of a shape operation's result is; row-major. */
final class Indexing {
  private Indexing() {}

  static int count(List<Integer> shape) {
    int count = 1;
    for (int extent : shape) {
      count = Math.multiplyExact(count, extent);
    }
    return count;
  }

  static int[] broadcast(List<Integer> from, List<Integer> to) {
    int[] strides = rowMajor(from);
    for (int i = 0; i < strides.length; i++) {
      strides[i] = from.get(i) == 1 ? 0 : strides[i];
    }
    return walk(to, strides);
  }

  static int[] transpose(List<Integer> from, List<Integer> to, List<Integer> permutation) {
    int[] strides = rowMajor(from);
    return walk(to, permutation.stream().mapToInt(i -> strides[i]).toArray());
  }

  /** The elements at {@code index} of dimension {@code axis}, in order of the others. */
  static int[] section(List<Integer> shape, int axis, int index) {
    int inner = count(shape.subList(axis + 1, shape.size()));
    int[] places = new int[count(shape) / shape.get(axis)];
    for (int i = 0; i < places.length; i++) {
      places[i] = (i / inner * shape.get(axis) + index) * inner + i % inner;
    }
    return places;
  }

  private static int[] rowMajor(List<Integer> shape) {
    int[] strides = new int[shape.size()];
    int stride = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape.get(i);
    }
    return strides;
  }

  private static int[] walk(List<Integer> shape, int[] strides) {
    int[] places = new int[count(shape)];
    int[] at = new int[strides.length];
    int place = 0;
    for (int e = 0; e < places.length; e++) {
      places[e] = place;
      for (int i = strides.length - 1; i >= 0; i--) {
        place += strides[i];
        at[i]++;
        if (at[i] < shape.get(i)) {
          break;
        }
        place -= at[i] * strides[i];
        at[i] = 0;
      }
    }
    return places;
  }
}
