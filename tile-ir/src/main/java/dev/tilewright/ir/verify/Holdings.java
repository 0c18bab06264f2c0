package dev.tilewright.ir.verify;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which elements of a tile each thread of a block holds under a register layout, by enumeration.
 * Elements are numbered in row-major order.
 */
public final class Holdings {
  private final List<BitSet> threads;
  private final BitSet all = new BitSet();
  private final int elements;

  private Holdings(List<BitSet> threads, int elements) {
    this.threads = threads;
    this.elements = elements;
    threads.forEach(all::or);
  }

  /**
   * @param layout from (register, lane, warp) to (dim0, dim1, …)
   */
  public static Holdings of(Layout layout) {
    Space domain = layout.domain();
    int register = domain.indexOf(Axis.REGISTER);
    long registers = domain.extent(Axis.REGISTER);
    long lanes = domain.extent(Axis.LANE);
    long warps = domain.extent(Axis.WARP);
    long[] point = new long[domain.rank()];
    List<BitSet> threads = new ArrayList<>();
    for (long warp = 0; warp < warps; warp++) {
      set(point, domain.indexOf(Axis.WARP), warp);
      for (long lane = 0; lane < lanes; lane++) {
        set(point, domain.indexOf(Axis.LANE), lane);
        BitSet held = new BitSet();
        for (long r = 0; r < registers; r++) {
          set(point, register, r);
          held.set(rowMajor(layout.apply(point), layout.codomain()));
        }
        threads.add(held);
      }
    }
    return new Holdings(threads, Math.toIntExact(layout.codomain().size()));
  }

  private static void set(long[] point, int index, long coordinate) {
    if (index >= 0) {
      point[index] = coordinate;
    }
  }

  private static int rowMajor(long[] element, Space space) {
    long index = 0;
    for (int i = 0; i < element.length; i++) {
      index = index * space.extent(i) + element[i];
    }
    return Math.toIntExact(index);
  }

  /** Whether every element is held by some thread. */
  public boolean coverTile() {
    return all.cardinality() == elements;
  }

  /** An element that no thread holds, or -1. */
  public int uncovered() {
    int first = all.nextClearBit(0);
    return first < elements ? first : -1;
  }

  /**
   * Whether every thread can make what it holds here from what it holds there.
   *
   * @param origin per element of this tile, the element of the other tile it is made from
   */
  boolean canBeMadeFrom(Holdings other, int[] origin) {
    return threads.size() == other.threads.size()
        && IntStream.range(0, threads.size())
            .allMatch(
                t -> threads.get(t).stream().allMatch(e -> other.threads.get(t).get(origin[e])));
  }

  /** As {@link #canBeMadeFrom}, for an element that needs only one of many others. */
  boolean canBeMadeFromAny(Holdings other, int[] imageOfOther) {
    return threads.size() == other.threads.size()
        && IntStream.range(0, threads.size())
            .allMatch(
                t -> {
                  BitSet reachable = new BitSet();
                  other.threads.get(t).stream().forEach(e -> reachable.set(imageOfOther[e]));
                  return threads.get(t).stream().allMatch(reachable::get);
                });
  }
}
