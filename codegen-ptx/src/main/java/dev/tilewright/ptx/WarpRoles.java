package dev.tilewright.ptx;

import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadPrinter;
import java.util.Optional;
import java.util.function.Consumer;

/** Who runs what: roles of warps, single threads, leaders of warps. */
final class WarpRoles {
  private static final int LANES = 32;
  private static final int GROUP_WARPS = 4;
  private static final String ALL_LANES = "0xFFFFFFFF";

  private final Code code;
  private final Optional<String> warp;

  /** The warps that run the code at hand. */
  private int firstWarp;

  private int warps;

  /** Computes the warp's index, if anything needs it, where all threads of the warp are. */
  WarpRoles(Code code, ThreadFunction function) {
    this.code = code;
    this.warps = Math.ceilDiv(function.threads(), LANES);
    this.warp = needsWarp(function.body()) ? Optional.of(warpIndex()) : Optional.empty();
  }

  private boolean needsWarp(ThreadBlock block) {
    for (ThreadOp op : block.ops()) {
      boolean needed =
          switch (op) {
            case AsyncThreadOp.Roles _ -> true;
            case AsyncThreadOp.Single _ -> warps > 1;
            case ThreadOp.Special special -> special.register() == SpecialRegister.WARP;
            default -> false;
          };
      if (needed || op.regions().stream().anyMatch(this::needsWarp)) {
        return true;
      }
    }
    return false;
  }

  /** A shuffle tells the assembler that the index is the same in all lanes. */
  private String warpIndex() {
    String thread = code.compute(RegisterKind.B32, "mov.u32", "%tid.x");
    String index = code.compute(RegisterKind.B32, "shr.u32", thread, "5");
    return code.compute(RegisterKind.B32, "shfl.sync.idx.b32", index, "0", "31", ALL_LANES);
  }

  /** The register that holds the warp's index. */
  String warp() {
    return warp.orElseThrow();
  }

  /**
   * What whole warp groups execute is among whole warp groups: their first warp is a multiple of
   * four (PTX ISA, {@code wgmma}, {@code setmaxnreg}).
   */
  void requireGroups(AsyncThreadOp op) {
    if (firstWarp % GROUP_WARPS != 0 || warps % GROUP_WARPS != 0) {
      throw new IllegalArgumentException(
          "%s is for warp groups of %d, not for %d warps from warp %d on"
              .formatted(ThreadPrinter.headline(op), GROUP_WARPS, warps, firstWarp));
    }
  }

  void roles(AsyncThreadOp.Roles op, Consumer<ThreadBlock> print) {
    int count = op.bodies().size();
    if (op.firstWarp(count) != warps) {
      throw new IllegalArgumentException(
          "roles of %d warps in a block of %d".formatted(op.firstWarp(count), warps));
    }
    code.emit("bar.sync", "0");
    int outerFirst = firstWarp;
    int outerWarps = warps;
    String end = code.newLabel();
    for (int i = 0; i < count; i++) {
      firstWarp = op.firstWarp(i);
      warps = op.warps().get(i);
      boolean last = i == count - 1;
      String next = last ? end : code.newLabel();
      if (!last) {
        String later =
            code.compute(
                RegisterKind.PREDICATE,
                "setp.ge.s32",
                warp(),
                Integer.toString(op.firstWarp(i + 1)));
        code.emitIf(later, "bra.uni", next);
      }
      print.accept(op.bodies().get(i));
      if (!last) {
        code.emit("bra.uni", end);
        code.label(next);
      }
    }
    code.label(end);
    firstWarp = outerFirst;
    warps = outerWarps;
  }

  void single(AsyncThreadOp.Single op, Consumer<ThreadBlock> print) {
    String end = code.newLabel();
    if (warps > 1) {
      String other =
          code.compute(RegisterKind.PREDICATE, "setp.ne.s32", warp(), Integer.toString(firstWarp));
      code.emitIf(other, "bra.uni", end);
    }
    elected(op.body(), print, end);
  }

  void leader(AsyncThreadOp.WarpLeader op, Consumer<ThreadBlock> print) {
    code.emit("bar.warp.sync", ALL_LANES);
    elected(op.body(), print, code.newLabel());
  }

  private void elected(ThreadBlock body, Consumer<ThreadBlock> print, String end) {
    String elected = code.fresh(RegisterKind.PREDICATE);
    code.emit("elect.sync", "_|" + elected, ALL_LANES);
    code.emitIf("!" + elected, "bra", end);
    print.accept(body);
    code.label(end);
    // What follows may need all lanes at once.
    code.emit("bar.warp.sync", ALL_LANES);
  }
}
