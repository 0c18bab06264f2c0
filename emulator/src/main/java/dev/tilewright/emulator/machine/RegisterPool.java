package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The registers of a block, which {@code setmaxnreg} moves between its warps (PTX ISA,
 * "Miscellaneous Instructions: setmaxnreg"). All warps start with as many as the kernel was
 * launched with; what one releases another may take. Those of a warp that has ended do not come
 * back.
 */
public final class RegisterPool {
  private static final int LANES = 32;

  private final Block block;

  /** Registers per thread, by warp. */
  private final int[] owned;

  /** Registers that nobody owns. */
  private int free;

  /** Each warp's instructions, and the warp's clock at each. */
  private final IntList[] executed;

  private final IntList[] at;

  RegisterPool(Block block) {
    this.block = block;
    int warps = block.warps.length;
    owned = new int[warps];
    Arrays.fill(owned, block.launch.program().registersPerThread());
    executed = new IntList[warps];
    Arrays.setAll(executed, w -> new IntList());
    at = new IntList[warps];
    Arrays.setAll(at, w -> new IntList());
  }

  /** {@code setmaxnreg.inc} or {@code .dec} to {@code count} registers per thread. */
  public static Action.Await set(boolean increase, int count) {
    return new Action.Await(
        new Action.Condition() {
          @Override
          public boolean holds(Warp warp) {
            return !increase || warp.block.registerPool().suffices(warp, count);
          }

          @Override
          public String describe(Warp warp) {
            return warp.block.registerPool().shortage(warp, count);
          }

          @Override
          public FindingCode failure() {
            return FindingCode.DEADLOCK;
          }
        },
        (warp, mask) -> warp.block.registerPool().set(warp, increase, count));
  }

  private boolean suffices(Warp warp, int count) {
    return !known() || needed(warp, count) <= free;
  }

  private int needed(Warp warp, int count) {
    return (count - owned[warp.index]) * LANES;
  }

  /** Whether the launch fixed how many registers a thread has. */
  private boolean known() {
    return block.launch.program().registersPerThread() > 0;
  }

  private String shortage(Warp warp, int count) {
    String owners =
        Arrays.stream(block.warps)
            .map(w -> "warp " + w.index + ": " + owned[w.index] + (w.exited() ? " (ended)" : ""))
            .collect(Collectors.joining(", "));
    return "%d registers, to have %d per thread instead of %d; %d are free (%s)"
        .formatted(needed(warp, count), count, owned[warp.index], free, owners);
  }

  private void set(Warp warp, boolean increase, int count) {
    requireWarpgroup(warp);
    requireOrder(warp);
    executed[warp.index].add(warp.pc());
    at[warp.index].add(warp.epoch());
    if (!known()) {
      warp.report(
          FindingCode.SETMAXNREG,
          0,
          0,
          "is ignored by the assembler: the registers per thread at the start are unknown without"
              + " .maxnreg, or .maxntid (or .reqntid) and .minnctapersm");
      return;
    }
    int now = owned[warp.index];
    if (increase ? count < now : count > now) {
      warp.report(
          FindingCode.SETMAXNREG,
          0,
          0,
          "asks for %d registers per thread where warp %d has %d: use .%s"
              .formatted(count, warp.index, now, increase ? "dec" : "inc"));
      return;
    }
    free -= (count - now) * LANES;
    owned[warp.index] = count;
    if (!increase) {
      block.recheck();
    }
  }

  /** The same instruction must be executed by all four warps. */
  private void requireWarpgroup(Warp warp) {
    int number = executed[warp.index].size();
    group(warp)
        .forEach(
            w -> {
              IntList theirs = executed[w];
              if (number < theirs.size() && theirs.get(number) != warp.pc()) {
                divergent(warp, w, block.launch.line(theirs.get(number)));
              } else if (number >= theirs.size() && block.warps[w].exited()) {
                warp.report(
                    FindingCode.WARPGROUP_DIVERGENT,
                    0,
                    0,
                    "is executed by warp " + warp.index + "; warp " + w + " has ended without it");
              }
            });
  }

  private static void divergent(Warp warp, int other, int line) {
    warp.report(
        FindingCode.WARPGROUP_DIVERGENT,
        0,
        line,
        "is executed by warp "
            + warp.index
            + " where warp "
            + other
            + " of its warpgroup executed the setmaxnreg of line "
            + line);
  }

  /** Between one and the next the warps must have synchronised. */
  private void requireOrder(Warp warp) {
    int last = executed[warp.index].size() - 1;
    if (last < 0) {
      return;
    }
    int line = block.launch.line(executed[warp.index].get(last));
    group(warp)
        .filter(w -> w != warp.index)
        .filter(w -> executed[w].size() <= last || at[w].get(last) > warp.seenOf(block.warps[w]))
        .findFirst()
        .ifPresent(
            w ->
                warp.report(
                    FindingCode.SETMAXNREG,
                    0,
                    line,
                    "follows that of line %d, and nothing has synchronised warps %d and %d in between"
                        .formatted(line, warp.index, w)));
  }

  /** All lanes of a warp have ended. */
  void exited(Warp warp) {
    int number = executed[warp.index].size();
    group(warp)
        .filter(w -> executed[w].size() > number)
        .findFirst()
        .ifPresent(
            w -> {
              int line = block.launch.line(executed[w].get(number));
              warp.report(
                  FindingCode.WARPGROUP_DIVERGENT,
                  0,
                  line,
                  "ends warp "
                      + warp.index
                      + " before it has executed the setmaxnreg of line "
                      + line
                      + ", as warp "
                      + w
                      + " of its warpgroup has");
            });
  }

  private IntStream group(Warp warp) {
    int first = warp.index / Warpgroup.WARPS * Warpgroup.WARPS;
    return IntStream.range(first, Math.min(first + Warpgroup.WARPS, block.warps.length));
  }
}
