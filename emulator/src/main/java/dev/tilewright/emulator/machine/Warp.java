package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.counters.Counters;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.KernelFault;
import dev.tilewright.emulator.sanitizer.Stamp;
import dev.tilewright.runtime.spi.Finding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * 32 lanes with their registers.
 *
 * <p>Lanes diverge into {@link Split}s. Of those that can run, the one whose basic block comes
 * first in the program's block order runs, and splits that meet at an instruction merge: thread
 * frontiers (Diamos et al., "SIMD Re-Convergence at Thread Frontiers", MICRO 2011), which
 * reconverge no later than the immediate post-dominator. A split that has run long while others
 * starve yields, so that every lane makes progress as independent thread scheduling promises.
 */
public final class Warp {
  /** Instructions after which a split lets a starving one go first. */
  private static final int PATIENCE = 4096;

  /** Failed polls in a row, nothing having changed in the block, after which none will succeed. */
  private static final int HOPELESS = 1000;

  /** 32-bit registers: slot times 32 plus lane. */
  public final int[] words;

  /** 64-bit registers: slot times 32 plus lane. */
  public final long[] longs;

  /** Predicates: one lane mask each. */
  public final int[] predicates;

  /** Vector clock: what this warp has seen of each warp of the block. */
  final int[] clocks;

  /** What it had seen at its last fence, or had passed on to it by a barrier; empty if nothing. */
  int[] fenced = {};

  final Block block;
  final int index;
  final int localBytes;
  final byte[] local;
  final byte[] localWritten;

  /** Lanes that exist and have not ended. */
  int live;

  private final int initial;
  private final Instruction[] code;
  private final Program program;
  private final int[] defined;
  private final boolean sanitize;
  private final List<Split> splits = new ArrayList<>();
  private final MemoryPort memory;
  private final AsyncCopies copies;
  private final Calls calls;
  private final long[] addresses = new long[32];
  private final long[] moreAddresses = new long[32];
  private final byte[] bytes = new byte[64];
  private @Nullable Split current;
  private long executed;
  private int patience = PATIENCE;
  private int failedPolls;
  private long polledAt;
  private int pc;

  Warp(Block block, int index, int lanes) {
    this.block = block;
    this.index = index;
    this.program = block.launch.program();
    this.code = program.code();
    this.sanitize = block.launch.options().sanitize();
    RegisterLayout layout = program.registers();
    words = new int[layout.words() * 32];
    longs = new long[layout.longs() * 32];
    predicates = new int[layout.predicates()];
    defined = new int[layout.names().size()];
    clocks = new int[block.launch.warpsPerBlock()];
    clocks[index] = 1;
    live = initial = lanes == 32 ? -1 : (1 << lanes) - 1;
    localBytes = block.launch.localBytes();
    local = new byte[localBytes * 32];
    localWritten = new byte[sanitize ? local.length : 0];
    Arrays.fill(local, (byte) 0xff);
    memory = new MemoryPort(this);
    copies = new AsyncCopies(this);
    calls = new Calls(this, program);
  }

  /** Fills constants and special registers and puts all lanes at the entry. */
  void start() {
    RegisterLayout layout = program.registers();
    Arrays.fill(words, -1);
    Arrays.fill(longs, -1);
    for (RegisterLayout.WordConstant c : layout.wordConstants()) {
      Arrays.fill(words, c.slot() * 32, c.slot() * 32 + 32, c.value());
    }
    for (RegisterLayout.LongConstant c : layout.longConstants()) {
      Arrays.fill(longs, c.slot() * 32, c.slot() * 32 + 32, c.value());
    }
    for (RegisterLayout.PredicateConstant c : layout.predicateConstants()) {
      predicates[c.slot()] = c.value() ? -1 : 0;
    }
    for (RegisterLayout.Special s : layout.specials()) {
      for (int lane = 0; lane < 32; lane++) {
        words[s.slot() * 32 + lane] = s.register().value(block, index, lane);
      }
    }
    Arrays.fill(longs, layout.frame() * 32, layout.frame() * 32 + 32, 0);
    FunctionBody entry = program.functions().get(program.entry());
    current = new Split(entry.start(), live, null);
    splits.add(current);
  }

  // ---- what operations use

  public MemoryPort memory() {
    return memory;
  }

  public AsyncCopies copies() {
    return copies;
  }

  public Mbarriers mbarriers() {
    return block.mbarriers;
  }

  public Counters counters() {
    return block.counters;
  }

  /** Room for one address per lane. */
  public long[] addressScratch() {
    return addresses;
  }

  /** Room for one lane's value. */
  public byte[] byteScratch() {
    return bytes;
  }

  /** Room for the operands of a matrix instruction, shared by the block's warps. */
  public double[] doubleScratch() {
    return block.doubles;
  }

  /** Room for another address per lane. */
  public long[] secondAddressScratch() {
    return moreAddresses;
  }

  /** Warp instructions executed so far: the machine's clock. */
  public long executed() {
    return executed;
  }

  /** Lanes that have not ended. */
  public int live() {
    return live;
  }

  /** The lanes of the split that is running. */
  public int active() {
    return current == null ? 0 : current.mask;
  }

  int pc() {
    return pc;
  }

  /** Acts on behalf of another instruction of this warp; returns the one it acted for before. */
  int enter(int other) {
    int now = pc;
    pc = other;
    return now;
  }

  long stamp(int lane) {
    return Stamp.of(pc, index * 32 + lane, clocks[index]);
  }

  /** Counts one global request. */
  public void countGlobal(long[] at, int mask, int bytes, int total, boolean store) {
    if (mask == 0) {
      return;
    }
    int sectors = block.coalescing.sectors(at, mask, bytes);
    Counters c = block.counters;
    c.add(store ? Counter.REQUESTS_GLOBAL_STORE : Counter.REQUESTS_GLOBAL_LOAD, 1);
    c.add(store ? Counter.SECTORS_GLOBAL_STORE : Counter.SECTORS_GLOBAL_LOAD, sectors);
    c.add(store ? Counter.BYTES_GLOBAL_STORE : Counter.BYTES_GLOBAL_LOAD, total);
  }

  /** Counts one shared-memory access. */
  public void countShared(long[] at, int mask, int bytes, boolean store) {
    int wavefronts = block.banks.wavefronts(at, mask, bytes);
    Counters c = block.counters;
    c.add(store ? Counter.WAVEFRONTS_SHARED_STORE : Counter.WAVEFRONTS_SHARED_LOAD, wavefronts);
    c.add(Counter.CONFLICTS_SHARED, wavefronts - block.banks.ideal());
    c.add(
        store ? Counter.BYTES_SHARED_STORE : Counter.BYTES_SHARED_LOAD,
        (long) bytes * Integer.bitCount(mask));
  }

  /** Orders all earlier accesses of the lanes before their later ones, for each other. */
  public void synchronizeLanes() {
    clocks[index]++;
  }

  /** A fence: what this warp has seen so far can be released by a later strong write. */
  public void fence() {
    fenced = Clocks.join(fenced, clocks);
    clocks[index]++;
  }

  // ---- findings

  /** Makes a finding that ends the kernel. */
  public KernelFault fault(FindingCode findingCode, int lane, String message) {
    return new KernelFault(finding(findingCode, lane, message));
  }

  /** Notes a finding and goes on. */
  public void report(FindingCode findingCode, int lane, int otherLine, String message) {
    if (!block.findings.has(findingCode, code[pc].line(), otherLine)) {
      block.findings.add(finding(findingCode, lane, message), otherLine);
    }
  }

  void asyncConflict(int lane, FindingCode findingCode, int copy, String where) {
    int line = block.launch.line(block.copyPc(copy));
    report(
        findingCode,
        lane,
        line,
        "touches "
            + where
            + " while thread "
            + block.copyThread(copy)
            + "'s cp.async of line "
            + line
            + " to it has not been waited for");
  }

  private Finding finding(FindingCode findingCode, int lane, String message) {
    Instruction i = code[pc];
    return new Finding(
        findingCode.label(),
        i.text() + " " + message,
        i.line(),
        i.source(),
        block.x + "," + block.y + "," + block.z,
        index * 32 + lane);
  }

  // ---- scheduling

  private void pollFailed() {
    failedPolls = polledAt == block.progress ? failedPolls + 1 : 1;
    polledAt = block.progress;
    block.pollFailed();
  }

  /** Whether all it has done for long is to ask for something that has not changed. */
  boolean pollsInVain() {
    return failedPolls > HOPELESS && polledAt == block.progress;
  }

  boolean exited() {
    return live == 0;
  }

  int initialLanes() {
    return Integer.bitCount(initial);
  }

  /** Whether some lanes have ended. */
  boolean partlyExited() {
    return live != initial;
  }

  boolean runnable() {
    if (live == 0) {
      return false;
    }
    for (Split s : splits) {
      if (s.wait == Split.Wait.NONE) {
        return true;
      }
    }
    return false;
  }

  /** Runs at most {@code quantum} instructions; ends earlier when nothing can run. */
  void run(int quantum) {
    for (int left = quantum; left > 0; left--) {
      Split split = current;
      if (split == null || split.wait != Split.Wait.NONE) {
        split = choose();
        if (split == null) {
          return;
        }
      } else if (splits.size() > 1 && program.leader()[split.pc]) {
        split = java.util.Objects.requireNonNull(choose());
      }
      if (!step(split)) {
        return;
      }
    }
  }

  /** Executes one instruction; false if the warp should let others run. */
  private boolean step(Split split) {
    pc = split.pc;
    Instruction i = code[pc];
    executed++;
    patience--;
    block.executed++;
    Counters counters = block.counters;
    counters.add(Counter.INSTRUCTIONS, 1);
    counters.add(i.counter(), 1);
    int mask = split.mask;
    if (i.guard() >= 0) {
      if (sanitize && (defined[i.guardId()] & mask) != mask) {
        undefinedRegister(i.guardId(), mask);
      }
      int p = predicates[i.guard()];
      mask &= i.guardInverted() ? ~p : p;
    }
    if (sanitize && mask != 0) {
      for (int id : i.reads()) {
        if ((defined[id] & mask) != mask) {
          undefinedRegister(id, mask);
        }
      }
    }
    if (i.action() instanceof Action.Step operation) {
      if (mask != 0) {
        operation.run(this, mask);
        define(i, mask);
      }
      split.pc++;
      return true;
    }
    if (mask == 0) {
      split.pc++;
      return true;
    }
    return control(split, i, mask);
  }

  /** Notes that lanes of a register have a value. */
  void define(int id, int mask) {
    if (id >= 0) {
      defined[id] |= mask;
    }
  }

  private void define(Instruction i, int mask) {
    for (int id : i.writes()) {
      defined[id] |= mask;
    }
  }

  private void undefinedRegister(int id, int mask) {
    int lane = Integer.numberOfTrailingZeros(mask & ~defined[id]);
    report(
        FindingCode.UNINITIALIZED_REGISTER,
        lane,
        0,
        "reads register " + program.registers().names().get(id) + ", which has no value yet");
    // Said once; what depends on it would only repeat it.
    defined[id] |= mask;
  }

  private boolean control(Split split, Instruction i, int mask) {
    switch (i.action()) {
      case Action.Step step -> throw new AssertionError(step);
      case Action.Branch branch -> {
        if (mask == split.mask) {
          split.pc = branch.target();
        } else {
          block.counters.add(Counter.DIVERGENT_BRANCHES, 1);
          fork(split, mask, branch.target());
          split.pc++;
        }
      }
      case Action.IndexedBranch branch -> indexed(split, branch, mask);
      case Action.Exit exit -> exit(split, mask);
      case Action.Return r -> {
        if (split.frame == null) {
          exit(split, mask);
        } else {
          separate(split, mask);
          calls.leave(split);
        }
      }
      case Action.Call call -> call(split, call, mask);
      case Action.Converge converge -> {
        return converge(split, i, converge, mask);
      }
      case Action.Aligned aligned -> {
        if (!wholeWarp(split, mask)) {
          return true;
        }
        aligned.step().run(this, mask);
        define(i, mask);
        split.pc++;
      }
      case Action.BlockBarrier barrier -> {
        return barrier(split, i, barrier, mask);
      }
      case Action.Poll poll -> {
        boolean done = poll.poll(this, mask);
        define(i, mask);
        split.pc++;
        if (!done) {
          // Waiting lanes must not starve the rest of their own warp.
          patience = 0;
          pollFailed();
        }
        return done;
      }
    }
    return true;
  }

  /** Takes {@code mask} out of the split and puts it at {@code target}. */
  private Split fork(Split split, int mask, int target) {
    split.mask &= ~mask;
    Split other = new Split(target, mask, split.frame);
    other.lastRun = split.lastRun;
    splits.add(other);
    return other;
  }

  private void indexed(Split split, Action.IndexedBranch branch, int mask) {
    int rest = mask;
    while (rest != 0) {
      int value = words[branch.index() + Integer.numberOfTrailingZeros(rest)];
      if (value < 0 || value >= branch.targets().length) {
        throw fault(
            FindingCode.OUT_OF_BOUNDS,
            Integer.numberOfTrailingZeros(rest),
            "index " + value + " is outside its " + branch.targets().length + " targets");
      }
      int same = 0;
      for (int m = rest; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        if (words[branch.index() + lane] == value) {
          same |= 1 << lane;
        }
      }
      rest &= ~same;
      if (same == split.mask) {
        split.pc = branch.targets()[value];
        return;
      }
      fork(split, same, branch.targets()[value]);
    }
    split.pc++;
  }

  private void exit(Split split, int mask) {
    live &= ~mask;
    block.progress++;
    split.mask &= ~mask;
    split.pc++;
    if (split.mask == 0) {
      splits.remove(split);
      current = null;
    }
    wakeMembers();
    block.threadsExited(this);
  }

  /** Lanes that ended no longer keep others waiting. */
  private void wakeMembers() {
    for (Split s : splits) {
      if (s.wait == Split.Wait.MEMBERS || s.wait == Split.Wait.WARP) {
        s.wait = Split.Wait.NONE;
      }
    }
  }

  private boolean wholeWarp(Split split, int mask) {
    if (mask == live) {
      return true;
    }
    split.wait = Split.Wait.WARP;
    uncount(code[split.pc]);
    if (mask != split.mask) {
      Split passing = fork(split, split.mask & ~mask, split.pc + 1);
      current = passing;
    }
    return false;
  }

  private boolean converge(Split split, Instruction i, Action.Converge converge, int mask) {
    int waiting = 0;
    boolean ran = false;
    for (int rest = mask; rest != 0; ) {
      int lane = Integer.numberOfTrailingZeros(rest);
      int members = words[converge.members() + lane];
      int same = 0;
      for (int m = rest; m != 0; m &= m - 1) {
        int l = Integer.numberOfTrailingZeros(m);
        if (words[converge.members() + l] == members) {
          same |= 1 << l;
        }
      }
      rest &= ~same;
      if ((same & ~members) != 0) {
        throw fault(
            FindingCode.MEMBER_MASK,
            Integer.numberOfTrailingZeros(same & ~members),
            "is executed by a lane that is not in its member mask 0x"
                + Integer.toHexString(members));
      }
      if ((members & live & ~same) != 0) {
        waiting |= same;
      } else {
        ran = true;
        converge.step().run(this, same);
        define(i, same);
        if (converge.orders()) {
          synchronizeLanes();
        }
      }
    }
    if (waiting == 0) {
      split.pc++;
      return true;
    }
    if (waiting != split.mask) {
      fork(split, split.mask & ~waiting, split.pc + 1);
    }
    if (!ran) {
      uncount(i);
    }
    split.wait = Split.Wait.MEMBERS;
    return true;
  }

  /** An instruction that has to wait is counted when it gets through. */
  private void uncount(Instruction i) {
    block.counters.add(Counter.INSTRUCTIONS, -1);
    block.counters.add(i.counter(), -1);
  }

  private boolean barrier(Split split, Instruction i, Action.BlockBarrier barrier, int mask) {
    if (barrier.aligned() && !wholeWarp(split, mask)) {
      return true;
    }
    separate(split, mask);
    int lane = Integer.numberOfTrailingZeros(mask);
    int id = words[barrier.id() + lane];
    int count = barrier.count() < 0 ? -1 : words[barrier.count() + lane];
    define(i, mask);
    if (barrier.waits()) {
      split.wait = Split.Wait.BARRIER;
      split.barrier = id;
    } else {
      split.pc++;
    }
    block.arrive(this, mask, id, count, barrier);
    return split.wait == Split.Wait.NONE;
  }

  /** Lets the splits that wait at barrier {@code id} go on. */
  void release(
      int id, int[] seen, int[] seenFenced, Action.BlockBarrier.Reduction kind, int value) {
    boolean waited = false;
    for (Split s : splits) {
      if (s.wait == Split.Wait.BARRIER && s.barrier == id) {
        waited = true;
        s.wait = Split.Wait.NONE;
        if (code[s.pc].action() instanceof Action.BlockBarrier b && b.output() >= 0) {
          setReduction(b, kind, value, s.mask);
        }
        s.pc++;
      }
    }
    if (waited) {
      Clocks.joinInto(clocks, seen, index);
      fenced = Clocks.join(fenced, seenFenced);
    }
  }

  private void setReduction(
      Action.BlockBarrier b, Action.BlockBarrier.Reduction kind, int value, int mask) {
    if (kind == Action.BlockBarrier.Reduction.POPC) {
      for (int m = mask; m != 0; m &= m - 1) {
        words[b.output() + Integer.numberOfTrailingZeros(m)] = value;
      }
    } else {
      predicates[b.output()] =
          value != 0 ? predicates[b.output()] | mask : predicates[b.output()] & ~mask;
    }
  }

  /** Chooses the split that runs next, merging those that stand at the same place. */
  private @Nullable Split choose() {
    merge();
    Split best = null;
    boolean starving = patience <= 0;
    for (Split s : splits) {
      if (s.wait == Split.Wait.NONE && (best == null || before(s, best, starving))) {
        best = s;
      }
    }
    if (best != null) {
      if (best != current || starving) {
        patience = PATIENCE;
      }
      best.lastRun = executed;
    }
    current = best;
    return best;
  }

  private boolean before(Split a, Split b, boolean starving) {
    if (starving && a.lastRun != b.lastRun) {
      return a.lastRun < b.lastRun;
    }
    if (a.depth() != b.depth()) {
      return a.depth() > b.depth();
    }
    return program.rank()[a.pc] < program.rank()[b.pc];
  }

  private void merge() {
    for (int a = 0; a < splits.size(); a++) {
      Split keep = splits.get(a);
      for (int b = splits.size() - 1; b > a; b--) {
        Split other = splits.get(b);
        if (other.pc == keep.pc
            && other.frame == keep.frame
            && keep.wait != Split.Wait.BARRIER
            && other.wait != Split.Wait.BARRIER) {
          keep.mask |= other.mask;
          keep.wait = Split.Wait.NONE;
          splits.remove(b);
        }
      }
    }
  }

  private void call(Split split, Action.Call call, int mask) {
    separate(split, mask);
    if (call.callee() >= 0) {
      calls.enter(split, call, program.functions().get(call.callee()));
      return;
    }
    for (int rest = mask; rest != 0; ) {
      int lane = Integer.numberOfTrailingZeros(rest);
      long address = longs[call.pointer() + lane];
      int number = block.launch.functionAt(address);
      if (number < 0) {
        throw fault(
            FindingCode.CALL, lane, "through 0x" + Long.toHexString(address) + ": no function");
      }
      int same = 0;
      for (int m = rest; m != 0; m &= m - 1) {
        int l = Integer.numberOfTrailingZeros(m);
        same |= longs[call.pointer() + l] == address ? 1 << l : 0;
      }
      rest &= ~same;
      Split target = same == split.mask ? split : fork(split, same, split.pc);
      calls.enter(target, call, program.functions().get(number));
    }
  }

  /** Lets the lanes outside {@code mask} go on to the next instruction on their own. */
  private void separate(Split split, int mask) {
    if (mask != split.mask) {
      fork(split, split.mask & ~mask, split.pc + 1);
    }
  }

  // ---- deadlock

  /** Describes what the warp's lanes wait for; empty if it has ended. */
  Optional<String> waitingFor() {
    if (live == 0) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder("warp " + index + ":");
    for (Split s : splits) {
      Instruction i = code[s.pc];
      text.append(" lanes 0x").append(Integer.toHexString(s.mask)).append(" wait at line ");
      text.append(i.line()).append(" (").append(i.text()).append(") for ");
      text.append(
          switch (s.wait) {
            case NONE -> "nothing";
            case MEMBERS -> "the other lanes of their member mask";
            case WARP -> "the rest of the warp (0x" + Integer.toHexString(live & ~s.mask) + ")";
            case BARRIER -> "barrier " + s.barrier + block.barrierState(s.barrier);
          });
      text.append(';');
    }
    return Optional.of(text.toString());
  }

  /** Puts the program counter at the first waiting split, so that a finding names its line. */
  FindingCode stuckAt() {
    for (Split s : splits) {
      if (s.wait != Split.Wait.NONE) {
        pc = s.pc;
        if (s.wait == Split.Wait.WARP) {
          return code[pc].action() instanceof Action.BlockBarrier
              ? FindingCode.BARRIER_DIVERGENT
              : FindingCode.WARP_DIVERGENT;
        }
      }
    }
    return FindingCode.DEADLOCK;
  }
}
