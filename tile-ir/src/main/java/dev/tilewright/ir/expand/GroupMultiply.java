package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.WarpSpecialization;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.MatrixDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * {@code mma_async} on tiles: a fence, one instruction of the warp group for every part of the
 * result and every step along k, a commit.
 */
final class GroupMultiply {
  private final Expansion expansion;
  private final Code code;
  private final WarpSpecialization target;

  GroupMultiply(Expansion expansion) {
    this.expansion = expansion;
    this.code = expansion.code();
    this.target = expansion.target().warpSpecialization().orElseThrow();
  }

  Registers expand(AsyncOp.MmaAsync op) {
    GroupMma family = expansion.target().groupMma(op.instruction()).orElseThrow();
    int width = family.width(op.instruction());
    Layout layout = expansion.layout(op, op.result());
    if (!layout.equals(expansion.layout(op, op.acc()))) {
      throw new StagedFormException(
          op, "the accumulator and the result of MmaAsync have equal layouts", "they differ");
    }
    Fragments parts = Fragments.of(op, layout, family.accumulator(width));
    int k = extentOfK(op);
    Factor a =
        op.a().isTile()
            ? new InRegisters(op, family)
            : new InShared(op, op.a(), op.transposeA() ? 1 : 0, family.m(), family);
    InShared b = new InShared(op, op.b(), op.transposeB() ? 0 : 1, width, family);
    Accumulators accumulators = new Accumulators(parts, expansion.values().tile(op.acc()));
    accumulators.pack();
    a.prepare(parts.rowStarts(), k / family.k());
    code.ops().add(new AsyncThreadOp.GroupMmaFence(op.location()));
    for (int step = 0; step < k / family.k(); step++) {
      for (long row : parts.rowStarts()) {
        for (long column : parts.columnStarts()) {
          List<ThreadValue> before = accumulators.words(row, column);
          List<ThreadValue> after =
              before.stream().map(word -> code.ops().fresh(word.type())).toList();
          code.ops()
              .add(
                  new AsyncThreadOp.GroupMma(
                      op.instruction(),
                      after,
                      a.at(row / family.m(), parts, step),
                      b.descriptor(column / width, step, code.i32(0)),
                      before,
                      Optional.empty(),
                      a.otherMajor(),
                      b.otherMajor(),
                      op.location()));
          accumulators.set(row, column, after);
        }
      }
    }
    code.ops().add(new AsyncThreadOp.GroupMmaCommit(op.location()));
    return accumulators.result();
  }

  private static int extentOfK(AsyncOp.MmaAsync op) {
    List<Integer> b = op.b().shared().shape();
    return b.get(op.transposeB() ? 1 : 0);
  }

  /** A factor of the product, in the form that an instruction takes. */
  private interface Factor {
    /** What must be there before the products begin. */
    void prepare(List<Long> rows, int steps);

    /**
     * @param number of the part along m, relative to the warp group's first
     */
    List<ThreadValue> at(long number, Fragments parts, int step);

    boolean otherMajor();
  }

  // ---------------------------------------------------------------- shared memory

  /** A factor that an instruction finds by a descriptor. */
  private final class InShared implements Factor {
    private final AsyncOp.MmaAsync op;
    private final SharedWindow window;
    private final MatrixDescriptor matrices;
    private final Axis mn;
    private final Axis k;
    private final int bytes;
    private final int partRows;

    /**
     * @param dimension of the buffer that is the instruction's m or n
     * @param extent of one instruction along it
     */
    InShared(AsyncOp.MmaAsync op, Value buffer, int dimension, int extent, GroupMma family) {
      this.op = op;
      this.partRows = extent;
      this.window = expansion.values().buffer(buffer);
      this.mn = Axis.dim(dimension);
      this.k = Axis.dim(1 - dimension);
      int bits = buffer.type().dtype().bits();
      this.bytes = bits / Byte.SIZE;
      this.matrices =
          switch (MatrixDescriptor.of(
              window.layout(),
              mn,
              k,
              Space.of(mn, extent, k, family.k()),
              bits,
              target.operands(family))) {
            case Result.Ok<MatrixDescriptor>(MatrixDescriptor found) -> found;
            case Result.Refused<MatrixDescriptor>(var reason) ->
                throw new StagedFormException(
                    op, "the factors of MmaAsync lie as descriptors can say", reason.sentence());
          };
    }

    @Override
    public void prepare(List<Long> rows, int steps) {}

    @Override
    public boolean otherMajor() {
      return matrices.major() == MatrixDescriptor.Major.MN;
    }

    @Override
    public List<ThreadValue> at(long number, Fragments parts, int step) {
      return List.of(descriptor(number, step, groupOffset(parts)));
    }

    /** The bytes between this warp group's part and the first group's. */
    private ThreadValue groupOffset(Fragments parts) {
      int groups = expansion.role().warps() / target.groupWarps();
      long extent = matrices.starts().domain().extent(mn);
      long rows = parts.rows().contribution(Axis.WARP, target.groupWarps());
      if (groups == 1 || rows == 0) {
        return code.i32(0);
      }
      long step = start(rows / partRows, 0);
      for (int group = 0; group < groups; group++) {
        long first = parts.rows().contribution(Axis.WARP, (long) group * target.groupWarps());
        for (long part = 0; first / partRows + part < extent; part++) {
          if (start(first / partRows + part, 0) != group * step + start(part, 0)) {
            throw new StagedFormException(
                op, "the parts of warp groups lie at equal distances", window.layout().toString());
          }
        }
      }
      ThreadValue group = code.shiftRight(expansion.threads().warp(), 2);
      return code.mul(group, step * bytes);
    }

    private long start(long number, long step) {
      return matrices.starts().apply(Axis.OFFSET, Map.of(mn, number, k, step));
    }

    ThreadValue descriptor(long number, int step, ThreadValue groupOffset) {
      long start = start(number, step) * bytes;
      ThreadValue address = window.address(code, groupOffset);
      ThreadValue result = code.ops().fresh(ThreadType.I64);
      code.ops()
          .add(
              new ThreadOp.MatrixDescriptor(
                  result,
                  address,
                  Math.toIntExact(window.offset() + start),
                  target.descriptor(matrices),
                  op.location()));
      return result;
    }
  }

  // ---------------------------------------------------------------- registers

  /** The first factor as fragments in the registers of the warp group. */
  private final class InRegisters implements Factor {
    private final Fragments fragments;
    private final Registers tile;
    private final int perWord;
    private final int stepExtent;
    private final int rowExtent;
    private final Map<List<Long>, List<ThreadValue>> words = new HashMap<>();

    InRegisters(AsyncOp.MmaAsync op, GroupMma family) {
      this.fragments = Fragments.of(op, expansion.layout(op, op.a()), family.aLayout());
      this.tile = expansion.values().tile(op.a());
      this.perWord = Math.max(1, 32 / op.a().type().dtype().bits());
      this.stepExtent = family.k();
      this.rowExtent = family.m();
    }

    @Override
    public void prepare(List<Long> rows, int steps) {
      for (long row : rows) {
        for (long step = 0; step < steps; step++) {
          List<ThreadValue> packed = new ArrayList<>();
          List<Integer> registers = fragments.registers(row, step * stepExtent);
          for (int at = 0; at < registers.size(); at += perWord) {
            packed.add(tile.packed(code.ops(), registers.subList(at, at + perWord)));
          }
          words.put(List.of(row, step * stepExtent), packed);
        }
      }
    }

    @Override
    public boolean otherMajor() {
      return false;
    }

    @Override
    public List<ThreadValue> at(long number, Fragments parts, int step) {
      return Objects.requireNonNull(
          words.get(List.of(number * rowExtent, (long) step * stepExtent)));
    }
  }

  // ---------------------------------------------------------------- accumulators

  /** The accumulators in the words that instructions take, and the tile that they make up. */
  private final class Accumulators {
    private final Fragments fragments;
    private final Registers tile;
    private final int perWord;
    private final Map<List<Long>, List<ThreadValue>> words = new HashMap<>();

    Accumulators(Fragments fragments, Registers tile) {
      this.fragments = fragments;
      this.tile = tile;
      this.perWord = Math.max(1, 32 / tile.dtype().bits());
    }

    /** All words, before the first product: later they are in flight. */
    void pack() {
      for (long row : fragments.rowStarts()) {
        for (long column : fragments.columnStarts()) {
          List<Integer> registers = fragments.registers(row, column);
          List<ThreadValue> packed = new ArrayList<>();
          for (int at = 0; at < registers.size(); at += perWord) {
            packed.add(tile.packed(code.ops(), registers.subList(at, at + perWord)));
          }
          words.put(List.of(row, column), packed);
        }
      }
    }

    List<ThreadValue> words(long row, long column) {
      return Objects.requireNonNull(words.get(List.of(row, column)));
    }

    void set(long row, long column, List<ThreadValue> newWords) {
      words.put(List.of(row, column), newWords);
    }

    Registers result() {
      Slot[] slots = new Slot[tile.count()];
      words.forEach(
          (start, packed) -> {
            List<Integer> registers = fragments.registers(start.get(0), start.get(1));
            for (int i = 0; i < registers.size(); i++) {
              slots[registers.get(i)] = new Lane(packed.get(i / perWord), i % perWord);
            }
          });
      return new Registers(Arrays.asList(slots));
    }
  }

  /** Waits; the values are then in the same registers, fit to be read. */
  void await(AsyncOp.MmaWait op) {
    List<ThreadValue> words = new ArrayList<>();
    for (Value value : op.values()) {
      words.addAll(expansion.values().tile(value).words(code.ops()));
    }
    List<ThreadValue> landed =
        AsyncThreadOp.GroupMmaWait.of(words, op.pending(), code.ops()).results();
    int at = 0;
    for (int i = 0; i < op.values().size(); i++) {
      DType dtype = op.values().get(i).type().dtype();
      int registers = expansion.registers(op, op.values().get(i));
      int count = Registers.wordTypes(dtype, registers).size();
      expansion
          .values()
          .set(
              op.results().get(i),
              Registers.ofWords(dtype, registers, landed.subList(at, at + count)));
      at += count;
    }
  }
}
