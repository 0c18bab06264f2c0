package dev.tilewright.ir.text;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Value;
import java.util.List;

/** The words of asynchronous operations and roles; {@link AsyncOperations} reads them. */
final class AsyncText {
  private AsyncText() {}

  /** The operation, without results, types and regions. */
  static String of(AsyncOp op) {
    return switch (op) {
      case AsyncOp.Roles _ -> "roles";
      case AsyncOp.ArefCreate o -> words("aref_create", Printer.values(o.rings()));
      case AsyncOp.AcquireWrite o -> "acquire_write " + o.aref();
      case AsyncOp.Commit o -> "commit " + o.token() + " " + Printer.lower(o.completion());
      case AsyncOp.AcquireRead o -> "acquire_read " + o.aref();
      case AsyncOp.Release o ->
          "release "
              + o.token()
              + (o.after().isEmpty() ? "" : " after " + Printer.values(o.after()));
      case AsyncOp.BulkLoad o ->
          "bulk_load "
              + Printer.place(o.tensor(), o.offsets(), List.of())
              + " to "
              + o.shared()
              + (o.parts() == 1 ? "" : " in " + o.parts() + " parts")
              + o.barrier().map(b -> " counted_by " + of(b)).orElse("");
      case AsyncOp.BulkStore o ->
          "bulk_store " + o.shared() + " to " + Printer.place(o.tensor(), o.offsets(), List.of());
      case AsyncOp.BulkCommit _ -> "bulk_commit";
      case AsyncOp.BulkWait o -> "bulk_wait " + o.pending();
      case AsyncOp.ProxyFence _ -> "proxy_fence";
      case AsyncOp.MmaAsync o ->
          "mma_async "
              + factor(o.a(), o.transposeA())
              + ", "
              + factor(o.b(), o.transposeB())
              + ", "
              + o.acc()
              + (o.instruction().isEmpty() ? "" : " using " + Names.quoted(o.instruction()));
      case AsyncOp.MmaWait o ->
          words("mma_wait", Printer.values(o.values())) + " pending " + o.pending();
      case AsyncOp.MbarrierCreate o ->
          "mbarrier_create arrivals "
              + o.arrivals()
              + (o.offset().isPresent() ? " at " + o.offset().getAsInt() : "");
      case AsyncOp.MbarrierWait o -> "mbarrier_wait " + of(o.barrier()) + " parity " + o.parity();
      case AsyncOp.MbarrierExpect o -> "mbarrier_expect " + of(o.barrier()) + " bytes " + o.bytes();
      case AsyncOp.MbarrierArrive o ->
          "mbarrier_arrive "
              + of(o.barrier())
              + (o.blocks() == 1 ? "" : " in " + o.blocks() + " blocks");
    };
  }

  /** What stands before a role's region. */
  static String of(AsyncOp.Role role) {
    return "role "
        + Names.quoted(role.name())
        + " warps "
        + role.warps()
        + (role.registers().isPresent() ? " registers " + role.registers().getAsInt() : "")
        + (role.single() ? " single" : "");
  }

  private static String of(AsyncOp.Mbarrier barrier) {
    return barrier.array() + "[" + barrier.index() + "]";
  }

  private static String factor(Value value, boolean transposed) {
    return value + (transposed ? " transposed" : "");
  }

  private static String words(String first, String second) {
    return second.isEmpty() ? first : first + " " + second;
  }
}
