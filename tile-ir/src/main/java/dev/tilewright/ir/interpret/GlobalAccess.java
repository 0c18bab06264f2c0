package dev.tilewright.ir.interpret;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.text.Printer;
import java.util.Arrays;
import java.util.List;

/**
 * A block of a tensor: per dimension, where each coordinate lies and whether it is inside.
 *
 * @param places per dimension, the distance from the tensor's first element, in elements
 * @param inside per dimension, whether the coordinate exists
 */
record GlobalAccess(long[][] places, boolean[][] inside) {

  @FunctionalInterface
  interface Visitor {
    /**
     * @param element of the block, in row-major order
     * @param place in the tensor; -1 when it is outside
     */
    void visit(int element, long place);
  }

  /**
   * @throws InterpreterException if a dimension that is not checked is left
   */
  static GlobalAccess of(
      Op op,
      HostTensor tensor,
      List<Long> offsets,
      List<Boolean> bounds,
      List<Integer> shape,
      String block) {
    long[][] places = new long[shape.size()][];
    boolean[][] inside = new boolean[shape.size()][];
    for (int d = 0; d < shape.size(); d++) {
      places[d] = new long[shape.get(d)];
      inside[d] = new boolean[shape.get(d)];
      for (int i = 0; i < shape.get(d); i++) {
        long coordinate = offsets.get(d) + i;
        places[d][i] = coordinate * tensor.stride(d);
        inside[d][i] = coordinate >= 0 && coordinate < tensor.size(d);
        if (!inside[d][i] && !bounds.get(d)) {
          throw new InterpreterException(
              op.location(),
              "'%s' in block %s reaches coordinate %d of dimension %d, which is not checked; the tensor has shape %s: the proof that it stays inside is wrong"
                  .formatted(
                      Printer.headline(op), block, coordinate, d, Arrays.toString(tensor.shape())));
        }
      }
    }
    return new GlobalAccess(places, inside);
  }

  /** Visits every element in row-major order. */
  void forEach(Visitor visitor) {
    visit(visitor, 0, 0, 0, true);
  }

  private void visit(Visitor visitor, int dimension, int element, long place, boolean within) {
    if (dimension == places.length) {
      visitor.visit(element, within ? place : -1);
      return;
    }
    long[] steps = places[dimension];
    boolean[] exist = inside[dimension];
    if (dimension == places.length - 1) {
      int first = element * steps.length;
      for (int i = 0; i < steps.length; i++) {
        visitor.visit(first + i, within && exist[i] ? place + steps[i] : -1);
      }
      return;
    }
    for (int i = 0; i < steps.length; i++) {
      visit(
          visitor, dimension + 1, element * steps.length + i, place + steps[i], within && exist[i]);
    }
  }
}
