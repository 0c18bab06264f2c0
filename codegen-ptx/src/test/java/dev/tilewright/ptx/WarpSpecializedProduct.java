package dev.tilewright.ptx;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.AsyncThreadOp.MbarrierArrive;
import dev.tilewright.ir.thread.AsyncThreadOp.MbarrierWait;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A hand-written c = a · bᵀ in bf16 for {@code sm_90a}: a warp group that has one thread load tiles
 * into a ring, consumer warp groups that multiply 64 rows each, one product in flight, and store
 * through shared memory. Rows of a and b are 64 elements, 128 bytes, swizzled.
 */
final class WarpSpecializedProduct {
  static final int ROW_BYTES = 128;
  static final int K = 64;

  private final int consumers;
  private final int n;
  private final int stages;
  private final int cluster;
  private final ThreadValue mapA = new ThreadValue(0, ThreadType.I64);
  private final ThreadValue mapB = new ThreadValue(1, ThreadType.I64);
  private final ThreadValue mapC = new ThreadValue(2, ThreadType.I64);
  private final ThreadValue steps = new ThreadValue(3, ThreadType.I32);
  private final ThreadBuilder out = new ThreadBuilder(4);
  private final ThreadValue zero;
  private final ThreadValue one;

  /** Where things lie in shared memory: the ring, then c, then the barriers. */
  private final int stageBytes;

  private final int cStart;
  private final int full;
  private final int empty;

  private WarpSpecializedProduct(int consumers, int n, int stages, int cluster) {
    this.consumers = consumers;
    this.n = n;
    this.stages = stages;
    this.cluster = cluster;
    zero = out.i32(0);
    one = out.i32(1);
    stageBytes = (64 * consumers + n) * ROW_BYTES;
    cStart = stages * stageBytes;
    full = cStart + 64 * consumers * n * 2;
    empty = full + 8 * stages;
  }

  /**
   * @param consumers warp groups that multiply
   * @param n columns of the tile
   * @param cluster blocks along x that share the tile of b
   */
  static ThreadFunction of(int consumers, int n, int stages, int cluster) {
    return new WarpSpecializedProduct(consumers, n, stages, cluster).function();
  }

  private ThreadFunction function() {
    ThreadBlock initialize =
        region(
            () -> {
              for (int i = 0; i < stages; i++) {
                out.add(new AsyncThreadOp.MbarrierInit(zero, full + 8 * i, 1, out.location()));
                out.add(
                    new AsyncThreadOp.MbarrierInit(
                        zero, empty + 8 * i, 4 * consumers * cluster, out.location()));
              }
              out.add(new AsyncThreadOp.FenceMbarrierInit(out.location()));
              out.add(new AsyncThreadOp.PrefetchTensorMap(mapA, out.location()));
            });
    out.add(new AsyncThreadOp.Single(initialize, out.location()));
    if (cluster > 1) {
      out.add(new AsyncThreadOp.ClusterArrive(true, out.location()));
      out.add(new AsyncThreadOp.ClusterWait(out.location()));
    }
    List<ThreadBlock> bodies = List.of(region(this::produce), region(this::consume));
    out.add(new AsyncThreadOp.Roles(List.of(4, 4 * consumers), bodies, out.location()));
    if (cluster > 1) {
      // A peer may still arrive at our barriers.
      out.add(new AsyncThreadOp.ClusterArrive(true, out.location()));
      out.add(new AsyncThreadOp.ClusterWait(out.location()));
    }
    return new ThreadFunction(
        "product",
        "sm_90a",
        List.of(
            map("a", 64 * consumers, mapA),
            map("b", n / cluster, mapB),
            map("c", 64, mapC),
            new ThreadParameter.Dimension("steps", steps)),
        128 * (1 + consumers),
        empty + 8 * stages,
        cluster,
        out.block(List.of()));
  }

  private static ThreadParameter map(String name, int rows, ThreadValue value) {
    return new ThreadParameter.TensorMap(name, List.of(1, 0), List.of(K, rows), ROW_BYTES, value);
  }

  private ThreadBlock region(Runnable body) {
    return out.region(
        List.of(),
        _ -> {
          body.run();
          return List.of();
        });
  }

  private ThreadValue binary(BinaryKind kind, ThreadValue x, long y) {
    return out.binary(kind, x, out.i32(y));
  }

  private ThreadValue add(ThreadValue x, ThreadValue y) {
    return out.binary(BinaryKind.ADD, x, y);
  }

  /** The next slot of the ring, and its parity. */
  private List<ThreadValue> next(ThreadValue slot, ThreadValue parity) {
    ThreadValue following = add(slot, one);
    ThreadValue wraps = out.compare(ComparePredicate.EQ, following, out.i32(stages));
    ThreadValue flipped = out.binary(BinaryKind.XOR, parity, one);
    return List.of(out.select(wraps, zero, following), out.select(wraps, flipped, parity));
  }

  private void produce() {
    out.add(new AsyncThreadOp.SetMaxRegisters(24, false, out.location()));
    ThreadBlock body =
        region(
            () ->
                out.forLoop(
                    zero, steps, one, List.of(zero, one), a -> load(a.get(0), a.get(1), a.get(2))));
    out.add(new AsyncThreadOp.Single(body, out.location()));
  }

  private List<ThreadValue> load(ThreadValue step, ThreadValue slot, ThreadValue parity) {
    ThreadValue barrier = binary(BinaryKind.MUL, slot, 8);
    ThreadValue buffer = binary(BinaryKind.MUL, slot, stageBytes);
    ThreadValue column = binary(BinaryKind.MUL, step, K);
    ThreadValue rowA =
        binary(BinaryKind.MUL, out.special(SpecialRegister.BLOCK_X), 64L * consumers);
    ThreadValue rowB = binary(BinaryKind.MUL, out.special(SpecialRegister.BLOCK_Y), n);
    out.add(new MbarrierWait(barrier, empty, parity, out.location()));
    out.add(new AsyncThreadOp.MbarrierExpect(barrier, full, stageBytes, out.location()));
    out.add(
        new AsyncThreadOp.BulkLoad(
            mapA,
            buffer,
            0,
            List.of(column, rowA),
            barrier,
            full,
            Optional.empty(),
            out.location()));
    ThreadValue rank = out.special(SpecialRegister.CLUSTER_RANK);
    ThreadValue part = binary(BinaryKind.MUL, rank, n / cluster);
    Optional<ThreadValue> mask =
        cluster > 1 ? Optional.of(out.i32((1 << cluster) - 1)) : Optional.empty();
    out.add(
        new AsyncThreadOp.BulkLoad(
            mapB,
            add(buffer, binary(BinaryKind.MUL, part, ROW_BYTES)),
            64 * consumers * ROW_BYTES,
            List.of(column, add(rowB, part)),
            barrier,
            full,
            mask,
            out.location()));
    return next(slot, parity);
  }

  private void consume() {
    out.add(new AsyncThreadOp.SetMaxRegisters(consumers == 1 ? 240 : 232, true, out.location()));
    ThreadValue warp = binary(BinaryKind.SUB, out.special(SpecialRegister.WARP), 4);
    ThreadValue group = binary(BinaryKind.DIV, warp, 4);
    List<ThreadValue> inits = new ArrayList<>(List.of(zero, zero, zero));
    inits.addAll(Collections.nCopies(n / 2, out.constant(ThreadType.F32, Literal.of(0.0))));
    List<ThreadValue> ended =
        out.forLoop(
            zero,
            steps,
            one,
            inits,
            a -> multiply(group, a.get(0), a.get(1), a.get(2), a.get(3), a.subList(4, a.size())));
    AsyncThreadOp.GroupMmaWait last =
        AsyncThreadOp.GroupMmaWait.of(ended.subList(3, ended.size()), 0, out);
    store(group, last.results());
  }

  private List<ThreadValue> multiply(
      ThreadValue group,
      ThreadValue step,
      ThreadValue slot,
      ThreadValue parity,
      ThreadValue before,
      List<ThreadValue> c) {
    out.add(new MbarrierWait(binary(BinaryKind.MUL, slot, 8), full, parity, out.location()));
    ThreadValue buffer = binary(BinaryKind.MUL, slot, stageBytes);
    ThreadValue rows = add(buffer, binary(BinaryKind.MUL, group, 64L * ROW_BYTES));
    out.add(new AsyncThreadOp.GroupMmaFence(out.location()));
    List<ThreadValue> sum = c;
    for (int k = 0; k < K; k += 16) {
      List<ThreadValue> results = sum.stream().map(v -> out.fresh(v.type())).toList();
      out.add(
          new AsyncThreadOp.GroupMma(
              "wgmma.m64n" + n + "k16.f32.bf16.bf16",
              results,
              List.of(descriptor(rows, 2 * k)),
              descriptor(buffer, 64 * consumers * ROW_BYTES + 2 * k),
              sum,
              Optional.empty(),
              false,
              false,
              out.location()));
      sum = results;
    }
    out.add(new AsyncThreadOp.GroupMmaCommit(out.location()));
    // The product before has ended: its slot is free.
    out.add(new AsyncThreadOp.GroupMmaWait(List.of(), List.of(), 1, out.location()));
    ThreadValue later = out.compare(ComparePredicate.GT, step, zero);
    out.ifElse(
        later,
        _ -> {
          release(binary(BinaryKind.MUL, before, 8));
          return List.of();
        },
        _ -> List.of());
    List<ThreadValue> carried = new ArrayList<>(next(slot, parity));
    carried.add(slot);
    carried.addAll(sum);
    return carried;
  }

  private void release(ThreadValue barrier) {
    ThreadBlock arrive =
        region(
            () -> {
              for (int rank = 0; rank < cluster; rank++) {
                out.add(
                    cluster == 1
                        ? new MbarrierArrive(barrier, empty, out.location())
                        : new MbarrierArrive(
                            barrier, empty, Optional.of(out.i32(rank)), out.location()));
              }
            });
    out.add(new AsyncThreadOp.WarpLeader(arrive, out.location()));
  }

  /** Rows of 128 bytes, swizzled; 8 of them are 1024 bytes. */
  private ThreadValue descriptor(ThreadValue address, int offset) {
    long bits = 1L << 62 | 64L << 32 | 1L << 16;
    ThreadValue result = out.fresh(ThreadType.I64);
    return out.add(new ThreadOp.MatrixDescriptor(result, address, offset, bits, out.location()))
        .result();
  }

  /** Boxes of 64 × 64 elements, swizzled as bulk copies expect. */
  private void store(ThreadValue group, List<ThreadValue> sum) {
    ThreadValue thread = binary(BinaryKind.SUB, out.special(SpecialRegister.THREAD), 128);
    ThreadValue warp = binary(BinaryKind.REM, binary(BinaryKind.DIV, thread, 32), 4);
    ThreadValue lane = out.special(SpecialRegister.LANE);
    ThreadValue row =
        add(
            binary(BinaryKind.MUL, warp, 16),
            add(
                binary(BinaryKind.REM, lane, 8),
                binary(
                    BinaryKind.MUL,
                    binary(BinaryKind.REM, binary(BinaryKind.DIV, lane, 8), 2),
                    8)));
    ThreadValue chunk =
        out.binary(
            BinaryKind.XOR, binary(BinaryKind.DIV, lane, 16), binary(BinaryKind.REM, row, 8));
    ThreadValue start =
        add(binary(BinaryKind.MUL, group, 64L * n * 2), binary(BinaryKind.MUL, row, ROW_BYTES));
    for (int column = 0; column < n; column += 16) {
      ThreadValue place = binary(BinaryKind.XOR, chunk, column / 8 % 8);
      ThreadValue address = add(start, binary(BinaryKind.MUL, place, 16));
      List<ThreadValue> matrices = new ArrayList<>();
      for (int i = column / 2; i < column / 2 + 8; i += 2) {
        ThreadValue pair = out.build(sum.subList(i, i + 2));
        matrices.add(out.convert(pair, DType.BF16, Rounding.NEAREST_EVEN, false));
      }
      out.add(
          new ThreadOp.StoreMatrix(
              matrices, false, address, cStart + column / 64 * 64 * ROW_BYTES, out.location()));
    }
    out.add(new AsyncThreadOp.FenceProxyAsync(out.location()));
    out.add(
        new ThreadOp.Barrier(OptionalInt.of(1), OptionalInt.of(128 * consumers), out.location()));
    out.add(new AsyncThreadOp.Single(region(this::storeBoxes), out.location()));
  }

  private void storeBoxes() {
    ThreadValue row = binary(BinaryKind.MUL, out.special(SpecialRegister.BLOCK_X), 64L * consumers);
    ThreadValue column = binary(BinaryKind.MUL, out.special(SpecialRegister.BLOCK_Y), n);
    for (int group = 0; group < consumers; group++) {
      for (int box = 0; box < n / 64; box++) {
        out.add(
            new AsyncThreadOp.BulkStore(
                mapC,
                zero,
                cStart + (group * (n / 64) + box) * 64 * ROW_BYTES,
                List.of(
                    binary(BinaryKind.ADD, column, 64L * box),
                    binary(BinaryKind.ADD, row, 64L * group)),
                out.location()));
      }
    }
    out.add(new AsyncThreadOp.BulkCommit(out.location()));
    out.add(new AsyncThreadOp.BulkWait(0, true, out.location()));
  }
}
