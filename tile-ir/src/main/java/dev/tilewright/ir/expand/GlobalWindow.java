package dev.tilewright.ir.expand;

import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.expand.Threads.Index;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.VectorWidth;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The part of a tensor that an operation reads or writes, under the layout in which threads do it:
 * where each register's element lies and whether it is inside.
 *
 * <p>The address is {@code pointer + Σ (offset + own + constant) · stride} over the dimensions:
 * {@code offset} is the same in all threads, {@code own} the thread's, {@code constant} the
 * register's. The parts that change least are added first, so that a loop along the contiguous
 * dimension adds one number to one address; what registers add in other dimensions is the same in
 * all threads, and what they add along the contiguous one is the immediate.
 */
final class GlobalWindow {
  private final Code code;
  private final Threads threads;
  private final GlobalTensor tensor;
  private final GlobalAccess access;
  private final List<ThreadValue> offsets;
  private final Layout layout;
  private final List<IndexMap> maps = new ArrayList<>();

  GlobalWindow(
      Code code,
      Threads threads,
      GlobalTensor tensor,
      GlobalAccess access,
      Layout layout,
      List<ThreadValue> offsets) {
    this.code = code;
    this.threads = threads;
    this.tensor = tensor;
    this.access = access;
    this.layout = layout;
    this.offsets = offsets;
    for (int d = 0; d < offsets.size(); d++) {
      maps.add(IndexMap.of(layout, Axis.dim(d)));
    }
  }

  /** An address and what is to be added to it. */
  record Address(ThreadValue base, int offset) {}

  // ---------------------------------------------------------------- vectors

  /**
   * The widest access along the contiguous dimension.
   *
   * @param whole whether a vector must be wholly inside or wholly outside the tensor
   */
  VectorWidth vectors(Divisibility facts, Collection<Integer> legal, boolean whole) {
    int most = legal.stream().reduce(tensor.elementBytes(), Math::max);
    int elements = whole ? access.vectorElements(facts, most) : access.alignedElements(facts, most);
    return Vectors.widest(
        access.addresses(layout),
        tensor.parameter().dtype(),
        legal,
        (long) elements * tensor.elementBytes());
  }

  /** As {@link GlobalAccess#packed}. */
  Optional<VectorWidth> packed(Divisibility facts, int mostBytes) {
    return access.packed(layout, facts, mostBytes);
  }

  /** Whether the tensor may end within a run of elements that lie side by side. */
  boolean endsWithin(Divisibility facts, int elements) {
    int unit = access.unit();
    return access.bounds().get(unit)
        && facts.of(tensor.parameter().shape().get(unit)) % elements != 0;
  }

  // ---------------------------------------------------------------- addresses

  Address address(int register) {
    List<ThreadValue> parts = new ArrayList<>(List.of(tensor.pointer()));
    long offset = 0;
    List<ThreadValue> rows = new ArrayList<>();
    for (int d = 0; d < maps.size(); d++) {
      Index index = threads.at(maps.get(d), register);
      ThreadValue start = offsets.get(d);
      if (code.depth(start) <= code.depth(index.base())) {
        parts.add(distance(code.add(start, index.base()), d));
      } else {
        parts.add(distance(start, d));
        parts.add(distance(index.base(), d));
      }
      if (tensor.isUnit(d)) {
        offset = index.constant() * bits() / Byte.SIZE;
      } else {
        rows.add(distance(code.i32(index.constant()), d));
      }
    }
    ThreadValue base = code.sum(ThreadType.I64, parts);
    ThreadValue row = code.sum(ThreadType.I64, rows);
    return new Address(code.add(base, row), Math.toIntExact(offset));
  }

  private int bits() {
    return tensor.parameter().dtype().bits();
  }

  private ThreadValue distance(ThreadValue coordinate, int dimension) {
    if (tensor.isUnit(dimension) && bits() < Byte.SIZE) {
      // What is added up here are whole bytes each.
      return code.shiftRight(code.mul(code.toI64(coordinate), bits()), 3);
    }
    return code.mul(code.toI64(coordinate), tensor.strides().get(dimension));
  }

  // ---------------------------------------------------------------- bounds

  /** Whether the register's element lies inside the tensor; empty when it is known to. */
  Optional<ThreadValue> inside(int register) {
    return inside(register, 0);
  }

  /** As {@link #inside}, along the contiguous dimension for the element {@code further} on. */
  Optional<ThreadValue> inside(int register, int further) {
    ThreadValue all = null;
    for (int d = 0; d < maps.size(); d++) {
      if (access.bounds().get(d)) {
        ThreadValue at = coordinate(d, register);
        ThreadValue one =
            code.within(tensor.isUnit(d) ? code.add(at, further) : at, tensor.sizes().get(d));
        all = all == null ? one : code.both(all, one);
      }
    }
    return Optional.ofNullable(all);
  }

  /** The elements from the register's on that are inside along the contiguous dimension. */
  ThreadValue remaining(int register) {
    int unit = tensor.parameter().unitDimension();
    return code.sub(tensor.sizes().get(unit), coordinate(unit, register));
  }

  private ThreadValue coordinate(int dimension, int register) {
    Index index = threads.at(maps.get(dimension), register);
    return code.add(code.add(offsets.get(dimension), index.base()), index.constant());
  }
}
