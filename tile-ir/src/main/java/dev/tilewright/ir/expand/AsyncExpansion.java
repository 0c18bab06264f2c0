package dev.tilewright.ir.expand;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.BoxCopy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** Roles, barriers in memory and bulk copies: what one thread does for them. */
final class AsyncExpansion {
  private static final int MBARRIER_BYTES = 8;

  private final Expansion expansion;
  private final Code code;

  AsyncExpansion(Expansion expansion) {
    this.expansion = expansion;
    this.code = expansion.code();
  }

  // ---------------------------------------------------------------- roles

  /**
   * @param body expands a region in the scope of its role
   */
  interface RoleBody {
    void expand(RoleScope scope, int role);
  }

  void roles(AsyncOp.Roles op, RoleBody body) {
    List<ThreadBlock> bodies = new ArrayList<>();
    int launched =
        expansion
            .target()
            .warpSpecialization()
            .orElseThrow()
            .launchedRegisters(
                op.warps() * expansion.target().lanes(), expansion.target().registersPerThread());
    for (int i = 0; i < op.roles().size(); i++) {
      AsyncOp.Role role = op.roles().get(i);
      int number = i;
      RoleScope scope =
          new RoleScope(OptionalInt.of(i), op.firstWarp(i), role.warps(), role.single());
      bodies.add(
          region(
              () -> {
                code.ops().at(op.location());
                role.registers()
                    .ifPresent(
                        count ->
                            code.ops()
                                .add(
                                    new AsyncThreadOp.SetMaxRegisters(
                                        count, count > launched, op.location())));
                if (role.single()) {
                  code.ops()
                      .add(
                          new AsyncThreadOp.Single(
                              region(() -> body.expand(scope, number)), op.location()));
                } else {
                  body.expand(scope, number);
                }
              }));
    }
    code.ops().at(op.location());
    meetCluster(op);
    code.ops()
        .add(
            new AsyncThreadOp.Roles(
                op.roles().stream().map(AsyncOp.Role::warps).toList(), bodies, op.location()));
    meetCluster(op);
  }

  /**
   * No block reaches into another's shared memory before its barriers are made, or after it has
   * left.
   */
  private void meetCluster(Op op) {
    if (expansion.cluster() > 1) {
      code.ops().add(new AsyncThreadOp.ClusterArrive(false, op.location()));
      code.ops().add(new AsyncThreadOp.ClusterWait(op.location()));
    }
  }

  private ThreadBlock region(Runnable body) {
    return code.region(
        List.of(),
        _ -> {
          body.run();
          return List.of();
        });
  }

  /** Has one thread run the code, unless only one does already. */
  private void single(Op op, Runnable body) {
    if (expansion.role().single()) {
      body.run();
    } else {
      code.ops().add(new AsyncThreadOp.Single(region(body), op.location()));
    }
  }

  // ---------------------------------------------------------------- barriers in memory

  void create(AsyncOp.MbarrierCreate op) {
    int offset =
        op.offset()
            .orElseThrow(
                () ->
                    new StagedFormException(
                        op, "every MbarrierCreate has a byte offset", "this one has none"));
    expansion.values().setBarriers(op.result(), offset);
    int count = ((Type.Mbarriers) op.result().type()).count();
    single(
        op,
        () -> {
          for (int i = 0; i < count; i++) {
            code.ops()
                .add(
                    new AsyncThreadOp.MbarrierInit(
                        code.i32(0), offset + MBARRIER_BYTES * i, op.arrivals(), op.location()));
          }
          code.ops().add(new AsyncThreadOp.FenceMbarrierInit(op.location()));
        });
  }

  private ThreadValue address(AsyncOp.Mbarrier barrier) {
    return code.mul(expansion.values().scalar(barrier.index()), MBARRIER_BYTES);
  }

  private int offset(AsyncOp.Mbarrier barrier) {
    return expansion.values().barriers(barrier.array());
  }

  void await(AsyncOp.MbarrierWait op) {
    code.ops()
        .add(
            new AsyncThreadOp.MbarrierWait(
                address(op.barrier()),
                offset(op.barrier()),
                expansion.values().scalar(op.parity()),
                op.location()));
  }

  void expect(AsyncOp.MbarrierExpect op) {
    ThreadValue address = address(op.barrier());
    single(
        op,
        () ->
            code.ops()
                .add(
                    new AsyncThreadOp.MbarrierExpect(
                        address, offset(op.barrier()), op.bytes(), op.location())));
  }

  void arrive(AsyncOp.MbarrierArrive op) {
    ThreadValue address = address(op.barrier());
    Runnable arrive =
        () -> {
          for (int block = 0; block < op.blocks(); block++) {
            Optional<ThreadValue> rank =
                op.blocks() == 1 ? Optional.empty() : Optional.of(code.i32(block));
            code.ops()
                .add(
                    new AsyncThreadOp.MbarrierArrive(
                        address, offset(op.barrier()), rank, op.location()));
          }
        };
    if (expansion.role().single()) {
      arrive.run();
    } else {
      code.ops().add(new AsyncThreadOp.WarpLeader(region(arrive), op.location()));
    }
  }

  void barrier(Op.Barrier op) {
    RoleScope role = expansion.role();
    if (role.number().isEmpty()) {
      code.ops().add(new ThreadOp.Barrier(op.location()));
    } else {
      // Barrier 0 is where all threads of the block meet.
      code.ops()
          .add(
              new ThreadOp.Barrier(
                  OptionalInt.of(role.number().getAsInt() + 1),
                  OptionalInt.of(role.warps() * expansion.target().lanes()),
                  op.location()));
    }
  }

  // ---------------------------------------------------------------- bulk copies

  void load(AsyncOp.BulkLoad op) {
    AsyncOp.Mbarrier barrier =
        op.barrier()
            .orElseThrow(
                () ->
                    new StagedFormException(
                        op, "every BulkLoad has a barrier", "LowerAsync has not run"));
    ThreadValue address = address(barrier);
    boxes(
        op,
        op.shared(),
        op.tensor(),
        op.offsets(),
        op.parts(),
        box ->
            code.ops()
                .add(
                    new AsyncThreadOp.BulkLoad(
                        box.map(),
                        box.shared(),
                        box.sharedOffset(),
                        box.coordinates(),
                        address,
                        offset(barrier),
                        op.parts() == 1
                            ? Optional.empty()
                            : Optional.of(code.i32((1L << op.parts()) - 1)),
                        op.location())));
  }

  void store(AsyncOp.BulkStore op) {
    boxes(
        op,
        op.shared(),
        op.tensor(),
        op.offsets(),
        1,
        box ->
            code.ops()
                .add(
                    new AsyncThreadOp.BulkStore(
                        box.map(),
                        box.shared(),
                        box.sharedOffset(),
                        box.coordinates(),
                        op.location())));
  }

  /** One copy. */
  private record Box(
      ThreadValue map, ThreadValue shared, int sharedOffset, List<ThreadValue> coordinates) {}

  /**
   * @param parts the number of blocks of which each copies one part of every box: some of its lines
   */
  private void boxes(
      Op op, Value shared, Value tensor, List<Value> offsets, int parts, Consumer<Box> copy) {
    Parameter.Tensor parameter = expansion.values().tensor(tensor).parameter();
    SharedWindow window = expansion.values().buffer(shared);
    int bits = shared.type().dtype().bits();
    BoxCopy boxes =
        switch (BoxCopy.of(
            window.layout(),
            Axis.dim(parameter.unitDimension()),
            bits,
            expansion.target().warpSpecialization().orElseThrow().engine())) {
          case Result.Ok<BoxCopy>(BoxCopy found) -> found;
          case Result.Refused<BoxCopy>(var reason) ->
              throw new StagedFormException(
                  op, "the buffers of bulk copies lie as boxes", reason.sentence());
        };
    Space.Dim lines = boxes.box().dims().getLast();
    long partLines = lines.extent() / parts;
    ThreadValue map = expansion.maps().of(parameter, boxes, parts);
    List<Integer> dimensions = TensorMaps.dimensions(parameter);
    ThreadValue rank = parts == 1 ? code.i32(0) : code.special(SpecialRegister.CLUSTER_RANK);
    long partBytes = boxes.box().size() / parts * bits / Byte.SIZE;
    ThreadValue base = window.address(code, code.mul(rank, partBytes));
    single(
        op,
        () -> {
          for (long box = 0; box < boxes.boxes(); box++) {
            long[] origin = boxes.origins().apply(box);
            List<ThreadValue> coordinates = new ArrayList<>();
            for (int dimension : dimensions) {
              int at = boxes.origins().codomain().indexOf(Axis.dim(dimension));
              ThreadValue offset = expansion.values().scalar(offsets.get(dimension));
              ThreadValue coordinate = code.add(offset, at < 0 ? 0 : origin[at]);
              coordinates.add(
                  lines.axis().equals(Axis.dim(dimension))
                      ? code.add(coordinate, code.mul(rank, partLines))
                      : coordinate);
            }
            long start = boxes.starts().apply(box)[0] * bits / Byte.SIZE;
            copy.accept(new Box(map, base, Math.toIntExact(window.offset() + start), coordinates));
          }
        });
  }

  void fence(AsyncOp.ProxyFence op) {
    code.ops().add(new AsyncThreadOp.FenceProxyAsync(op.location()));
  }

  void commit(AsyncOp.BulkCommit op) {
    single(op, () -> code.ops().add(new AsyncThreadOp.BulkCommit(op.location())));
  }

  void await(AsyncOp.BulkWait op) {
    single(op, () -> code.ops().add(new AsyncThreadOp.BulkWait(op.pending(), true, op.location())));
  }
}
