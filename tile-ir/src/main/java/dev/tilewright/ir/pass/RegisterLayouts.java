package dev.tilewright.ir.pass;

import static dev.tilewright.layout.Axis.LANE;
import static dev.tilewright.layout.Axis.OFFSET;
import static dev.tilewright.layout.Axis.REGISTER;
import static dev.tilewright.layout.Axis.WARP;
import static dev.tilewright.layout.Axis.dim;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.Sum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The register layouts the passes choose from, and what the shape operations make of them. All go
 * from {@code (register, lane, warp)}, each axis listed, to {@code (dim0, dim1, …)}.
 */
final class RegisterLayouts {
  private RegisterLayouts() {}

  static Space tile(List<Integer> shape) {
    return Space.tile(shape.stream().mapToLong(Integer::longValue).toArray());
  }

  /**
   * A layout for global memory: each thread holds {@code vector} neighbours along {@code unit}, the
   * lanes follow along {@code unit}, then along the other dimensions from the last to the first;
   * the warps stand along the outermost dimensions; what remains is repeated in registers. Lanes
   * and warps take powers of two only; those that find no room replicate.
   *
   * @param unit the dimension of neighbours; must be one of the shape's unless the rank is 0
   * @param vector a divisor of the extent of {@code unit}
   * @param withoutWarps dimensions that must lie within one warp
   */
  static Layout blocked(
      List<Integer> shape, int unit, int vector, int lanes, int warps, Set<Integer> withoutWarps) {
    return blocked(shape, unit, vector, lanes, lanes, warps, withoutWarps);
  }

  /**
   * As {@link #blocked(List, int, int, int, int, Set)}, with no more lanes along {@code unit} than
   * {@code run} while other dimensions have room for them.
   *
   * @param run a power of two
   */
  static Layout blocked(
      List<Integer> shape,
      int unit,
      int vector,
      int run,
      int lanes,
      int warps,
      Set<Integer> withoutWarps) {
    List<Integer> order = new ArrayList<>();
    for (int d = shape.size() - 1; d >= 0; d--) {
      order.add(d == unit ? 0 : order.size(), d);
    }
    long[] rest = shape.stream().mapToLong(Integer::longValue).toArray();
    long[] stride = new long[rest.length];
    Arrays.fill(stride, 1);
    LayoutBuilder layout = Layout.into(tile(shape)).digit(REGISTER, 1);
    if (!shape.isEmpty()) {
      layout.digit(REGISTER, vector, dim(unit), 1);
      rest[unit] /= vector;
      stride[unit] = vector;
    }
    boolean oddRow = !shape.isEmpty() && Long.bitCount(rest[unit]) != 1;
    List<DimDigit> laneDigits = distributeRuns(run, lanes, order, rest, stride);
    add(layout, LANE, lanes, oddRow ? laneDigits.reversed() : laneDigits);
    List<Integer> outermostFirst = new ArrayList<>(order.reversed());
    outermostFirst.removeAll(withoutWarps);
    add(layout, WARP, warps, distribute(warps, outermostFirst, rest, stride));
    for (int d : order) {
      layout.digit(REGISTER, rest[d], dim(d), stride[d]);
    }
    return layout.build();
  }

  private record DimDigit(long extent, int dimension, long stride) {}

  /** Takes {@code run} along the first dimension, then of the others, then of the first again. */
  private static List<DimDigit> distributeRuns(
      int run, int lanes, List<Integer> order, long[] rest, long[] stride) {
    if (run >= lanes || order.isEmpty()) {
      return distribute(lanes, order, rest, stride);
    }
    List<Integer> first = order.subList(0, 1);
    List<Integer> others = order.subList(1, order.size());
    List<DimDigit> digits = distribute(run, first, rest, stride);
    long left = lanes / digits.getFirst().extent();
    for (List<Integer> next : List.of(others, first)) {
      List<DimDigit> more = distribute(left, next, rest, stride);
      for (DimDigit digit : more) {
        left /= digit.extent();
      }
      digits.addAll(more);
    }
    return digits;
  }

  /** Takes powers of two of what is left of each dimension in turn. */
  private static List<DimDigit> distribute(
      long extent, List<Integer> order, long[] rest, long[] stride) {
    List<DimDigit> digits = new ArrayList<>();
    long left = extent;
    for (int d : order) {
      long taken = Math.min(left, Long.lowestOneBit(rest[d]));
      digits.add(new DimDigit(taken, d, stride[d]));
      rest[d] /= taken;
      stride[d] *= taken;
      left /= taken;
    }
    return digits;
  }

  private static void add(LayoutBuilder layout, Axis axis, long extent, List<DimDigit> digits) {
    long left = extent;
    for (DimDigit digit : digits) {
      layout.digit(axis, digit.extent(), dim(digit.dimension()), digit.stride());
      left /= digit.extent();
    }
    layout.digit(axis, left);
  }

  /** How many warps {@link #blocked} can keep from doing the same. */
  static long usableWarps(
      List<Integer> shape, int unit, int vector, int lanes, Set<Integer> withoutWarps) {
    int limit = 1 << 10;
    Layout layout = blocked(shape, unit, vector, lanes, limit, withoutWarps);
    return layout.withoutReplication(WARP).domain().extent(WARP);
  }

  /** The layout of the transpose: dimension {@code i} is {@code permutation[i]} of the operand. */
  static Layout transpose(Layout layout, List<Integer> permutation) {
    return layout.transpose(permutation.stream().mapToInt(Integer::intValue).toArray());
  }

  static List<Integer> inverse(List<Integer> permutation) {
    Integer[] inverse = new Integer[permutation.size()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[permutation.get(i)] = i;
    }
    return List.of(inverse);
  }

  /** The layout under another shape with the same elements in row-major order, if it is one. */
  static Optional<Layout> reshape(Layout layout, List<Integer> from, List<Integer> to) {
    LayoutBuilder unflatten = Layout.into(tile(to)).digit(OFFSET, 1);
    for (int d = to.size() - 1; d >= 0; d--) {
      unflatten.digit(OFFSET, to.get(d), dim(d), 1);
    }
    Layout flatten = Layout.rowMajor(from.stream().mapToLong(Integer::longValue).toArray());
    Result<Layout> reshaped =
        flatten.compose(layout).then(offsets -> unflatten.build().compose(offsets));
    return reshaped instanceof Result.Ok<Layout>(Layout value)
        ? Optional.of(value)
        : Optional.empty();
  }

  /**
   * A layout over {@code from} that has a {@link #reshape}, for shapes that share few factors: each
   * thread holds runs of the row-major order that are long enough to be the same in both shapes.
   */
  static Layout reshapeable(List<Integer> from, List<Integer> to, int lanes, int warps) {
    int elements = from.stream().reduce(1, Math::multiplyExact);
    for (int run = 1; run <= elements; run++) {
      if (elements % run == 0) {
        Layout flat = blocked(List.of(elements), 0, run, lanes, warps, Set.of());
        Optional<Layout> layout = reshape(flat, List.of(elements), from);
        if (layout.isPresent() && reshape(layout.get(), from, to).isPresent()) {
          return layout.get();
        }
      }
    }
    throw new IllegalStateException("one thread holding all of " + from + " must be reshapeable");
  }

  /** Whether the dimension lies within the registers and lanes of one warp. */
  static boolean isWithinWarp(Layout layout, int dimension) {
    return layout.digits().stream()
        .noneMatch(digit -> digit.axis().equals(WARP) && digit.stride(dim(dimension)) != 0);
  }

  /** The layout of a reduction's result: lanes that held parts replicate, registers are gone. */
  static Layout reduce(Layout layout, int dimension) {
    Map<Axis, Axis> names = new LinkedHashMap<>();
    for (int d = dimension + 1; d < layout.codomain().rank(); d++) {
      names.put(dim(d), dim(d - 1));
    }
    return layout.reduce(dim(dimension)).withoutReplication(REGISTER).rename(names);
  }

  /** The layout of what is broadcast to {@code result}'s layout. */
  static Layout broadcastOperand(Layout result, List<Integer> operandShape) {
    Layout operand = result;
    for (int d = 0; d < operandShape.size(); d++) {
      if (operandShape.get(d) == 1) {
        operand = operand.reduceKeeping(dim(d));
      }
    }
    return operand.withoutReplication(REGISTER);
  }

  /** The layout with the axes listed as in all others. */
  static Layout inOrder(Layout layout) {
    return layout
        .withDomainAxis(REGISTER)
        .withDomainAxis(LANE)
        .withDomainAxis(WARP)
        .permuteDomain(REGISTER, LANE, WARP);
  }

  /** The layout with the lane's digits in the reverse order: every warp moves the same. */
  static Layout withLanesReversed(Layout layout) {
    LayoutBuilder reversed = Layout.into(layout.codomain()).digit(REGISTER, 1).digit(LANE, 1);
    layout.digits().stream().filter(d -> d.axis().equals(REGISTER)).forEach(reversed::digit);
    layout.digits().reversed().stream().filter(d -> d.axis().equals(LANE)).forEach(reversed::digit);
    reversed.digit(WARP, 1);
    layout.digits().stream().filter(d -> d.axis().equals(WARP)).forEach(reversed::digit);
    return reversed.build();
  }

  /**
   * The layout with every thread's registers in the order in which their elements lie in the
   * row-major tile; empty if no digits say that order.
   */
  static Optional<Layout> inRowOrder(Layout layout, List<Integer> shape) {
    if (layout.sum() != Sum.INTEGER) {
      return Optional.empty();
    }
    List<Digit> registers = new ArrayList<>();
    List<Digit> others = new ArrayList<>();
    layout.digits().forEach(d -> (d.axis().equals(REGISTER) ? registers : others).add(d));
    registers.sort(Comparator.comparingLong(digit -> rowStride(digit, shape)));
    LayoutBuilder ordered = Layout.into(layout.codomain()).digit(REGISTER, 1);
    registers.forEach(ordered::digit);
    ordered.digit(LANE, 1).digit(WARP, 1);
    others.forEach(ordered::digit);
    return Optional.of(inOrder(ordered.build()));
  }

  private static long rowStride(Digit digit, List<Integer> shape) {
    long stride = 1;
    long sum = 0;
    for (int d = shape.size() - 1; d >= 0; d--) {
      sum += digit.stride(dim(d)) * stride;
      stride *= shape.get(d);
    }
    return sum;
  }

  /** Elements one thread holds. */
  static long registers(Layout layout) {
    return layout.domain().extent(REGISTER);
  }

  /**
   * A fragment of one warp repeated over a tile: along each dimension first in registers, then over
   * the warps, then an odd number of times in registers again. So odd factors stay outermost, and a
   * swizzle can be composed with the layout.
   *
   * @param fragment (register, lane) to (dim0, dim1)
   * @param grid the warps of the block, minor to major
   */
  static Layout tiled(Layout fragment, List<Integer> shape, List<WarpDigit> grid) {
    LayoutBuilder layout = Layout.into(tile(shape)).digit(REGISTER, 1).digit(LANE, 1);
    fragment.digits().forEach(layout::digit);
    long[] warpStride = new long[shape.size()];
    for (int d = shape.size() - 1; d >= 0; d--) {
      long step = fragment.codomain().extent(dim(d));
      long warps = 1;
      for (WarpDigit digit : grid) {
        warps *= digit.dimension() == d ? digit.extent() : 1;
      }
      long repeats = shape.get(d) / step / warps;
      long even = Long.lowestOneBit(repeats);
      warpStride[d] = step * even;
      layout.digit(REGISTER, even, dim(d), step);
      layout.digit(REGISTER, repeats / even, dim(d), step * even * warps);
    }
    layout.digit(WARP, 1);
    for (WarpDigit digit : grid) {
      int d = digit.dimension();
      if (d < 0) {
        layout.digit(WARP, digit.extent());
      } else {
        layout.digit(WARP, digit.extent(), dim(d), warpStride[d]);
        warpStride[d] *= digit.extent();
      }
    }
    return layout.build();
  }

  /**
   * @param dimension what the warps of this digit stand along; -1 if they hold the same
   */
  record WarpDigit(int extent, int dimension) {}
}
