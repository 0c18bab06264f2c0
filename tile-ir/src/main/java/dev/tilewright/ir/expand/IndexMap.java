package dev.tilewright.ir.expand;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Sum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One coordinate of a layout from (register, lane, warp), split in two: what the thread contributes
 * and, for every register, a number. The coordinate is their sum, or over F₂ their XOR.
 *
 * @param sum how the two are put together
 * @param thread the digits of lane and warp that move the coordinate
 * @param registers by register, the coordinate in thread 0
 */
record IndexMap(Sum sum, List<ThreadDigit> thread, long[] registers) {

  /**
   * A digit of a lane's or warp's number: {@code (number / place) % extent}, times the stride.
   *
   * @param axis {@link Axis#LANE} or {@link Axis#WARP}
   */
  record ThreadDigit(Axis axis, long place, long extent, long stride) {}

  static IndexMap of(Layout map, Axis target) {
    List<ThreadDigit> thread = new ArrayList<>();
    List<Digit> digits = map.digits();
    for (int i = 0; i < digits.size(); i++) {
      Digit digit = digits.get(i);
      if (!digit.axis().equals(Axis.REGISTER) && digit.stride(target) != 0) {
        thread.add(
            new ThreadDigit(digit.axis(), map.placeOf(i), digit.extent(), digit.stride(target)));
      }
    }
    return new IndexMap(map.sum(), thread, registers(map, target));
  }

  private static long[] registers(Layout map, Axis target) {
    int axis = map.domain().indexOf(Axis.REGISTER);
    int at = map.codomain().indexOf(target);
    long[] registers = new long[(int) map.domain().extent(Axis.REGISTER)];
    long[] point = new long[map.domain().rank()];
    for (int register = 0; register < registers.length; register++) {
      if (axis >= 0) {
        point[axis] = register;
      }
      registers[register] = at < 0 ? 0 : map.apply(point)[at];
    }
    return registers;
  }

  /** The coordinate in units of which {@code factor}, a power of two, make one. */
  IndexMap times(int factor) {
    return new IndexMap(
        sum,
        thread.stream()
            .map(d -> new ThreadDigit(d.axis(), d.place(), d.extent(), d.stride() * factor))
            .toList(),
        Arrays.stream(registers).map(c -> c * factor).toArray());
  }

  /** What a lane or a warp contributes. */
  long contribution(Axis axis, long number) {
    long contribution = 0;
    for (ThreadDigit digit : thread) {
      if (digit.axis().equals(axis)) {
        long value = number / digit.place() % digit.extent();
        contribution = sum.add(contribution, sum.scale(value, digit.stride()));
      }
    }
    return contribution;
  }

  /** The bits that the thread's part may have; meant for sums over F₂. */
  long threadBits() {
    long bits = 0;
    for (ThreadDigit digit : thread) {
      for (long value = 1; value < digit.extent(); value <<= 1) {
        bits |= sum.scale(value, digit.stride());
      }
    }
    return bits;
  }

  /** Whether every thread contributes the same to both. */
  boolean sameThreads(IndexMap other) {
    return thread.equals(other.thread) && (sum == other.sum || thread.isEmpty());
  }
}
