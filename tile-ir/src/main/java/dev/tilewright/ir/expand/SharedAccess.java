package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.expand.Threads.Index;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.analysis.Ldmatrix;
import dev.tilewright.layout.analysis.VectorWidth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Buffers in shared memory: their places, and the accesses of whole tiles by {@code ldmatrix} where
 * layouts match its pattern, else by the widest vectors.
 */
final class SharedAccess {
  private static final int MATRIX_ROW_BYTES = 16;

  private final Expansion expansion;
  private final Code code;

  SharedAccess(Expansion expansion) {
    this.expansion = expansion;
    this.code = expansion.code();
  }

  // ---------------------------------------------------------------- places

  SharedWindow allocated(Op.SharedAlloc op) {
    Layout layout = expansion.layout(op, op.result());
    int offset =
        op.offset()
            .orElseThrow(
                () ->
                    new StagedFormException(
                        op, "every SharedAlloc has a byte offset", "this one has none"));
    return new SharedWindow(layout, offset, Optional.empty(), lowestBit(offset));
  }

  SharedWindow sliced(Op.SharedSlice op) {
    SharedWindow whole = expansion.values().buffer(op.shared());
    Type.Shared type = op.shared().shared();
    int stride = stageBytes(op, whole.layout(), type);
    Layout layout = expansion.layout(op, op.result());
    ThreadValue index = expansion.values().scalar(op.index());
    ThreadValue stage = code.mul(index, stride);
    if (code.known(stage).isPresent()) {
      int offset = whole.offset() + Math.toIntExact(code.known(stage).getAsLong());
      int alignment = Math.min(whole.alignment(), lowestBit(offset));
      return new SharedWindow(layout, offset, whole.stage(), alignment);
    }
    ThreadValue total = whole.address(code, stage);
    int alignment = Math.min(whole.alignment(), lowestBit(stride));
    return new SharedWindow(layout, whole.offset(), Optional.of(total), alignment);
  }

  private static int lowestBit(int n) {
    return n == 0 ? 1 << 30 : Integer.lowestOneBit(n);
  }

  private static int stageBytes(Op.SharedSlice op, Layout layout, Type.Shared type) {
    long stages = type.shape().getFirst();
    long stride = stages > 1 ? place(layout, 1) - place(layout, 0) : 0;
    for (long stage = 0; stage < stages; stage++) {
      if (place(layout, stage) != stage * stride) {
        throw new StagedFormException(
            op,
            "the stages of a buffer lie at equal distances",
            "stage %d of %s lies at element %d".formatted(stage, layout, place(layout, stage)));
      }
    }
    return Math.toIntExact(stride * Vectors.bytes(type.dtype()));
  }

  private static long place(Layout layout, long stage) {
    return layout.apply(Axis.OFFSET, Map.of(Axis.dim(0), stage));
  }

  // ---------------------------------------------------------------- accesses

  Registers load(Op.SharedLoad op) {
    SharedWindow window = expansion.values().buffer(op.shared());
    Layout registers = expansion.layout(op, op.result());
    DType dtype = op.result().type().dtype();
    Optional<Ldmatrix> matrices = matrices(window, registers, dtype);
    return matrices.isPresent()
        ? loadMatrices(op, window, matrices.get(), dtype, expansion.registers(op, op.result()))
        : loadVectors(op, window, registers, dtype);
  }

  private Optional<Ldmatrix> matrices(SharedWindow window, Layout registers, DType dtype) {
    boolean legal =
        expansion.target().matrixLoads()
            && dtype.bits() >= 8
            && dtype.bits() <= 32
            && window.alignment() % MATRIX_ROW_BYTES == 0;
    if (!legal) {
      return Optional.empty();
    }
    int bytes = Vectors.bytes(dtype);
    for (boolean transposed : List.of(false, true)) {
      if (Ldmatrix.applies(window.layout(), registers, bytes, transposed)
          instanceof Result.Ok<Ldmatrix>(Ldmatrix matrices)) {
        return Optional.of(matrices);
      }
    }
    return Optional.empty();
  }

  private Registers loadMatrices(
      Op.SharedLoad op, SharedWindow window, Ldmatrix plan, DType dtype, int count) {
    IndexMap rows = bytes(op, window, plan.rows(), dtype);
    ThreadType word = ThreadType.vector(dtype, 32 / dtype.bits());
    Slot[] slots = new Slot[count];
    for (int i = 0; i < plan.instructions(); i++) {
      Index row = expansion.threads().at(rows, i);
      List<ThreadValue> results = new ArrayList<>();
      for (int matrix = 0; matrix < plan.matrices(); matrix++) {
        ThreadValue result = expansion.ops().fresh(word);
        results.add(result);
        place(slots, plan.registers().get(i * plan.matrices() + matrix), result);
      }
      ThreadValue address = window.address(code, row.base());
      expansion
          .ops()
          .add(
              new ThreadOp.LoadMatrix(
                  results, plan.transposed(), address, offset(window, row), op.location()));
    }
    return new Registers(Arrays.asList(slots));
  }

  private Registers loadVectors(
      Op.SharedLoad op, SharedWindow window, Layout registers, DType dtype) {
    VectorWidth vectors = vectors(op, window, registers, dtype);
    IndexMap map = bytes(op, window, registers, dtype);
    Slot[] slots = new Slot[vectors.registers().size()];
    ThreadType type = ThreadType.vector(dtype, vectors.elements());
    for (List<Integer> group : groups(vectors)) {
      Index index = expansion.threads().at(map, group.getFirst());
      ThreadValue result = expansion.ops().fresh(type);
      ThreadValue address = window.address(code, index.base());
      expansion
          .ops()
          .add(new ThreadOp.SharedLoad(result, address, offset(window, index), op.location()));
      place(slots, group, result);
    }
    return new Registers(Arrays.asList(slots));
  }

  void store(Op.SharedStore op) {
    SharedWindow window = expansion.values().buffer(op.shared());
    Layout registers = expansion.layout(op, op.value());
    DType dtype = op.value().type().dtype();
    Registers tile = expansion.values().tile(op.value());
    VectorWidth vectors = vectors(op, window, registers, dtype);
    IndexMap map = bytes(op, window, registers, dtype);
    Optional<ThreadValue> once = expansion.threads().first(Replicas.threadDigits(registers));
    for (List<Integer> group : Replicas.distinct(registers, groups(vectors))) {
      Index index = expansion.threads().at(map, group.getFirst());
      ThreadValue value = tile.packed(expansion.ops(), group);
      ThreadValue address = window.address(code, index.base());
      expansion
          .ops()
          .add(
              new ThreadOp.SharedStore(address, offset(window, index), value, once, op.location()));
    }
  }

  private VectorWidth vectors(Op op, SharedWindow window, Layout registers, DType dtype) {
    return Vectors.widest(
        composed(op, window, registers),
        dtype,
        expansion.target().vectorBytes(),
        window.alignment());
  }

  /** The bytes between the window's start and what {@code registers} holds. */
  static IndexMap bytes(Op op, SharedWindow window, Layout registers, DType dtype) {
    return IndexMap.of(composed(op, window, registers), Axis.OFFSET).times(Vectors.bytes(dtype));
  }

  static Layout composed(Op op, SharedWindow window, Layout registers) {
    return switch (window.layout().compose(registers)) {
      case Result.Ok<Layout>(Layout composed) -> composed;
      case Result.Refused<Layout>(var reason) ->
          throw new StagedFormException(
              op,
              "the layout of a buffer composes with the layouts of its accesses",
              "%s after %s: %s".formatted(window.layout(), registers, reason.sentence()));
    };
  }

  static int offset(SharedWindow window, Index index) {
    return Math.toIntExact(window.offset() + index.constant());
  }

  /** The registers of each access, in the order of memory. */
  static List<List<Integer>> groups(VectorWidth vectors) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int at = 0; at < vectors.registers().size(); at += vectors.elements()) {
      groups.add(vectors.registers().subList(at, at + vectors.elements()));
    }
    return groups;
  }

  static void place(Slot[] slots, List<Integer> registers, ThreadValue vector) {
    for (int lane = 0; lane < registers.size(); lane++) {
      slots[registers.get(lane)] = new Lane(vector, lane);
    }
  }
}
