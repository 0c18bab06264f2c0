package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.expand.GlobalWindow.Address;
import dev.tilewright.ir.expand.Registers.Field;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.expand.lowbit.BitStream;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.VectorWidth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Loads and stores of tiles whose elements share bytes. A thread moves runs of whole bytes, in the
 * widest accesses that their alignment allows, and keeps them as they are: as a stream of bits. No
 * two threads write to one byte.
 *
 * <p>Where the tensor may end within a run, bytes are moved one by one; what is beyond the end in
 * the last of them is replaced when it is read and zero when it is written, as in {@link
 * dev.tilewright.dtype.Packing}.
 */
final class PackedTransfers {
  private static final int WORD = Integer.SIZE;

  private final Expansion expansion;
  private final Code code;
  private final ThreadBuilder ops;

  PackedTransfers(Expansion expansion) {
    this.expansion = expansion;
    this.code = expansion.code();
    this.ops = expansion.ops();
  }

  private VectorWidth runs(Op op, GlobalWindow window, DType dtype) {
    int most = expansion.target().vectorBytes().getLast();
    return window
        .packed(expansion.facts(), most)
        .orElseThrow(
            () ->
                new CompileException(
                    "TW-C020",
                    op.location(),
                    ("elements of %s share bytes, and this tile does not begin and end between"
                            + " bytes wherever it lies: its offset and its extent along the"
                            + " contiguous dimension must be multiples of %d elements, in a layout"
                            + " that keeps so many side by side in one thread")
                        .formatted(dtype.name(), 8 / Integer.lowestOneBit(dtype.bits()))));
  }

  /**
   * A run of a thread.
   *
   * @param ends whether the tensor may end inside
   */
  private record Run(GlobalWindow window, int register, int elements, DType dtype, boolean ends) {
    int bits() {
      return elements * dtype.bits();
    }

    int bytes() {
      return bits() / Byte.SIZE;
    }

    /** Bytes of one access. */
    int unit() {
      return ends ? 1 : Math.min(16, Integer.lowestOneBit(bytes()));
    }

    /** Whether the access that begins at a byte is inside. */
    Optional<ThreadValue> inside(int at) {
      return window.inside(register, ends ? at * Byte.SIZE / dtype.bits() : 0);
    }
  }

  // ---------------------------------------------------------------- loads

  Registers load(Op.Load op, GlobalWindow window) {
    DType dtype = op.result().type().dtype();
    VectorWidth runs = runs(op, window, dtype);
    boolean ends = window.endsWithin(expansion.facts(), runs.elements());
    Slot[] slots = new Slot[runs.registers().size()];
    for (List<Integer> group : SharedAccess.groups(runs)) {
      Run run = new Run(window, group.getFirst(), runs.elements(), dtype, ends);
      BitStream stream = new BitStream(filled(run, words(op, run), op.fill()), dtype);
      for (int i = 0; i < group.size(); i++) {
        slots[group.get(i)] = new Field(stream, i);
      }
    }
    return new Registers(Arrays.asList(slots));
  }

  private List<ThreadValue> words(Op.Load op, Run run) {
    Address address = run.window().address(run.register());
    List<ThreadValue> words = new ArrayList<>();
    for (int at = 0; at < run.bytes(); at += run.unit()) {
      ThreadType type =
          run.unit() >= 4
              ? ThreadType.vector(DType.U32, run.unit() / 4)
              : ThreadType.scalar(new IntType(run.unit() * Byte.SIZE, false));
      ThreadValue read = ops.fresh(type);
      ops.add(
          new ThreadOp.GlobalLoad(
              read, address.base(), address.offset() + at, run.inside(at), op.location()));
      if (run.unit() >= 4) {
        for (int i = 0; i < type.lanes(); i++) {
          words.add(type.isScalar() ? read : ops.extract(read, i));
        }
        continue;
      }
      ThreadValue part = ops.convert(read, DType.U32, Rounding.NEAREST_EVEN, false);
      int place = at * Byte.SIZE % WORD;
      if (place == 0) {
        words.add(part);
      } else {
        ThreadValue higher = ops.binary(BinaryKind.SHL, part, word(place));
        words.set(words.size() - 1, ops.binary(BinaryKind.OR, words.getLast(), higher));
      }
    }
    return words;
  }

  /** Elements outside the tensor become the fill. */
  private List<ThreadValue> filled(Run run, List<ThreadValue> words, Literal fill) {
    Optional<ThreadValue> inside = run.window().inside(run.register());
    if (inside.isEmpty() || (fill.isZero() && !run.ends())) {
      return words;
    }
    List<ThreadValue> filled = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      ThreadValue outside = word(fillBits(run, i, fill));
      ThreadValue read = words.get(i);
      if (run.ends()) {
        ThreadValue mask = mask(run, i);
        read = ops.binary(BinaryKind.AND, read, mask);
        if (!fill.isZero()) {
          ThreadValue rest = ops.binary(BinaryKind.XOR, mask, word(-1));
          read = ops.binary(BinaryKind.OR, read, ops.binary(BinaryKind.AND, outside, rest));
        }
      }
      filled.add(fill.isZero() ? read : ops.select(inside.get(), read, outside));
    }
    return filled;
  }

  private static int fillBits(Run run, int index, Literal fill) {
    long element =
        switch (fill) {
          case Literal.Int(long n) when run.dtype() instanceof IntType t ->
              t.encodeLong(n, Overflow.NATURAL);
          case Literal.Int(long n) -> run.dtype().encode(n);
          case Literal.Float(double x) -> run.dtype().encode(x);
        };
    int bits = 0;
    for (int bit = 0; bit < WORD; bit++) {
      int at = (index * WORD + bit) % run.dtype().bits();
      bits |= (int) (element >>> at & 1) << bit;
    }
    return bits;
  }

  /** The bits of word {@code index} of a run that are inside the tensor along the run. */
  private ThreadValue mask(Run run, int index) {
    ThreadValue left = run.window().remaining(run.register());
    ThreadValue inside = code.binary(BinaryKind.MAX, code.min(left, run.elements()), code.i32(0));
    ThreadValue bits = code.sub(code.mul(inside, run.dtype().bits()), code.i32(index * WORD));
    ThreadValue here = code.binary(BinaryKind.MAX, code.min(bits, WORD), code.i32(0));
    ThreadValue count = ops.bitcast(here, ThreadType.U32);
    // A shift by all 32 bits leaves none: less one, all are set.
    ThreadValue end = ops.binary(BinaryKind.SHL, word(1), count);
    return ops.binary(BinaryKind.SUB, end, word(1));
  }

  // ---------------------------------------------------------------- stores

  void store(Op.Store op, GlobalWindow window, Layout layout, Optional<ThreadValue> once) {
    DType dtype = op.value().type().dtype();
    Registers tile = expansion.values().tile(op.value());
    VectorWidth runs = runs(op, window, dtype);
    boolean ends = window.endsWithin(expansion.facts(), runs.elements());
    for (List<Integer> group : Replicas.distinct(layout, SharedAccess.groups(runs))) {
      Run run = new Run(window, group.getFirst(), runs.elements(), dtype, ends);
      Registers held = new Registers(group.stream().map(tile.slots()::get).toList());
      List<ThreadValue> words = new ArrayList<>(new TileWords(ops, held).all());
      if (ends) {
        for (int i = 0; i < Math.ceilDiv(run.bits(), WORD); i++) {
          words.set(i, ops.binary(BinaryKind.AND, words.get(i), mask(run, i)));
        }
      }
      write(op, run, words, once);
    }
  }

  private void write(Op.Store op, Run run, List<ThreadValue> words, Optional<ThreadValue> once) {
    Address address = run.window().address(run.register());
    for (int at = 0; at < run.bytes(); at += run.unit()) {
      Optional<ThreadValue> inside = run.inside(at);
      Optional<ThreadValue> predicate =
          once.isPresent() && inside.isPresent()
              ? Optional.of(code.both(once.get(), inside.get()))
              : once.or(() -> inside);
      ops.add(
          new ThreadOp.GlobalStore(
              address.base(),
              address.offset() + at,
              part(words, at, run.unit()),
              predicate,
              op.location()));
    }
  }

  /** The {@code count} bytes from byte {@code at} on. */
  private ThreadValue part(List<ThreadValue> words, int at, int count) {
    int first = at / 4;
    if (count > 4) {
      return ops.build(words.subList(first, first + count / 4));
    }
    ThreadValue whole = words.get(first);
    if (count == 4) {
      return whole;
    }
    int shift = at % 4 * Byte.SIZE;
    ThreadValue low = shift == 0 ? whole : ops.binary(BinaryKind.SHR, whole, word(shift));
    return ops.convert(low, new IntType(count * Byte.SIZE, false), Rounding.NEAREST_EVEN, false);
  }

  private ThreadValue word(long bits) {
    return ops.constant(ThreadType.U32, Literal.of(bits & 0xFFFFFFFFL));
  }
}
