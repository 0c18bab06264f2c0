package dev.tilewright.layout.weights;

import static dev.tilewright.layout.Axis.OFFSET;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Sum;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A bijective layout from a tile to the places of a memory, as what undoes it: the memory cut at
 * the layout's digits ({@link #shape}), its dimensions put one after another as the tile has them
 * ({@link #permutation}), is the tile row by row. So every bijective layout is a reshape, a
 * transpose and a reshape.
 *
 * @param layout from {@code dim0, dim1, …} to {@code offset}, every offset once
 */
public record Reordering(Layout layout) {

  public Reordering {
    boolean fills =
        layout.sum() == Sum.INTEGER
            && layout.codomain().equals(Space.of(OFFSET, layout.domain().size()))
            && layout.offset(OFFSET) == 0
            && layout.rightInverse() instanceof Result.Ok<Layout>;
    if (!fills) {
      throw new IllegalArgumentException("not a layout that reaches every offset once: " + layout);
    }
  }

  /** Of the memory: row by row, the digits of the layout. */
  public List<Integer> shape() {
    return majorFirst().stream().map(digit -> Math.toIntExact(digit.extent())).toList();
  }

  /** Dimension {@code i} of the permuted memory is dimension {@code permutation[i]} of it. */
  public List<Integer> permutation() {
    List<Digit> memory = majorFirst();
    List<Integer> order = new ArrayList<>();
    for (Space.Dim dim : layout.domain().dims()) {
      for (Digit digit : layout.digits().reversed()) {
        if (digit.axis().equals(dim.axis()) && digit.extent() > 1) {
          order.add(memory.indexOf(digit));
        }
      }
    }
    return order;
  }

  /** Whether the tile row by row is the memory. */
  public boolean isIdentity() {
    return permutation().equals(permutation().stream().sorted().toList());
  }

  /** For every place of the memory the number of its element in the tile, row by row. */
  public int[] elements() {
    long[] point = new long[layout.domain().rank()];
    int[] elements = new int[Math.toIntExact(layout.domain().size())];
    for (int number = 0; number < elements.length; number++) {
      long rest = number;
      for (int d = point.length - 1; d >= 0; d--) {
        Axis axis = layout.domain().axis(d);
        point[d] = rest % layout.domain().extent(axis);
        rest /= layout.domain().extent(axis);
      }
      elements[Math.toIntExact(layout.apply(point)[0])] = number;
    }
    return elements;
  }

  private List<Digit> majorFirst() {
    return layout.digits().stream()
        .filter(digit -> digit.extent() > 1)
        .sorted(Comparator.comparingLong((Digit digit) -> digit.stride(OFFSET)).reversed())
        .toList();
  }
}
