package dev.tilewright.ir.expand;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Layouts that no pass would choose, but that the contract allows. */
final class RandomLayouts {
  private static final int LANES = 32;

  private final Random random;
  private final int warps;

  RandomLayouts(Random random, int warps) {
    this.random = random;
    this.warps = warps;
  }

  Layout registers(List<Integer> shape) {
    return registers(shape, -1, List.of());
  }

  /**
   * A layout from (register, lane, warp) to a tile. The digits of all dimensions are dealt to the
   * three axes and shuffled; odd ones never to lanes; what is left of lanes and warps replicates.
   *
   * @param noWarps a dimension of which no digit goes to warps, or -1
   * @param vector the lowest digits, which go to the lowest registers as they are
   */
  Layout registers(List<Integer> shape, int noWarps, List<Digit> vector) {
    List<Digit> registers = new ArrayList<>();
    List<Digit> lanes = new ArrayList<>();
    List<Digit> warpDigits = new ArrayList<>();
    int lanesLeft = LANES;
    int warpsLeft = warps;
    for (Digit digit : shuffled(digits(shape, vector))) {
      int extent = (int) digit.extent();
      boolean mayWarp = warpsLeft % extent == 0 && (noWarps < 0 || digit.stride(dim(noWarps)) == 0);
      int choice = random.nextInt(5);
      if (choice <= 2 && extent == 2 && lanesLeft > 1) {
        lanes.add(digit);
        lanesLeft /= 2;
      } else if (choice == 3 && mayWarp) {
        warpDigits.add(digit);
        warpsLeft /= extent;
      } else {
        registers.add(digit);
      }
    }
    for (; lanesLeft > 1; lanesLeft /= 2) {
      lanes.add(replication(2));
    }
    if (warpsLeft > 1) {
      warpDigits.add(replication(warpsLeft));
    }
    if (random.nextInt(8) == 0) {
      registers.add(replication(2));
    }
    LayoutBuilder builder =
        Layout.into(Space.tile(shape.stream().mapToLong(Integer::longValue).toArray()));
    vector.forEach(digit -> builder.digit(on(REGISTER, digit)));
    builder.digit(REGISTER, 1).digit(LANE, 1).digit(WARP, 1);
    shuffled(registers).forEach(digit -> builder.digit(on(REGISTER, digit)));
    shuffled(lanes).forEach(digit -> builder.digit(on(LANE, digit)));
    shuffled(warpDigits).forEach(digit -> builder.digit(on(WARP, digit)));
    return builder.build();
  }

  /**
   * A layout in which every warp holds the same, in any of its lanes and registers. All extents of
   * the tile must be powers of two.
   */
  Layout sameWarps(Layout layout) {
    List<Digit> pool = new ArrayList<>();
    LayoutBuilder builder = Layout.into(layout.codomain());
    builder.digit(REGISTER, 1).digit(LANE, 1).digit(WARP, 1);
    for (Digit digit : layout.bits()) {
      if (digit.axis().equals(WARP)) {
        builder.digit(digit);
      } else if (!digit.strides().isEmpty()) {
        pool.add(digit);
      }
    }
    int lanesLeft = LANES;
    for (Digit digit : shuffled(pool)) {
      boolean lane = lanesLeft > 1 && random.nextInt(3) != 0;
      builder.digit(on(lane ? LANE : REGISTER, digit));
      lanesLeft /= lane ? 2 : 1;
      if (lanesLeft > 1 && random.nextInt(4) == 0) {
        builder.digit(on(LANE, replication(2)));
        lanesLeft /= 2;
      }
    }
    builder.digit(on(LANE, replication(lanesLeft)));
    return builder.build();
  }

  private static Digit replication(int extent) {
    return new Digit(REGISTER, extent, new TreeMap<>());
  }

  private static Digit on(Axis axis, Digit digit) {
    return new Digit(axis, digit.extent(), digit.strides());
  }

  private <T> List<T> shuffled(List<T> list) {
    List<T> copy = new ArrayList<>(list);
    if (random.nextInt(3) != 0) {
      Collections.shuffle(copy, random);
    }
    return copy;
  }

  /** The prime digits of all dimensions, without those of the vector. */
  private static List<Digit> digits(List<Integer> shape, List<Digit> vector) {
    List<Digit> digits = new ArrayList<>();
    for (int d = 0; d < shape.size(); d++) {
      long stride = 1;
      for (Digit digit : vector) {
        stride *= digit.stride(dim(d)) == 0 ? 1 : digit.extent();
      }
      long rest = shape.get(d) / stride;
      while (rest > 1) {
        long prime = 2;
        while (rest % prime != 0) {
          prime++;
        }
        digits.add(new Digit(REGISTER, prime, new TreeMap<>(Map.of(dim(d), stride))));
        stride *= prime;
        rest /= prime;
      }
    }
    return digits;
  }

  /** The first {@code extent} elements along a dimension in the lowest registers. */
  static List<Digit> vector(int dimension, int extent) {
    return extent == 1
        ? List.of()
        : List.of(new Digit(REGISTER, extent, new TreeMap<>(Map.of(dim(dimension), 1L))));
  }

  /**
   * A memory layout of a shape: dimensions in any order, rows padded or swizzled or neither.
   *
   * @param granularity rows start at multiples of this many elements
   */
  Layout memory(List<Integer> shape, int granularity) {
    List<Integer> order = new ArrayList<>();
    for (int d = 0; d < shape.size(); d++) {
      order.addFirst(d);
    }
    if (random.nextBoolean()) {
      Collections.shuffle(order, random);
    }
    long[] extents = shape.stream().mapToLong(Integer::longValue).toArray();
    long[] strides = new long[extents.length];
    boolean padded = random.nextInt(3) == 0;
    long stride = 1;
    for (int d : order) {
      strides[d] = stride;
      stride *= extents[d];
      if (stride > 1) {
        stride = Math.ceilDiv(stride, granularity) * granularity + (padded ? granularity : 0);
      }
    }
    Layout memory = Layout.strided(extents, strides);
    int bits = 1 + random.nextInt(3);
    int base = random.nextInt(5);
    int shift = bits + random.nextInt(3);
    return random.nextBoolean()
            && memory.swizzle(bits, base, shift) instanceof Result.Ok<Layout>(Layout swizzled)
        ? swizzled
        : memory;
  }

  /** A memory layout in which runs of {@code run} elements along {@code unit} stay together. */
  Layout rows(List<Integer> shape, int unit, int run) {
    long[] extents = shape.stream().mapToLong(Integer::longValue).toArray();
    long[] strides = new long[extents.length];
    strides[unit] = 1;
    long stride = extents[unit];
    for (int d = extents.length - 1; d >= 0; d--) {
      if (d != unit) {
        stride = Math.ceilDiv(stride, run) * run;
        strides[d] = stride;
        stride *= extents[d];
      }
    }
    Layout memory = Layout.strided(extents, strides);
    int bits = 1 + random.nextInt(3);
    return memory.swizzle(bits, Integer.numberOfTrailingZeros(run), bits + random.nextInt(3))
            instanceof Result.Ok<Layout>(Layout swizzled)
        ? swizzled
        : memory;
  }

  /** The elements that a memory layout needs. */
  static int size(Layout memory) {
    return Math.toIntExact(memory.codomain().extent(Axis.OFFSET));
  }
}
