package dev.tilewright.ir.pass;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Sum;

/**
 * Which elements of a tile each thread holds, as numbers in row-major order.
 *
 * @param elements by thread (lane fastest), then by register
 */
record ThreadElements(long[][] elements) {

  static ThreadElements of(Layout layout) {
    long[] registers = contributions(layout, REGISTER);
    long[] lanes = contributions(layout, LANE);
    long[] warps = contributions(layout, WARP);
    long[][] elements = new long[lanes.length * warps.length][registers.length];
    for (int w = 0; w < warps.length; w++) {
      for (int l = 0; l < lanes.length; l++) {
        long[] own = elements[w * lanes.length + l];
        for (int r = 0; r < registers.length; r++) {
          own[r] = registers[r] + lanes[l] + warps[w];
        }
      }
    }
    return new ThreadElements(elements);
  }

  /** What the coordinates on one axis add to the number of the element. */
  private static long[] contributions(Layout layout, Axis axis) {
    if (layout.sum() != Sum.INTEGER) {
      throw new IllegalArgumentException("register layouts count in the integers: " + layout);
    }
    long[] sums = {0};
    for (Digit digit : layout.digits()) {
      if (digit.axis().equals(axis)) {
        long step = rowMajor(layout, digit);
        long[] more = new long[Math.toIntExact(sums.length * digit.extent())];
        for (int i = 0; i < more.length; i++) {
          more[i] = sums[i % sums.length] + step * (i / sums.length);
        }
        sums = more;
      }
    }
    return sums;
  }

  private static long rowMajor(Layout layout, Digit digit) {
    long step = 0;
    for (int d = 0; d < layout.codomain().rank(); d++) {
      Axis dim = Axis.dim(d);
      step = step * layout.codomain().extent(dim) + digit.stride(dim);
    }
    return step;
  }

  /**
   * Whether the other layout only renumbers registers: each of its registers is one of this
   * layout's, the same one in every thread.
   */
  boolean isRenumberedTo(ThreadElements other) {
    for (int register = 0; register < other.elements[0].length; register++) {
      if (!hasRegister(other, register)) {
        return false;
      }
    }
    return true;
  }

  private boolean hasRegister(ThreadElements other, int register) {
    for (int own = 0; own < elements[0].length; own++) {
      int thread = 0;
      while (thread < elements.length
          && elements[thread][own] == other.elements[thread][register]) {
        thread++;
      }
      if (thread == elements.length) {
        return true;
      }
    }
    return false;
  }
}
