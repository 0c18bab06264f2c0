package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.expand.GlobalWindow.Address;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.expand.Threads.Index;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.VectorWidth;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Loads, stores and asynchronous copies of tiles of tensors. */
final class GlobalTransfers {
  private final Expansion expansion;
  private final Code code;
  private final PackedTransfers packed;

  GlobalTransfers(Expansion expansion) {
    this.expansion = expansion;
    this.code = expansion.code();
    this.packed = new PackedTransfers(expansion);
  }

  private GlobalWindow window(
      Value tensor, List<Integer> shape, Layout layout, List<Value> offsets, List<Boolean> bounds) {
    GlobalTensor seen = expansion.values().tensor(tensor);
    return new GlobalWindow(
        code,
        expansion.threads(),
        seen,
        new GlobalAccess(seen.parameter(), shape, offsets, bounds),
        layout,
        offsets.stream().map(expansion.values()::scalar).toList());
  }

  // ---------------------------------------------------------------- loads and stores

  Registers load(Op.Load op) {
    Layout layout = expansion.layout(op, op.result());
    DType dtype = op.result().type().dtype();
    GlobalWindow window =
        window(op.tensor(), op.result().tile().shape(), layout, op.offsets(), op.bounds());
    if (dtype.bits() < Byte.SIZE) {
      return packed.load(op, window);
    }
    VectorWidth vectors = window.vectors(expansion.facts(), expansion.target().vectorBytes(), true);
    ThreadType type = ThreadType.vector(dtype, vectors.elements());
    Slot[] slots = new Slot[vectors.registers().size()];
    for (List<Integer> group : SharedAccess.groups(vectors)) {
      Address address = window.address(group.getFirst());
      Optional<ThreadValue> inside = window.inside(group.getFirst());
      ThreadValue result = expansion.ops().fresh(type);
      expansion
          .ops()
          .add(
              new ThreadOp.GlobalLoad(
                  result, address.base(), address.offset(), inside, op.location()));
      if (inside.isPresent() && !isZeroBits(op.fill())) {
        fill(slots, group, result, inside.get(), op.fill());
      } else {
        SharedAccess.place(slots, group, result);
      }
    }
    return new Registers(Arrays.asList(slots));
  }

  private static boolean isZeroBits(Literal fill) {
    return switch (fill) {
      case Literal.Int(long value) -> value == 0;
      case Literal.Float(double value) -> Double.doubleToRawLongBits(value) == 0;
    };
  }

  private void fill(
      Slot[] slots, List<Integer> group, ThreadValue vector, ThreadValue inside, Literal fill) {
    ThreadValue outside = code.constant(ThreadType.scalar(vector.type().element()), fill);
    for (int lane = 0; lane < group.size(); lane++) {
      ThreadValue read = vector.type().isScalar() ? vector : expansion.ops().extract(vector, lane);
      slots[group.get(lane)] = new Lane(expansion.ops().select(inside, read, outside), 0);
    }
  }

  void store(Op.Store op) {
    Layout layout = expansion.layout(op, op.value());
    Registers tile = expansion.values().tile(op.value());
    GlobalWindow window =
        window(op.tensor(), op.value().tile().shape(), layout, op.offsets(), op.bounds());
    if (op.value().type().dtype().bits() < Byte.SIZE) {
      packed.store(op, window, layout, once(layout));
      return;
    }
    VectorWidth vectors = window.vectors(expansion.facts(), expansion.target().vectorBytes(), true);
    Optional<ThreadValue> once = once(layout);
    for (List<Integer> group : Replicas.distinct(layout, SharedAccess.groups(vectors))) {
      Address address = window.address(group.getFirst());
      Optional<ThreadValue> predicate = both(once, window.inside(group.getFirst()));
      ThreadValue value = tile.packed(expansion.ops(), group);
      expansion
          .ops()
          .add(
              new ThreadOp.GlobalStore(
                  address.base(), address.offset(), value, predicate, op.location()));
    }
  }

  /** Picks one of the threads that hold the same elements; empty when no two do. */
  private Optional<ThreadValue> once(Layout layout) {
    return expansion.threads().first(Replicas.threadDigits(layout));
  }

  private Optional<ThreadValue> both(Optional<ThreadValue> p, Optional<ThreadValue> q) {
    return p.isPresent() && q.isPresent()
        ? Optional.of(code.both(p.get(), q.get()))
        : p.or(() -> q);
  }

  // ---------------------------------------------------------------- asynchronous copies

  void copy(Op.CopyAsync op) {
    Layout layout =
        expansion.ofBlock(
            op,
            op.layout()
                .orElseThrow(
                    () ->
                        new StagedFormException(
                            op, "every CopyAsync has a layout", "this one has none")));
    DType dtype = op.tensor().type().dtype();
    SharedWindow shared = expansion.values().buffer(op.shared());
    GlobalWindow global =
        window(op.tensor(), op.shared().shared().shape(), layout, op.offsets(), op.bounds());
    VectorWidth vectors = transfers(op, shared, global, layout, dtype);
    int bytes = vectors.elements() * Vectors.bytes(dtype);
    IndexMap places = SharedAccess.bytes(op, shared, layout, dtype);
    boolean tails = vectors.elements() > wholeElements(global);
    Optional<ThreadValue> once = once(layout);
    for (List<Integer> group : Replicas.distinct(layout, SharedAccess.groups(vectors))) {
      int register = group.getFirst();
      Index place = expansion.threads().at(places, register);
      Address source = global.address(register);
      Optional<ThreadValue> inside = global.inside(register);
      if (inside.isPresent()) {
        // An address is formed even where nothing is read: the tensor's own is always good.
        ThreadValue valid =
            code.select(
                inside.get(),
                code.add(source.base(), source.offset()),
                expansion.values().tensor(op.tensor()).pointer());
        source = new Address(valid, 0);
      }
      expansion
          .ops()
          .add(
              new ThreadOp.AsyncCopy(
                  bytes,
                  shared.address(code, place.base()),
                  SharedAccess.offset(shared, place),
                  source.base(),
                  source.offset(),
                  inside.map(p -> sourceBytes(global, register, p, bytes, tails, dtype)),
                  once,
                  op.location()));
    }
  }

  /** How much of a transfer lies inside the tensor, in bytes. */
  private ThreadValue sourceBytes(
      GlobalWindow global,
      int register,
      ThreadValue inside,
      int bytes,
      boolean tails,
      DType dtype) {
    ThreadValue most = code.i32(bytes);
    if (tails) {
      ThreadValue left = code.min(global.remaining(register), bytes / Vectors.bytes(dtype));
      most = code.mul(left, Vectors.bytes(dtype));
    }
    return code.select(inside, most, code.i32(0));
  }

  private int wholeElements(GlobalWindow global) {
    return global.vectors(expansion.facts(), expansion.target().asyncCopyBytes(), true).elements();
  }

  private VectorWidth transfers(
      Op.CopyAsync op, SharedWindow shared, GlobalWindow global, Layout layout, DType dtype) {
    var legal = expansion.target().asyncCopyBytes();
    VectorWidth read = global.vectors(expansion.facts(), legal, false);
    Layout places = SharedAccess.composed(op, shared, layout);
    VectorWidth written = Vectors.widest(places, dtype, legal, shared.alignment());
    int elements = Math.min(read.elements(), written.elements());
    if (!legal.contains(elements * Vectors.bytes(dtype))) {
      throw new StagedFormException(
          op,
          "the lowest register digits of CopyAsync are one transfer of a size the target has, "
              + legal
              + " bytes",
          "%d elements of %s are contiguous and aligned in global memory and %d in shared memory"
              .formatted(read.elements(), dtype.name(), written.elements()));
    }
    return VectorWidth.grouped(places, elements);
  }
}
