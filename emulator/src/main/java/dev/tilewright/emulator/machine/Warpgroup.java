package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.EmulatorOptions;
import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.wgmma.MatrixDescriptor;
import dev.tilewright.emulator.wgmma.Multiplier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Four neighbouring warps and the {@code wgmma}s they have issued (PTX ISA, "Asynchronous Warpgroup
 * Level Matrix Multiply-Accumulate Instructions").
 *
 * <p>Each warp issues on its own; an instruction exists for the warpgroup once all four have issued
 * it. From then until a {@code wgmma.wait_group} that covers it passes in any of the warps, it
 * executes at a moment the completion policy chooses, in the order of issue: only then are operands
 * and D read and D written, for the whole warpgroup.
 */
public final class Warpgroup {
  static final int WARPS = 4;

  private final Block block;
  private final int first;
  private final List<Warp> warps;

  /** How many each warp has issued, and has waited for. */
  private final int[] issued = new int[WARPS];

  private final int[] retired = new int[WARPS];

  /** Of each warp, where its groups that it has not waited for end. */
  private final List<Deque<Integer>> groups = new ArrayList<>();

  /** Where all groups end, and how many each warp has committed. */
  private final IntList ends = new IntList();

  private final int[] committed = new int[WARPS];

  /**
   * Instructions issued by some warp and not yet executed; the first is number {@link #executed}.
   */
  private final List<Issued> pending = new ArrayList<>();

  private int executed;

  /** Instructions by number, and the clock at which each warp had waited for it. */
  private final IntList pcs = new IntList();

  private final List<IntList> retiredAt = new ArrayList<>();

  /** The instruction whose D the multiplier holds. */
  private @Nullable Wgmma held;

  Warpgroup(Block block, int number) {
    this.block = block;
    this.first = number * WARPS;
    int end = Math.min(first + WARPS, block.warps.length);
    this.warps = List.of(Arrays.copyOfRange(block.warps, first, end));
    for (int w = 0; w < WARPS; w++) {
      groups.add(new ArrayDeque<>());
      retiredAt.add(new IntList());
    }
  }

  private static final class Issued {
    final Wgmma wgmma;
    final int pc;
    final long aBits;
    final long bBits;
    final boolean accumulates;
    final int[] aChunks;
    final int[] bChunks;
    int arrived;

    Issued(
        Wgmma wgmma,
        int pc,
        long aBits,
        long bBits,
        boolean accumulates,
        int[] aChunks,
        int[] bChunks) {
      this.wgmma = wgmma;
      this.pc = pc;
      this.aBits = aBits;
      this.bBits = bBits;
      this.accumulates = accumulates;
      this.aChunks = aChunks;
      this.bChunks = bChunks;
    }
  }

  // ---- issue

  void issue(Warp warp, Wgmma wgmma) {
    requireWhole(warp);
    int w = warp.index - first;
    long aBits = wgmma.aDescriptor() < 0 ? 0 : descriptor(warp, wgmma.aDescriptor(), "A");
    long bBits = descriptor(warp, wgmma.bDescriptor(), "B");
    boolean accumulates = scaleD(warp, wgmma);
    int number = issued[w]++;
    Issued issue;
    if (number == executed + pending.size()) {
      issue = begin(warp, wgmma, aBits, bBits, accumulates);
      pending.add(issue);
      pcs.add(warp.pc());
      OperandReads reads = block.operandReads;
      if (reads != null) {
        reads.reading(first / WARPS, number, issue.aChunks);
        reads.reading(first / WARPS, number, issue.bChunks);
      }
    } else {
      issue = pending.get(number - executed);
      requireSame(warp, issue, aBits, bBits, accumulates);
    }
    if (accumulates) {
      warp.requireDefined(wgmma.dIds());
    }
    WgmmaRegisters registers = warp.wgmmaRegisters;
    if (registers != null) {
      registers.issue(wgmma, number);
    }
    block.asyncReads.check(warp, AsyncReads.ALL_LANES, issue.aChunks, 16);
    block.asyncReads.check(warp, AsyncReads.ALL_LANES, issue.bChunks, 16);
    if (++issue.arrived == WARPS) {
      complete(number + 1);
      block.recheck();
    }
  }

  private void requireWhole(Warp warp) {
    if (warps.size() < WARPS) {
      throw warp.fault(
          FindingCode.WARPGROUP_DIVERGENT,
          0,
          "needs a warpgroup of four warps; the block ends after warp "
              + (block.warps.length - 1)
              + ", so this one has "
              + warps.size());
    }
  }

  private static long descriptor(Warp warp, int register, String what) {
    long bits = warp.longs[register];
    for (int lane = 1; lane < 32; lane++) {
      if (warp.longs[register + lane] != bits) {
        warp.report(
            FindingCode.WGMMA_DESCRIPTOR,
            lane,
            0,
            "has a descriptor of " + what + " that differs between lanes 0 and " + lane);
        break;
      }
    }
    return bits;
  }

  private static boolean scaleD(Warp warp, Wgmma wgmma) {
    int lanes = warp.predicates[wgmma.scaleD()];
    if (lanes != 0 && lanes != -1) {
      warp.report(
          FindingCode.WARPGROUP_DIVERGENT,
          0,
          0,
          "has a scale-d that differs between lanes (0x" + Integer.toHexString(lanes) + ")");
    }
    return (lanes & 1) != 0 != wgmma.scaleDInverted();
  }

  private Issued begin(Warp warp, Wgmma wgmma, long aBits, long bBits, boolean accumulates) {
    var multiply = wgmma.multiply();
    int[] aChunks =
        wgmma.aDescriptor() < 0
            ? new int[0]
            : chunks(warp, aBits, "A", Multiplier.ROWS, multiply.transposeA());
    int[] bChunks = chunks(warp, bBits, "B", multiply.n(), multiply.transposeB());
    block.counters.add("wgmma." + multiply.name(), 1);
    block.counters.add(Counter.FLOPS_MMA, multiply.operations());
    block.counters.add(Counter.BYTES_SHARED_WGMMA, 16L * (aChunks.length + bChunks.length));
    return new Issued(wgmma, warp.pc(), aBits, bBits, accumulates, aChunks, bChunks);
  }

  private int[] chunks(Warp warp, long bits, String what, int rows, boolean transposed) {
    MatrixDescriptor descriptor = MatrixDescriptor.of(bits);
    for (String problem : descriptor.problems(!transposed)) {
      warp.report(
          FindingCode.WGMMA_DESCRIPTOR, 0, 0, "has a descriptor of " + what + " that " + problem);
    }
    int[] chunks = transposed ? descriptor.mnMajor(rows) : descriptor.kMajor(rows);
    for (int chunk : chunks) {
      if (!block.shared.contains(chunk, 16)) {
        throw warp.fault(
            FindingCode.OUT_OF_BOUNDS,
            0,
            "reads %s at shared address 0x%x, which the block does not have (descriptor 0x%016x: start 0x%x, leading offset %d, stride offset %d, swizzle %s)"
                .formatted(
                    what,
                    chunk,
                    bits,
                    descriptor.start(),
                    descriptor.leading(),
                    descriptor.stride(),
                    descriptor.swizzle()));
      }
    }
    OperandReads reads = block.operandReads;
    if (reads != null) {
      reads.requireSwizzle(warp, what, chunks, descriptor.swizzle().width());
    }
    return chunks;
  }

  private void requireSame(Warp warp, Issued issue, long aBits, long bBits, boolean accumulates) {
    int line = block.launch.line(issue.pc);
    if (issue.pc != warp.pc()) {
      throw warp.fault(
          FindingCode.WARPGROUP_DIVERGENT,
          0,
          "is issued by warp "
              + warp.index
              + " where another warp of its warpgroup has issued the wgmma of line "
              + line);
    }
    if (issue.aBits != aBits || issue.bBits != bBits || issue.accumulates != accumulates) {
      warp.report(
          FindingCode.WARPGROUP_DIVERGENT,
          0,
          line,
          "has a descriptor or scale-d that differs between the warps of the warpgroup");
    }
  }

  /** All four warps have issued the instructions before {@code end}: some may execute now. */
  private void complete(int end) {
    EmulatorOptions options = block.launch.options();
    switch (options.completion()) {
      case LATE -> {}
      case EARLY -> execute(end);
      case RANDOM -> {
        if (block.cluster.random.nextBoolean()) {
          execute(executed + 1 + block.cluster.random.nextInt(end - executed));
        }
      }
    }
  }

  // ---- fences and groups

  /** {@code wgmma.fence}. */
  public void fence(Warp warp) {
    requireWhole(warp);
    WgmmaRegisters registers = warp.wgmmaRegisters;
    if (registers != null) {
      registers.fence();
    }
  }

  /** {@code wgmma.commit_group}. */
  public void commit(Warp warp) {
    requireWhole(warp);
    int w = warp.index - first;
    groups.get(w).addLast(issued[w]);
    int number = committed[w]++;
    if (number == ends.size()) {
      ends.add(issued[w]);
    } else if (ends.get(number) != issued[w]) {
      warp.report(
          FindingCode.WARPGROUP_DIVERGENT,
          0,
          0,
          "ends a group of warp "
              + warp.index
              + " after "
              + issued[w]
              + " wgmmas; another warp of its warpgroup ended it after "
              + ends.get(number));
    }
  }

  /** Where the instructions end that waiting for all but the latest {@code n} groups covers. */
  private int covered(int w, int n) {
    int due = groups.get(w).size() - n;
    int end = retired[w];
    for (int group : groups.get(w)) {
      if (due-- <= 0) {
        break;
      }
      end = group;
    }
    return end;
  }

  /** Whether all warps have issued what {@code wgmma.wait_group n} of this warp waits for. */
  boolean mayWait(Warp warp, int n) {
    requireWhole(warp);
    return Arrays.stream(issued).min().orElseThrow() >= covered(warp.index - first, n);
  }

  /** {@code wgmma.wait_group n}. */
  void await(Warp warp, int n) {
    int w = warp.index - first;
    int end = covered(w, n);
    execute(end);
    while (groups.get(w).size() > n) {
      groups.get(w).removeFirst();
    }
    while (retired[w] < end) {
      retiredAt.get(w).add(warp.epoch());
      retired[w]++;
    }
    WgmmaRegisters registers = warp.wgmmaRegisters;
    if (registers != null) {
      registers.retire(end);
    }
  }

  /** Says for whom {@code wgmma.wait_group} waits. */
  String missing() {
    int most = Arrays.stream(issued).max().orElseThrow();
    StringBuilder text = new StringBuilder();
    for (Warp warp : warps) {
      int count = issued[warp.index - first];
      if (count < most) {
        text.append(text.isEmpty() ? "warp " : ", warp ").append(warp.index);
        text.append(" to issue the wgmma of line ").append(block.launch.line(pcs.get(count)));
      }
    }
    return text.toString();
  }

  /** All lanes of a warp have ended. */
  void exited(Warp warp) {
    int w = warp.index - first;
    if (retired[w] < issued[w]) {
      int line = block.launch.line(pcs.get(retired[w]));
      String what =
          groups.get(w).isEmpty()
              ? " was never committed to a group"
              : " is in a group that has not been waited for";
      warp.report(
          FindingCode.WGMMA_NOT_WAITED,
          0,
          line,
          "ends the warp while the wgmma of line " + line + what);
    }
  }

  /** The line of an instruction. */
  int line(int number) {
    return block.launch.line(pcs.get(number));
  }

  /**
   * Whether what {@code warp} does now comes after the end of an instruction: after a wait that
   * covers it, in any warp of the warpgroup.
   */
  boolean endedBefore(int number, Warp warp) {
    for (int w = 0; w < WARPS; w++) {
      if (number < retired[w]
          && retiredAt.get(w).get(number) <= warp.seenOf(block.warps[first + w])) {
        return true;
      }
    }
    return false;
  }

  // ---- execution

  /** Executes the instructions before number {@code end}. */
  private void execute(int end) {
    if (executed >= end) {
      return;
    }
    int count = end - executed;
    for (Issued issue : pending.subList(0, count)) {
      execute(issue);
    }
    store();
    pending.subList(0, count).clear();
    executed = end;
    block.cluster.progress++;
  }

  private void execute(Issued issue) {
    Wgmma wgmma = issue.wgmma;
    Multiplier multiplier = block.multiplier;
    byte[] shared = block.shared.data;
    if (held != null && !wgmma.holdsSameD(held)) {
      store();
    }
    if (!issue.accumulates) {
      multiplier.clearD(wgmma.multiply());
    } else if (held == null) {
      multiplier.loadD(wgmma.multiply(), registers(wgmma.d()));
    }
    held = wgmma;
    if (wgmma.aDescriptor() < 0) {
      multiplier.loadA(wgmma.multiply(), registers(wgmma.a()));
    } else {
      multiplier.loadA(wgmma.multiply(), shared, issue.aChunks);
    }
    multiplier.loadB(wgmma.multiply(), shared, issue.bChunks);
    multiplier.multiply(wgmma.multiply());
  }

  private void store() {
    Wgmma last = held;
    if (last != null) {
      block.multiplier.storeD(last.multiply(), registers(last.d()));
      held = null;
    }
  }

  private Multiplier.Registers registers(int[] bases) {
    return new Multiplier.Registers(
        warps.stream().map(warp -> warp.words).toArray(int[][]::new), bases);
  }
}
