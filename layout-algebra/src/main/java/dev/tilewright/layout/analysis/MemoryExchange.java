package dev.tilewright.layout.analysis;

import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Conversions through shared memory: where to put the elements in between. */
final class MemoryExchange {

  private static final int WIDEST = 16;

  private MemoryExchange() {}

  /** The cheapest of the candidate memory layouts, each with its best swizzle. */
  static Result<Conversion> plan(Layout from, Layout to, int elementBits, BankModel model) {
    int bytes = Math.max(1, elementBits / 8);
    return candidates(from, to, bytes).stream()
        .map(memory -> plan(memory, from, to, bytes, model))
        .reduce((best, next) -> isCheaper(next, best) ? next : best)
        .orElseThrow();
  }

  private static boolean isCheaper(Result<Conversion> a, Result<Conversion> b) {
    return a instanceof Result.Ok<Conversion>(Conversion plan)
        && (!(b instanceof Result.Ok<Conversion>(Conversion other)) || plan.cost() < other.cost());
  }

  private static Result<Conversion> plan(
      Layout memory, Layout from, Layout to, int bytes, BankModel model) {
    return access("write", SharedAccess.Kind.WRITE, memory, from, bytes)
        .then(
            write ->
                access("read", SharedAccess.Kind.READ, memory, to, bytes)
                    .then(
                        read ->
                            Swizzles.best(memory, List.of(write, read), bytes, model)
                                .map(choice -> new Conversion.ThroughMemory(choice, write, read))));
  }

  private static Result<SharedAccess> access(
      String name, SharedAccess.Kind kind, Layout memory, Layout registers, int bytes) {
    return memory
        .compose(registers)
        .map(
            addresses ->
                new SharedAccess(
                    name,
                    kind,
                    registers,
                    VectorWidth.of(addresses, 8 * bytes, WIDEST).elements()));
  }

  /**
   * Every dimension once as the contiguous one; and, where all extents are powers of two, the bits
   * that both layouts keep in registers first, so that both sides move whole vectors.
   */
  private static List<Layout> candidates(Layout from, Layout to, int bytes) {
    Space tile = from.codomain();
    List<Layout> candidates = new ArrayList<>();
    List<Axis> order = new ArrayList<>(tile.axes());
    for (int i = 0; i < tile.rank(); i++) {
      order.add(order.removeFirst());
      candidates.add(contiguous(tile, order));
    }
    if (candidates.isEmpty()) {
      candidates.add(contiguous(tile, order));
    }
    if (tile.dims().stream().allMatch(dim -> Long.bitCount(dim.extent()) == 1)) {
      candidates.add(vectorsFirst(from, to, WIDEST / bytes));
    }
    return candidates.stream().distinct().toList();
  }

  /** The last of {@code order} contiguous, then the one before it, and so on. */
  private static Layout contiguous(Space tile, List<Axis> order) {
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, tile.size()));
    tile.axes().forEach(axis -> builder.digit(axis, 1));
    long stride = 1;
    for (Axis axis : order.reversed()) {
      builder.digit(axis, tile.extent(axis), Axis.OFFSET, stride);
      stride *= tile.extent(axis);
    }
    return builder.build();
  }

  private static Layout vectorsFirst(Layout from, Layout to, int elements) {
    Space tile = from.codomain();
    List<Map.Entry<Axis, Long>> held = registerBits(from);
    held.retainAll(registerBits(to));
    List<Map.Entry<Axis, Long>> order = new ArrayList<>();
    for (Map.Entry<Axis, Long> bit : held) {
      if (2L << order.size() <= elements && !order.contains(bit)) {
        order.add(bit);
      }
    }
    for (Space.Dim dim : tile.dims().reversed()) {
      for (long place = 1; place < dim.extent(); place *= 2) {
        Map.Entry<Axis, Long> bit = Map.entry(dim.axis(), place);
        if (!order.contains(bit)) {
          order.add(bit);
        }
      }
    }
    LayoutBuilder builder = Layout.into(Space.of(Axis.OFFSET, tile.size()));
    for (Space.Dim dim : tile.dims()) {
      builder.digit(dim.axis(), 1);
      for (long place = 1; place < dim.extent(); place *= 2) {
        builder.digit(
            dim.axis(), 2, Axis.OFFSET, 1L << order.indexOf(Map.entry(dim.axis(), place)));
      }
    }
    return builder.build();
  }

  /** The bits of tile coordinates that register digits of their own step through. */
  private static List<Map.Entry<Axis, Long>> registerBits(Layout layout) {
    List<Map.Entry<Axis, Long>> bits = new ArrayList<>();
    for (Digit digit : layout.bits()) {
      if (digit.axis().equals(Axis.REGISTER) && digit.strides().size() == 1) {
        Axis axis = digit.strides().firstKey();
        long stride = digit.stride(axis);
        if (Long.bitCount(stride) == 1) {
          bits.add(Map.entry(axis, stride));
        }
      }
    }
    return bits;
  }
}
