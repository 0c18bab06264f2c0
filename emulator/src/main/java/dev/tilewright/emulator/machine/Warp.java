package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.counters.Counters;
import dev.tilewright.emulator.sanitizer.BlockOrder;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.KernelFault;
import dev.tilewright.emulator.sanitizer.Stamp;
import dev.tilewright.runtime.spi.Finding;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** 32 lanes with their registers. */
public final class Warp implements BlockOrder {
  /** Failed polls in a row, nothing having changed in the block, after which none will succeed. */
  private static final int HOPELESS = 1000;

  /** 32-bit registers: slot times 32 plus lane. */
  public final int[] words;

  /** 64-bit registers: slot times 32 plus lane. */
  public final long[] longs;

  /** Predicates: one lane mask each. */
  public final int[] predicates;

  /**
   * Vector clock: what this warp has seen of each agent of the cluster. Its own entry is the clock
   * since which its lanes have not synchronised with each other.
   */
  final int[] clocks;

  /** Its own clock; see {@link #clocks}. */
  private int epoch = 1;

  /** What it had seen at its last fence, or had passed on to it by a barrier; empty if nothing. */
  int[] fenced = {};

  /** Lanes that have arrived at the cluster's barrier and have not waited. */
  int awaitingCluster;

  /** Those of them whose phase has not completed. */
  int arrivedCluster;

  final Block block;

  /** Its number in the block. */
  final int index;

  /**
   * The fences with which its lanes make their accesses to shared memory known to the asynchronous
   * proxy.
   */
  final ProxyFences proxyFences = new ProxyFences();

  /** The same for global memory. */
  final ProxyFences globalFences = new ProxyFences();

  /** Their {@code fence.mbarrier_init}s. */
  final ProxyFences initFences = new ProxyFences();

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
  private final MemoryPort memory;
  private final AsyncCopies copies;
  private final BulkStores bulkStores;
  private final Divergence divergence;

  /** What its {@code wgmma}s do with registers; null if nothing checks. */
  final @Nullable WgmmaRegisters wgmmaRegisters;

  private final Control control;
  private final long[] addresses = new long[32];
  private final long[] moreAddresses = new long[32];
  private final byte[] bytes = new byte[64];
  private long executed;
  private @Nullable Mbarrier polledBarrier;
  private long polledPhase;
  private boolean polledParity;
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
    clocks = new int[block.cluster.clockEntries()];
    clocks[entry()] = epoch;
    live = initial = lanes == 32 ? -1 : (1 << lanes) - 1;
    localBytes = block.launch.localBytes();
    local = new byte[localBytes * 32];
    localWritten = new byte[sanitize ? local.length : 0];
    Arrays.fill(local, (byte) 0xff);
    memory = new MemoryPort(this);
    copies = new AsyncCopies(this);
    bulkStores = new BulkStores(this);
    divergence = new Divergence(program);
    control = new Control(this, program, divergence);
    WgmmaRegisters.Tracked tracked = block.launch.checkedWgmmaRegisters();
    wgmmaRegisters = tracked == null ? null : new WgmmaRegisters(this, tracked);
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
    divergence.start(entry.start(), live);
  }

  // ---- what operations use

  public MemoryPort memory() {
    return memory;
  }

  public AsyncCopies copies() {
    return copies;
  }

  public BulkStores bulkStores() {
    return bulkStores;
  }

  public Mbarriers mbarriers() {
    return block.mbarriers;
  }

  public Warpgroup warpgroup() {
    return block.warpgroup(index / Warpgroup.WARPS);
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

  /** The block's rank in its cluster. */
  public int rank() {
    return block.rank;
  }

  /** Lanes that have not ended. */
  public int live() {
    return live;
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
    return Stamp.of(pc, block.rank * Stamp.THREADS + index * 32 + lane, epoch);
  }

  int epoch() {
    return epoch;
  }

  /** Its entry in vector clocks. */
  private int entry() {
    return block.rank * Stamp.WARPS + index;
  }

  /** Learns what others have released. */
  void learn(int[] released) {
    Clocks.joinInto(clocks, released, entry());
  }

  /** What it releases to others now. {@link #synchronizeLanes} must follow. */
  int[] releasing() {
    clocks[entry()] = epoch;
    return clocks;
  }

  /** The latest clock of a warp of the cluster that happened before now. */
  int seenOf(Warp other) {
    return other == this ? epoch : clocks[other.entry()];
  }

  @Override
  public int seen(int otherBlock, int otherWarp) {
    Launch launch = block.launch;
    int entry = launch.rankOf(otherBlock) * Stamp.WARPS + otherWarp;
    int cluster = launch.clusterOf(otherBlock);
    return cluster == block.cluster.index
        ? clocks[entry]
        : block.cluster.learnt.seen(cluster, entry);
  }

  /** {@code fence.mbarrier_init}: initialisations so far are ordered before their use by others. */
  public void initFence(int mask) {
    initFences.add(mask, epoch);
    fence();
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
    clocks[entry()] = ++epoch;
  }

  /** The lanes' accesses so far are ordered before later ones of the asynchronous proxy. */
  public void proxyFence(int mask, boolean shared, boolean global) {
    if (shared) {
      proxyFences.add(mask, epoch);
    }
    if (global) {
      globalFences.add(mask, epoch);
    }
    // The lanes stay unordered among themselves.
    epoch++;
  }

  /** A fence: what this warp has seen so far can be released by a later strong write. */
  public void fence() {
    fenced = Clocks.join(fenced, releasing());
    synchronizeLanes();
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

  void pollFailed() {
    failedPolls = polledAt == block.cluster.progress ? failedPolls + 1 : 1;
    polledAt = block.cluster.progress;
    block.cluster.pollFailed();
  }

  /** A lane has asked for a phase that has not completed. */
  void polled(Mbarrier object, long phase, boolean parity) {
    polledBarrier = object;
    polledPhase = phase;
    polledParity = parity;
  }

  /** What its running lanes poll, for messages. */
  String polled() {
    return polledBarrier == null
        ? "nothing"
        : (polledParity ? "a phase of parity " : "phase ")
            + polledPhase
            + " of "
            + polledBarrier.name();
  }

  /** Whether all it has done for long is to ask for something that has not changed. */
  boolean pollsInVain() {
    return failedPolls > HOPELESS && polledAt == block.cluster.progress;
  }

  boolean exited() {
    return live == 0;
  }

  /** Lanes that have ended. */
  int ended() {
    return initial & ~live;
  }

  int initialLanes() {
    return Integer.bitCount(initial);
  }

  /** Whether some lanes have ended. */
  boolean partlyExited() {
    return live != initial;
  }

  boolean runnable() {
    return live != 0 && divergence.runnable();
  }

  /** Runs at most {@code quantum} instructions; ends earlier when nothing can run. */
  void run(int quantum) {
    for (int left = quantum; left > 0; left--) {
      Split split = divergence.next(executed);
      if (split == null || !step(split)) {
        return;
      }
    }
  }

  /** Executes one instruction; false if the warp should let others run. */
  private boolean step(Split split) {
    pc = split.pc;
    Instruction i = code[pc];
    executed++;
    block.cluster.executed++;
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
      if (wgmmaRegisters != null) {
        wgmmaRegisters.access(i);
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
    return control.execute(split, i, mask);
  }

  /** Notes that lanes of a register have a value. */
  void define(int id, int mask) {
    if (id >= 0) {
      defined[id] |= mask;
    }
  }

  /** Notes that an instruction has given its destinations values. */
  void define(Instruction i, int mask) {
    for (int id : i.writes()) {
      defined[id] |= mask;
    }
  }

  /** All lanes read these registers. */
  void requireDefined(int[] ids) {
    for (int id : ids) {
      if (sanitize && defined[id] != -1) {
        undefinedRegister(id, -1);
      }
    }
  }

  /** Makes splits that wait for a condition look again. */
  void recheck() {
    divergence.recheck();
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

  /** Lets what waits at barrier {@code id} go on, having seen what the others had. */
  void release(
      int id, int[] seen, int[] seenFenced, Action.BlockBarrier.Reduction kind, int value) {
    if (control.release(id, kind, value)) {
      learn(seen);
      fenced = Clocks.join(fenced, seenFenced);
    }
  }

  /** The cluster's barrier has completed. */
  void wakeCluster() {
    control.wakeCluster();
  }

  // ---- deadlock

  /** Describes what the warp's lanes wait for; empty if it has ended. */
  Optional<String> waitingFor() {
    if (live == 0) {
      return Optional.empty();
    }
    String who = (block.cluster.blocks.length > 1 ? "block " + block.rank + " " : "") + "warp ";
    return Optional.of(who + index + ":" + control.waitingFor());
  }

  /** Puts the program counter where the warp is stuck, so that a finding names its line. */
  FindingCode stuckAt() {
    return control.stuckAt();
  }
}
