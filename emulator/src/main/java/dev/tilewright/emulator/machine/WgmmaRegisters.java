package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How one warp uses the registers of its {@code wgmma}s: the accumulators and the fragments of A
 * (PTX ISA, {@code wgmma.fence} and {@code wgmma.wait_group}).
 *
 * <p>Between issue and wait nothing else may touch them, except a {@code wgmma} that continues to
 * accumulate. Between any other access and a {@code wgmma} there must be a {@code wgmma.fence}.
 */
final class WgmmaRegisters {
  private final Warp warp;
  private final Tracked tracked;

  /** How many fences the warp has executed. */
  private int epoch;

  /** How many instructions the warp has waited for. */
  private int retired;

  private final Uses touched;
  private final Uses accumulated;
  private final Uses read;
  private final @Nullable Wgmma[] accumulator;

  WgmmaRegisters(Warp warp, Tracked tracked) {
    this.warp = warp;
    this.tracked = tracked;
    int registers = tracked.registers.length;
    touched = new Uses(registers);
    accumulated = new Uses(registers);
    read = new Uses(registers);
    accumulator = new Wgmma[registers];
  }

  /**
   * Which registers of a program belong to {@code wgmma}s, by id, and which other instructions use
   * them.
   */
  record Tracked(boolean[] registers, boolean[] instructions) {

    /** Finds them; null if there are none. */
    static @Nullable Tracked of(Program program) {
      boolean[] registers = new boolean[program.registers().names().size()];
      boolean any = false;
      for (Instruction i : program.code()) {
        if (i.action() instanceof Action.Aligned(Wgmma wgmma)) {
          Arrays.stream(wgmma.dIds()).forEach(id -> registers[id] = true);
          Arrays.stream(wgmma.aIds()).forEach(id -> registers[id] = true);
          any = true;
        }
      }
      if (!any) {
        return null;
      }
      boolean[] instructions = new boolean[program.code().length];
      for (int pc = 0; pc < instructions.length; pc++) {
        Instruction i = program.code()[pc];
        boolean other = !(i.action() instanceof Action.Aligned(Wgmma wgmma));
        instructions[pc] = other && (uses(i.reads(), registers) || uses(i.writes(), registers));
      }
      return new Tracked(registers, instructions);
    }

    private static boolean uses(int[] ids, boolean[] registers) {
      return Arrays.stream(ids).anyMatch(id -> registers[id]);
    }
  }

  /** The last use of each register in one way. */
  private static final class Uses {
    /** 1 plus the number of the instruction, among the warp's {@code wgmma}s. */
    final int[] number;

    /** 1 plus the epoch. */
    final int[] epoch;

    final int[] pc;

    Uses(int registers) {
      number = new int[registers];
      epoch = new int[registers];
      pc = new int[registers];
    }

    void note(int id, int numberNow, int epochNow, int pcNow) {
      number[id] = numberNow + 1;
      epoch[id] = epochNow + 1;
      pc[id] = pcNow;
    }
  }

  /** An instruction other than {@code wgmma} is executed. */
  void access(Instruction i) {
    if (tracked.instructions[warp.pc()]) {
      access(i.reads(), "reads ");
      access(i.writes(), "writes ");
    }
  }

  private void access(int[] ids, String verb) {
    for (int id : ids) {
      if (tracked.registers[id]) {
        if (accumulated.number[id] > retired) {
          inFlight(verb, id, ", an accumulator", accumulated.pc[id]);
        } else if (read.number[id] > retired) {
          inFlight(verb, id, ", part of the matrix A", read.pc[id]);
        }
        touched.note(id, 0, epoch, warp.pc());
      }
    }
  }

  private void inFlight(String verb, int id, String role, int pc) {
    int line = warp.block.launch.line(pc);
    warp.report(
        FindingCode.WGMMA_REGISTER,
        0,
        line,
        verb
            + name(id)
            + role
            + " of the wgmma of line "
            + line
            + ", which no wgmma.wait_group has waited for");
  }

  private String name(int id) {
    return warp.block.launch.program().registers().names().get(id);
  }

  /** {@code wgmma.fence}. */
  void fence() {
    epoch++;
  }

  /** The warp has waited for its first {@code count} instructions. */
  void retire(int count) {
    retired = count;
  }

  /** The warp issues its instruction {@code number}. */
  void issue(Wgmma wgmma, int number) {
    if (epoch == 0) {
      warp.report(FindingCode.WGMMA_FENCE, 0, 0, "is issued before any wgmma.fence of its warp");
    }
    for (int id : wgmma.aIds()) {
      requireFence(touched, id);
      requireEnd(accumulated, id, "reads ", ", an accumulator");
      read.note(id, number, epoch, warp.pc());
    }
    for (int id : wgmma.dIds()) {
      requireFence(touched, id);
      Wgmma before = accumulator[id];
      if (before != null && !wgmma.continues(before)) {
        requireEnd(accumulated, id, "accumulates in ", ", in another shape an accumulator");
      }
      if (read.number[id] != number + 1) {
        requireEnd(read, id, "accumulates in ", ", part of the matrix A");
      }
      accumulator[id] = wgmma;
      accumulated.note(id, number, epoch, warp.pc());
    }
  }

  private void requireFence(Uses uses, int id) {
    if (uses.epoch[id] == epoch + 1) {
      int line = warp.block.launch.line(uses.pc[id]);
      warp.report(
          FindingCode.WGMMA_FENCE,
          0,
          line,
          "uses " + name(id) + ", which line " + line + " used after the last wgmma.fence");
    }
  }

  private void requireEnd(Uses uses, int id, String verb, String role) {
    if (uses.number[id] > retired) {
      inFlight(verb, id, role, uses.pc[id]);
    } else {
      requireFence(uses, id);
    }
  }
}
