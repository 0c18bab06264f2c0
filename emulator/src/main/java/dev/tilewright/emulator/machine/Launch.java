package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.EmulatorOptions;
import dev.tilewright.emulator.counters.Counters;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.Findings;
import dev.tilewright.emulator.sanitizer.GlobalShadow;
import dev.tilewright.emulator.sanitizer.GlobalStamp;
import dev.tilewright.emulator.sanitizer.KernelFault;
import dev.tilewright.runtime.spi.LaunchReport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * One launch of a program over a grid.
 *
 * <p>Blocks of a cluster run together on one worker. Clusters of an ordinary program run side by
 * side on the workers; they cannot see each other, so results and counters do not depend on the
 * workers. Those of a program that {@linkplain Program#ordersBlocks talks between blocks} take
 * turns on one worker, starting in the order of their index: atomics then happen in that order
 * (block by block unless one waits for another).
 */
public final class Launch {
  /** Multiprocessors of the machine: {@code %nsmid}. */
  public static final int MULTIPROCESSORS = 108;

  /** The shared-memory offset of a program's first variable. */
  public static final int SHARED_BASE = SharedMemory.BASE;

  /** Instructions after which a block that may wait for another lets it run. */
  private static final long TURN = 200_000;

  /** Blocks that take turns at once, as if they were resident. */
  private static final int RESIDENT = 216;

  /** Stack of a thread in a program with recursion or indirect calls, in bytes. */
  private static final int RECURSIVE_STACK = 16 * 1024;

  private static final long FUNCTION_WINDOW = 5L << 40;

  private final Program program;
  private final GlobalMemory memory;
  private final Dimensions grid;
  private final Dimensions threads;
  private final Dimensions clusterShape;
  private final Dimensions clusters;
  private final int dynamicSharedBytes;
  private final byte[] parameters;
  private final EmulatorOptions options;
  private final AtomicReferenceArray<GlobalShadow> shadows;
  private final Synchronization globalFlags = new Synchronization();
  private final AtomicLong budget;
  private final int localBytes;
  private final WgmmaRegisters.@Nullable Tracked wgmmaRegisters;

  /**
   * @param clusterShape blocks of a cluster along each axis; they divide the grid
   */
  public Launch(
      Program program,
      GlobalMemory memory,
      Dimensions grid,
      Dimensions threads,
      Dimensions clusterShape,
      int dynamicSharedBytes,
      byte[] parameters,
      EmulatorOptions options) {
    this.program = program;
    this.memory = memory;
    this.grid = grid;
    this.threads = threads;
    this.clusterShape = clusterShape;
    this.clusters =
        new Dimensions(
            grid.x() / clusterShape.x(), grid.y() / clusterShape.y(), grid.z() / clusterShape.z());
    this.dynamicSharedBytes = dynamicSharedBytes;
    this.parameters = parameters;
    this.options = options;
    this.shadows = new AtomicReferenceArray<>(memory.count());
    this.budget = new AtomicLong(options.instructionBudget());
    this.wgmmaRegisters = options.sanitize() ? WgmmaRegisters.Tracked.of(program) : null;
    int frames = program.functions().stream().mapToInt(FunctionBody::frameBytes).sum();
    boolean recursive = program.functions().stream().anyMatch(FunctionBody::recursive);
    this.localBytes = recursive ? Math.max(frames, RECURSIVE_STACK) : frames;
  }

  /** The registers of {@code wgmma}s to watch; null if there are none, or nothing checks. */
  WgmmaRegisters.@Nullable Tracked checkedWgmmaRegisters() {
    return wgmmaRegisters;
  }

  /** The address of a function, for indirect calls. */
  public static long functionAddress(int number) {
    return FUNCTION_WINDOW + number * 16L;
  }

  int functionAt(long address) {
    long number = (address - FUNCTION_WINDOW) / 16;
    boolean valid =
        number >= 0
            && number < program.functions().size()
            && functionAddress((int) number) == address;
    return valid ? (int) number : -1;
  }

  Program program() {
    return program;
  }

  GlobalMemory memory() {
    return memory;
  }

  Dimensions grid() {
    return grid;
  }

  Dimensions threads() {
    return threads;
  }

  Dimensions clusterShape() {
    return clusterShape;
  }

  /** How many clusters the grid has along each axis. */
  Dimensions clusters() {
    return clusters;
  }

  /** The cluster of a block, both by number in the grid. */
  int clusterOf(int block) {
    int x = block % grid.x() / clusterShape.x();
    int y = block / grid.x() % grid.y() / clusterShape.y();
    int z = block / grid.x() / grid.y() / clusterShape.z();
    return x + clusters.x() * (y + clusters.y() * z);
  }

  /** A block's rank in its cluster, by its number in the grid. */
  int rankOf(int block) {
    int x = block % grid.x() % clusterShape.x();
    int y = block / grid.x() % grid.y() % clusterShape.y();
    int z = block / grid.x() / grid.y() % clusterShape.z();
    return x + clusterShape.x() * (y + clusterShape.y() * z);
  }

  int warpsPerBlock() {
    return Math.ceilDiv(threads.count(), 32);
  }

  int dynamicSharedBytes() {
    return dynamicSharedBytes;
  }

  byte[] parameters() {
    return parameters;
  }

  EmulatorOptions options() {
    return options;
  }

  int localBytes() {
    return localBytes;
  }

  Synchronization globalFlags() {
    return globalFlags;
  }

  int line(int pc) {
    return pc < program.code().length ? program.code()[pc].line() : 0;
  }

  String blockName(int index) {
    return index % grid.x() + "," + index / grid.x() % grid.y() + "," + index / grid.x() / grid.y();
  }

  /** Marks of one allocation, or null in a grid too large to tell its blocks apart. */
  @Nullable GlobalShadow shadow(Allocation allocation) {
    if (grid.count() > GlobalStamp.MAX_BLOCKS) {
      return null;
    }
    GlobalShadow shadow = shadows.get(allocation.index);
    if (shadow == null) {
      GlobalShadow fresh = new GlobalShadow(allocation.size, program.globalGranule());
      GlobalShadow witness = shadows.compareAndExchange(allocation.index, null, fresh);
      shadow = witness == null ? fresh : witness;
    }
    return shadow;
  }

  /** Takes what a cluster has executed since the last call from the budget. */
  void spend(Cluster cluster) {
    long spent = cluster.executed - cluster.charged;
    if (spent < 1024 && budget.get() > spent) {
      return;
    }
    cluster.charged = cluster.executed;
    if (budget.addAndGet(-spent) < 0) {
      Warp warp = cluster.firstLiveWarp();
      throw warp.fault(
          FindingCode.INSTRUCTION_BUDGET,
          Integer.numberOfTrailingZeros(warp.live == 0 ? 1 : warp.live),
          "is where the launch had used up its "
              + options.instructionBudget()
              + " warp instructions: an endless loop?");
    }
  }

  /** Runs the grid. */
  public LaunchReport run() {
    int count = clusters.count();
    Result[] results = new Result[count];
    if (program.ordersBlocks() || count == 1 || options.workers() == 1) {
      if (program.ordersBlocks()) {
        takeTurns(results);
      } else {
        for (int i = 0; i < count && !(i > 0 && faulted(results[i - 1])); i++) {
          results[i] = runCluster(i);
        }
      }
    } else {
      runSideBySide(results);
    }
    Counters counters = new Counters();
    Findings findings = new Findings(options.findingLimit());
    for (Result result : results) {
      if (result == null) {
        continue;
      }
      counters.addAll(result.counters);
      findings.addAll(result.findings);
      if (result.fault != null) {
        findings.add(result.fault.finding(), 0);
        break;
      }
    }
    return new LaunchReport(counters.byLabel(), findings.list());
  }

  private static boolean faulted(@Nullable Result result) {
    return result != null && result.fault != null;
  }

  private record Result(Counters counters, Findings findings, @Nullable KernelFault fault) {}

  private Result runCluster(int index) {
    Cluster cluster = new Cluster(this, index);
    try {
      while (!cluster.run(Long.MAX_VALUE / 2)) {}
      return new Result(cluster.counters, cluster.findings, null);
    } catch (KernelFault fault) {
      return new Result(cluster.counters, cluster.findings, fault);
    }
  }

  private void runSideBySide(Result[] results) {
    AtomicInteger next = new AtomicInteger();
    // Clusters before the first that faults run to their end, so that the outcome is reproducible.
    AtomicInteger firstFault = new AtomicInteger(Integer.MAX_VALUE);
    AtomicReferenceArray<Result> shared = new AtomicReferenceArray<>(results.length);
    List<Throwable> failures = new ArrayList<>();
    Runnable work =
        () -> {
          try {
            for (int i = next.getAndIncrement();
                i < results.length && i < firstFault.get();
                i = next.getAndIncrement()) {
              Result result = runCluster(i);
              shared.set(i, result);
              if (result.fault != null) {
                int faulty = i;
                firstFault.updateAndGet(f -> Math.min(f, faulty));
              }
            }
          } catch (RuntimeException | Error e) {
            synchronized (failures) {
              failures.add(e);
            }
          }
        };
    List<Thread> helpers = new ArrayList<>();
    for (int w = 1; w < Math.min(options.workers(), results.length); w++) {
      helpers.add(Thread.ofPlatform().daemon().name("emulator-" + w).start(work));
    }
    work.run();
    for (Thread helper : helpers) {
      joinUninterruptibly(helper);
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("the emulator failed", failures.getFirst());
    }
    for (int i = 0; i < results.length; i++) {
      results[i] = shared.get(i);
    }
  }

  private static void joinUninterruptibly(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeTurns(Result[] results) {
    Deque<Cluster> resident = new ArrayDeque<>();
    int next = 0;
    while (true) {
      if (resident.isEmpty()) {
        if (next == results.length) {
          return;
        }
        resident.add(new Cluster(this, next++));
      }
      Cluster cluster = resident.removeFirst();
      try {
        if (cluster.run(TURN)) {
          results[cluster.index] = new Result(cluster.counters, cluster.findings, null);
          continue;
        }
      } catch (KernelFault fault) {
        results[cluster.index] = new Result(cluster.counters, cluster.findings, fault);
        return;
      }
      resident.addLast(cluster);
      if (next < results.length && resident.size() * clusterShape.count() < RESIDENT) {
        // It may be waiting for a block that has not started.
        resident.addFirst(new Cluster(this, next++));
      }
    }
  }
}
