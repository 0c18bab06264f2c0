package dev.tilewright.ir.expand;

import dev.tilewright.ir.expand.IndexMap.ThreadDigit;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Elements that more than one thread or register holds: they are written once. */
final class Replicas {
  private Replicas() {}

  /** The digits of lane and warp that do not matter to which element it is. */
  static List<ThreadDigit> threadDigits(Layout layout) {
    List<ThreadDigit> replicated = new ArrayList<>();
    List<Digit> digits = layout.digits();
    for (int i = 0; i < digits.size(); i++) {
      Digit digit = digits.get(i);
      if (digit.isReplication() && !digit.axis().equals(Axis.REGISTER)) {
        replicated.add(new ThreadDigit(digit.axis(), layout.placeOf(i), digit.extent(), 1));
      }
    }
    return replicated;
  }

  /** Those of the given vectors of registers whose elements none of those before has. */
  static List<List<Integer>> distinct(Layout layout, List<List<Integer>> vectors) {
    int axis = layout.domain().indexOf(Axis.REGISTER);
    Set<List<Long>> seen = new HashSet<>();
    List<List<Integer>> distinct = new ArrayList<>();
    for (List<Integer> vector : vectors) {
      long[] point = new long[layout.domain().rank()];
      if (axis >= 0) {
        point[axis] = vector.getFirst();
      }
      if (seen.add(Arrays.stream(layout.apply(point)).boxed().toList())) {
        distinct.add(vector);
      }
    }
    return distinct;
  }
}
