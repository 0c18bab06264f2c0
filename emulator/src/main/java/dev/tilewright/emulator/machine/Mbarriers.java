package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * The mbarrier objects of a block (PTX ISA, "Parallel Synchronization and Communication
 * Instructions: mbarrier"). The 64 bits in shared memory hold a seal of the state kept here, so
 * that a program that overwrites a barrier, or uses one that it never initialised, is found out.
 */
public final class Mbarriers {
  private static final int MOST = (1 << 20) - 1;
  private static final long SEAL = 0x5ba221e2b0000000L;

  private final Block block;
  private final Map<Integer, State> states = new TreeMap<>();
  private final Deque<Runnable> deferred = new ArrayDeque<>();

  Mbarriers(Block block) {
    this.block = block;
  }

  private static final class State {
    int expected;
    int pending;
    long phase;
    int[] seen = {};
    int[] seenFenced = {};
    int[] completed = {};
    int[] completedFenced = {};

    long seal() {
      return SEAL ^ (phase << 40 | (long) expected << 20 | pending);
    }
  }

  /** {@code mbarrier.init}. */
  public void init(Warp warp, int lane, AddressSpace space, long address, int count) {
    if (count < 1 || count > MOST) {
      throw warp.fault(
          FindingCode.MBARRIER, lane, "has the count " + count + "; it must be 1.." + MOST);
    }
    State state = new State();
    state.expected = count;
    state.pending = count;
    byte[] bytes = new byte[8];
    Bytes.putLong(bytes, 0, state.seal());
    warp.memory().write(lane, space, address, bytes, 8, false);
    requireShared(warp, lane);
    states.put(warp.memory().offset(), state);
  }

  private static void requireShared(Warp warp, int lane) {
    if (warp.memory().space() != AddressSpace.SHARED) {
      throw warp.fault(FindingCode.MBARRIER, lane, "names an object outside shared memory");
    }
  }

  /** {@code mbarrier.inval}: the memory may be used for something else. */
  public void invalidate(Warp warp, int lane, AddressSpace space, long address) {
    use(warp, lane, space, address);
    states.remove(warp.memory().offset());
  }

  private State use(Warp warp, int lane, AddressSpace space, long address) {
    MemoryPort port = warp.memory();
    port.atomic(lane, space, address, 8);
    requireShared(warp, lane);
    State state = states.get(port.offset());
    if (state == null || Bytes.getLong(port.data(), port.offset()) != state.seal()) {
      throw warp.fault(
          FindingCode.MBARRIER,
          lane,
          "finds no valid mbarrier at shared address 0x"
              + Integer.toHexString(port.offset())
              + ": it was never initialised, or has been overwritten");
    }
    return state;
  }

  private void store(int offset, State state) {
    Bytes.putLong(block.shared.data, offset, state.seal());
    block.progress++;
  }

  /**
   * Arrives.
   *
   * @param drop whether the thread takes itself out of later phases
   * @return the state before, as {@code mbarrier.test_wait} takes it
   */
  public long arrive(
      Warp warp, int lane, AddressSpace space, long address, int count, boolean drop) {
    State state = use(warp, lane, space, address);
    int offset = warp.memory().offset();
    long token = state.phase << 20 | state.pending;
    if (drop) {
      state.expected -= count;
    }
    arrive(warp, lane, offset, state, count);
    return token;
  }

  private void arrive(Warp warp, int lane, int offset, State state, int count) {
    if (count < 1 || count > state.pending) {
      throw warp.fault(
          FindingCode.MBARRIER,
          lane,
          "arrives with count "
              + count
              + " where "
              + state.pending
              + " arrivals of "
              + state.expected
              + " are pending");
    }
    state.pending -= count;
    state.seen = Clocks.join(state.seen, warp.clocks);
    state.seenFenced = Clocks.join(state.seenFenced, warp.fenced);
    warp.synchronizeLanes();
    if (state.pending == 0) {
      state.phase++;
      state.pending = state.expected;
      state.completed = Clocks.join(state.completed, state.seen);
      state.completedFenced = Clocks.join(state.completedFenced, state.seenFenced);
      state.seen = new int[0];
      state.seenFenced = new int[0];
    }
    store(offset, state);
  }

  /** Whether the phase that {@code token} was given out in has completed. */
  public boolean testWait(Warp warp, int lane, AddressSpace space, long address, long token) {
    State state = use(warp, lane, space, address);
    return passed(warp, state, state.phase > token >>> 20);
  }

  /** Whether the latest phase of that parity has completed. */
  public boolean testParity(Warp warp, int lane, AddressSpace space, long address, int parity) {
    State state = use(warp, lane, space, address);
    return passed(warp, state, (state.phase & 1) != (parity & 1));
  }

  private static boolean passed(Warp warp, State state, boolean complete) {
    if (complete) {
      Clocks.joinInto(warp.clocks, state.completed, warp.index);
      warp.fenced = Clocks.join(warp.fenced, state.completedFenced);
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
    int[] offsets = new int[32];
    for (int m = mask; m != 0; m &= m - 1) {
      int lane = Integer.numberOfTrailingZeros(m);
      State state = use(warp, lane, space, addresses[lane]);
      offsets[lane] = warp.memory().offset();
      if (increment) {
        state.pending++;
        store(offsets[lane], state);
      }
    }
    int pc = warp.pc();
    AsyncCopies.Outstanding copies = warp.copies().outstanding(mask);
    Runnable completion =
        () -> {
          int now = warp.enter(pc);
          copies.land();
          for (int m = mask; m != 0; m &= m - 1) {
            int lane = Integer.numberOfTrailingZeros(m);
            State state = states.get(offsets[lane]);
            if (state == null) {
              throw warp.fault(
                  FindingCode.MBARRIER, lane, "completes after its mbarrier was invalidated");
            }
            arrive(warp, lane, offsets[lane], state, 1);
          }
          warp.enter(now);
        };
    switch (block.launch.options().completion()) {
      case EARLY -> completion.run();
      case LATE, RANDOM -> deferred.addLast(completion);
    }
  }

  /** Lets the oldest asynchronous arrival happen; false if there is none. */
  boolean completeOldest() {
    Runnable completion = deferred.pollFirst();
    if (completion == null) {
      return false;
    }
    completion.run();
    return true;
  }

  String describe() {
    StringBuilder text = new StringBuilder();
    states.forEach(
        (offset, s) ->
            text.append(" mbarrier 0x")
                .append(Integer.toHexString(offset))
                .append(": phase ")
                .append(s.phase)
                .append(", ")
                .append(s.pending)
                .append(" of ")
                .append(s.expected)
                .append(" arrivals pending;"));
    return text.toString();
  }
}
