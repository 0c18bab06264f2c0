package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.Stamp;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The mbarrier objects of a block (PTX ISA, "Parallel Synchronization and Communication
 * Instructions: mbarrier"). The 64 bits in shared memory hold a seal of the state kept here, so
 * that a program that overwrites a barrier, or uses one that it never initialised, is found out.
 *
 * <p>Operations take any address that the instruction may name: the object may belong to another
 * block of the cluster.
 */
public final class Mbarriers {
  private static final int MOST = (1 << 20) - 1;

  private final Block block;
  private final Map<Integer, Mbarrier> objects = new TreeMap<>();
  private int initialized;

  Mbarriers(Block block) {
    this.block = block;
  }

  /** {@code mbarrier.init}. */
  public void init(Warp warp, int lane, AddressSpace space, long address, int count) {
    if (count < 1 || count > MOST) {
      throw warp.fault(
          FindingCode.MBARRIER, lane, "has the count " + count + "; it must be 1.." + MOST);
    }
    MemoryPort port = warp.memory();
    port.locate(lane, space, address, 8, "mbarrier");
    requireShared(warp, lane);
    requireNoObject(warp, lane);
    Mbarrier object =
        new Mbarrier(
            block,
            port.offset(),
            count,
            warp.stamp(lane),
            block.cluster.mbarrierClock(block.rank, initialized++));
    byte[] bytes = new byte[8];
    Bytes.putLong(bytes, 0, object.seal());
    port.write(lane, space, address, bytes, 8, false);
    objects.put(port.offset(), object);
  }

  /** Where the warp's memory port stands, no object may be valid: its waiters would be lost. */
  private static void requireNoObject(Warp warp, int lane) {
    MemoryPort port = warp.memory();
    Mbarrier valid = port.owner().mbarriers.objects.get(port.offset());
    if (valid != null && Bytes.getLong(port.data(), port.offset()) == valid.seal()) {
      throw warp.fault(
          FindingCode.MBARRIER,
          lane,
          "initialises what is a valid mbarrier already, at shared address 0x"
              + Integer.toHexString(port.offset())
              + "; mbarrier.inval comes first, and one thread initialises an object");
    }
  }

  private static void requireShared(Warp warp, int lane) {
    if (warp.memory().space() != AddressSpace.SHARED) {
      throw warp.fault(FindingCode.MBARRIER, lane, "names an object outside shared memory");
    }
  }

  /** {@code mbarrier.inval}: the memory may be used for something else. */
  public void invalidate(Warp warp, int lane, AddressSpace space, long address) {
    Mbarrier object = use(warp, lane, space, address);
    objects.remove(object.offset);
  }

  /** The object at an address that a thread's operation names. */
  private static Mbarrier use(Warp warp, int lane, AddressSpace space, long address) {
    warp.memory().locate(lane, space, address, 8, "mbarrier");
    Mbarrier object = find(warp, lane);
    requireInitialized(warp, lane, object);
    // Only now: what the object itself orders must not hide that nothing ordered its first use.
    warp.memory().atomic(lane, space, address, 8);
    return object;
  }

  private static void requireInitialized(Warp warp, int lane, Mbarrier object) {
    long init = object.initialized;
    if (warp.block.shared.shadow != null && !Stamp.ordered(init, warp.stamp(lane), warp.clocks)) {
      int line = warp.block.launch.line(Stamp.pc(init));
      warp.report(
          FindingCode.MBARRIER_NOT_VISIBLE,
          lane,
          line,
          "uses the mbarrier that "
              + warp.block.thread(init)
              + " initialised at line "
              + line
              + ", and no barrier orders the two");
    }
  }

  /** The object where the warp's memory port stands. */
  private static Mbarrier find(Warp warp, int lane) {
    requireShared(warp, lane);
    MemoryPort port = warp.memory();
    Mbarrier object = port.owner().mbarriers.objects.get(port.offset());
    if (object == null || Bytes.getLong(port.data(), port.offset()) != object.seal()) {
      throw warp.fault(
          FindingCode.MBARRIER,
          lane,
          "finds no valid mbarrier at shared address 0x"
              + Integer.toHexString(port.offset())
              + (port.owner() == warp.block ? "" : " of the block of rank " + port.owner().rank)
              + ": it was never initialised, or has been overwritten");
    }
    return object;
  }

  /**
   * The object on which an asynchronous operation that a lane issues will complete. Its
   * initialisation must have been made visible to the asynchronous proxy.
   */
  static Mbarrier forAsync(Warp warp, int lane, AddressSpace space, long address) {
    warp.memory().locate(lane, space, address, 8, "mbarrier");
    Mbarrier object = find(warp, lane);
    long init = object.initialized;
    Warp initializer = warp.block.cluster.warp(init);
    int thread = Stamp.thread(init) & 31;
    int clock = Stamp.clock(init);
    int seen = warp.seenOf(initializer);
    boolean fenced =
        initializer.initFences.covers(thread, clock, seen)
            || initializer.proxyFences.covers(thread, clock, seen);
    if (!fenced || !Stamp.ordered(init, warp.stamp(lane), warp.clocks)) {
      int line = warp.block.launch.line(Stamp.pc(init));
      warp.report(
          FindingCode.MBARRIER_NOT_VISIBLE,
          lane,
          line,
          "completes on the mbarrier that "
              + warp.block.thread(init)
              + " initialised at line "
              + line
              + (fenced
                  ? ", and no barrier orders the two"
                  : " without a fence.mbarrier_init or fence.proxy.async after it"));
    }
    return object;
  }

  /**
   * Arrives.
   *
   * @param drop whether the thread takes itself out of later phases
   * @param noComplete whether the program promises that this completes no phase
   * @param bytes transactions to expect first, in bytes
   * @return the state before, as {@code mbarrier.test_wait} takes it
   */
  public long arrive(
      Warp warp,
      int lane,
      AddressSpace space,
      long address,
      int count,
      boolean drop,
      boolean noComplete,
      int bytes) {
    Mbarrier object = use(warp, lane, space, address);
    long token = object.token();
    if (noComplete && object.pending == count) {
      throw warp.fault(
          FindingCode.MBARRIER, lane, "completes the phase, which .noComplete promises not to do");
    }
    if (bytes != 0) {
      object.expectBytes(warp, lane, bytes);
    }
    object.arrive(warp, lane, count, drop);
    return token;
  }

  /** {@code mbarrier.expect_tx}. */
  public void expect(Warp warp, int lane, AddressSpace space, long address, int bytes) {
    Mbarrier object = use(warp, lane, space, address);
    object.expectBytes(warp, lane, bytes);
    object.advance(warp, lane);
  }

  /** {@code mbarrier.complete_tx}. */
  public void complete(Warp warp, int lane, AddressSpace space, long address, int bytes) {
    use(warp, lane, space, address).completeBytes(warp, lane, bytes);
  }

  /** Whether the phase that {@code token} was given out in has completed. */
  public boolean testWait(Warp warp, int lane, AddressSpace space, long address, long token) {
    Mbarrier object = use(warp, lane, space, address);
    return passed(warp, object, object.phase > token >>> 20, token >>> 20, false);
  }

  /** Whether the latest phase of that parity has completed. */
  public boolean testParity(Warp warp, int lane, AddressSpace space, long address, int parity) {
    Mbarrier object = use(warp, lane, space, address);
    return passed(warp, object, (object.phase & 1) != (parity & 1), parity & 1, true);
  }

  private static boolean passed(
      Warp warp, Mbarrier object, boolean complete, long phase, boolean parity) {
    if (complete) {
      warp.learn(object.completed);
      warp.fenced = Clocks.join(warp.fenced, object.completedFenced);
    } else {
      warp.polled(object, phase, parity);
    }
    return complete;
  }

  /**
   * {@code cp.async.mbarrier.arrive}: the lanes arrive when the copies they have issued so far have
   * landed, at some later moment.
   *
   * @param increment whether the arrival is first added to the pending count
   */
  public void arriveWhenCopied(
      Warp warp, int mask, AddressSpace space, long[] addresses, boolean increment) {
    @Nullable Mbarrier[] barriers = new @Nullable Mbarrier[32];
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      Mbarrier object = use(warp, lane, space, addresses[lane]);
      barriers[lane] = object;
      if (increment) {
        object.pending++;
        object.store();
      }
    }
    int pc = warp.pc();
    AsyncCopies.Outstanding copies = warp.copies().outstanding(mask);
    block.cluster.pending.add(
        () -> {
          int now = warp.enter(pc);
          copies.land();
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            Mbarrier object = java.util.Objects.requireNonNull(barriers[lane]);
            object.requireValid(warp, lane);
            object.arrive(warp, lane, 1, false);
          }
          warp.enter(now);
        });
  }

  /** Whether the object is still the one at its place. */
  boolean holds(Mbarrier object) {
    return objects.get(object.offset) == object;
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    objects.values().forEach(object -> text.append(' ').append(object.describe()).append(';'));
    return text.toString();
  }

  /** Joins one entry into what a phase has seen. */
  static int[] with(int[] seen, int entry, int clock) {
    int[] result = seen.length > entry ? seen : Arrays.copyOf(seen, entry + 1);
    result[entry] = Math.max(result[entry], clock);
    return result;
  }
}
