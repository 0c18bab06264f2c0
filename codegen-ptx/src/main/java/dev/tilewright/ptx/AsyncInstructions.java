package dev.tilewright.ptx;

import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;

/** Barriers in shared memory, bulk copies, clusters: PTX ISA 8.0, for {@code sm_90} and later. */
final class AsyncInstructions {
  private final Code code;
  private final Values values;

  AsyncInstructions(Code code, Values values) {
    this.code = code;
    this.values = values;
  }

  void setMaxRegisters(AsyncThreadOp.SetMaxRegisters op) {
    code.emit(
        "setmaxnreg." + (op.increase() ? "inc" : "dec") + ".sync.aligned.u32",
        Integer.toString(op.count()));
  }

  // ---------------------------------------------------------------- barriers in memory

  void init(AsyncThreadOp.MbarrierInit op) {
    code.emit(
        "mbarrier.init.shared::cta.b64",
        address(op.address(), op.offset()),
        Integer.toString(op.count()));
  }

  void expect(AsyncThreadOp.MbarrierExpect op) {
    code.emit(
        "mbarrier.arrive.expect_tx.shared::cta.b64",
        "_",
        address(op.address(), op.offset()),
        Integer.toString(op.bytes()));
  }

  void arrive(AsyncThreadOp.MbarrierArrive op) {
    if (op.rank().isEmpty()) {
      code.emit("mbarrier.arrive.shared::cta.b64", "_", address(op.address(), op.offset()));
      return;
    }
    // Without .release.cluster, which would order all global memory: what is released is shared.
    String remote =
        code.compute(
            RegisterKind.B32,
            "mapa.shared::cluster.u32",
            values.register(op.address()),
            values.operand(op.rank().get()));
    code.emit("mbarrier.arrive.shared::cluster.b64", "_", Code.address(remote, op.offset()));
  }

  void await(AsyncThreadOp.MbarrierWait op) {
    String address = address(op.address(), op.offset());
    String parity = values.operand(op.parity());
    String again = code.newLabel();
    code.label(again);
    String complete =
        code.compute(
            RegisterKind.PREDICATE, "mbarrier.try_wait.parity.shared::cta.b64", address, parity);
    code.emitIf("!" + complete, "bra", again);
  }

  // ---------------------------------------------------------------- bulk copies

  void load(AsyncThreadOp.BulkLoad op) {
    String multicast = op.multicastMask().isPresent() ? ".multicast::cluster" : "";
    List<String> operands = new ArrayList<>();
    operands.add(address(op.shared(), op.sharedOffset()));
    operands.add(box(op.map(), op.coordinates()));
    operands.add(address(op.barrier(), op.barrierOffset()));
    op.multicastMask()
        .ifPresent(
            mask ->
                operands.add(code.compute(RegisterKind.B16, "cvt.u16.u32", values.register(mask))));
    code.emit(
        "cp.async.bulk.tensor."
            + op.coordinates().size()
            + "d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
            + multicast,
        operands.toArray(String[]::new));
  }

  void store(AsyncThreadOp.BulkStore op) {
    code.emit(
        "cp.async.bulk.tensor." + op.coordinates().size() + "d.global.shared::cta.tile.bulk_group",
        box(op.map(), op.coordinates()),
        address(op.shared(), op.sharedOffset()));
  }

  void await(AsyncThreadOp.BulkWait op) {
    code.emit(
        "cp.async.bulk.wait_group" + (op.readOnly() ? ".read" : ""),
        Integer.toString(op.pending()));
  }

  void prefetch(AsyncThreadOp.PrefetchTensorMap op) {
    code.emit("prefetch.tensormap", Code.address(values.register(op.map()), 0));
  }

  private String box(ThreadValue map, List<ThreadValue> coordinates) {
    return "["
        + values.register(map)
        + ", "
        + Code.vector(coordinates.stream().map(values::operand).toList())
        + "]";
  }

  private String address(ThreadValue base, int offset) {
    return Code.address(values.register(base), offset);
  }
}
