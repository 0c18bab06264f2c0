package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.SharedShadow;
import dev.tilewright.emulator.sanitizer.Stamp;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The {@code cp.async} copies of one warp (PTX ISA, "Data Movement and Conversion Instructions:
 * Asynchronous copy"). Each lane has its own sequence of groups; lanes that commit together share
 * one. Data lands when a wait demands it (or earlier, by policy); until then its destination is
 * marked, and touching it is a finding whatever the policy.
 */
public final class AsyncCopies {
  private final Warp warp;
  private List<Copy> open = new ArrayList<>();
  private final Deque<Group> groups = new ArrayDeque<>();

  AsyncCopies(Warp warp) {
    this.warp = warp;
  }

  /** One lane's copy. */
  private static final class Copy {
    final int lane;
    final int pc;
    final int to;
    final int bytes;
    final byte[] atIssue;
    final AddressSpace space;
    final long from;
    final int read;
    final boolean landed;
    int id;
    boolean done;

    Copy(
        int lane,
        int pc,
        int to,
        int bytes,
        AddressSpace space,
        long from,
        int read,
        byte[] atIssue,
        boolean landed) {
      this.lane = lane;
      this.pc = pc;
      this.to = to;
      this.bytes = bytes;
      this.space = space;
      this.from = from;
      this.read = read;
      this.atIssue = atIssue;
      this.landed = landed;
    }
  }

  private record Group(int mask, List<Copy> copies) {}

  /**
   * Starts a copy.
   *
   * @param to shared-memory offset
   * @param bytes 4, 8 or 16
   * @param read how many bytes are read; the rest of the destination becomes zero
   */
  void issue(int lane, AddressSpace toSpace, long to, int bytes, long from, int read) {
    Block block = warp.block;
    MemoryPort port = warp.memory();
    byte[] source = new byte[bytes];
    if (read > 0) {
      // The alignment of the source is that of the whole copy, whatever is read of it.
      port.read(lane, AddressSpace.GLOBAL, from, read, false);
      System.arraycopy(port.data(), port.offset(), source, 0, read);
    }
    if ((from & (bytes - 1)) != 0) {
      throw warp.fault(
          FindingCode.MISALIGNED,
          lane,
          "cp.async source 0x" + Long.toHexString(from) + " is not a multiple of " + bytes);
    }
    port.locate(lane, toSpace, to, bytes, "cp.async write");
    if (port.space() != AddressSpace.SHARED) {
      throw warp.fault(
          FindingCode.OUT_OF_BOUNDS, lane, "cp.async destination is not in shared memory");
    }
    int offset = port.offset();
    boolean early = block.cluster.pending.completesAtOnce();
    Copy copy =
        new Copy(lane, warp.pc(), offset, bytes, AddressSpace.GLOBAL, from, read, source, early);
    SharedShadow shadow = block.shared.shadow;
    if (shadow != null) {
      noteIssue(shadow, copy);
    }
    if (early) {
      System.arraycopy(source, 0, block.shared.data, offset, bytes);
    }
    open.add(copy);
  }

  private void noteIssue(SharedShadow shadow, Copy copy) {
    warp.block.overwriting(warp, copy.lane, copy.to, copy.bytes);
    int pending = shadow.pendingCopy(copy.to, copy.bytes);
    String where = copy.bytes + " bytes at shared address 0x" + Integer.toHexString(copy.to);
    if (pending != 0) {
      warp.block.asyncConflict(
          warp, copy.lane, FindingCode.ASYNC_OVERWRITE, pending, "copies to " + where);
    }
    if (shadow.isRead(copy.to, copy.bytes)) {
      warp.block.asyncReads.conflict(warp, copy.lane, "copies to", copy.to, copy.bytes);
    }
    long stamp = warp.stamp(copy.lane) | Stamp.ASYNC;
    long conflict = shadow.race(copy.to, copy.bytes, stamp, warp.clocks);
    if (conflict != 0) {
      int line = warp.block.launch.line(Stamp.pc(conflict));
      warp.report(
          FindingCode.DATA_RACE,
          copy.lane,
          line,
          "copies asynchronously to "
              + where
              + "; "
              + warp.block.thread(conflict)
              + " accessed it at line "
              + line
              + " and no barrier orders the two");
    }
    copy.id = warp.block.register(copy.pc);
    shadow.setPending(copy.to, copy.bytes, copy.id);
  }

  /** {@code cp.async.commit_group}: what the lanes issued since their last commit is a group. */
  public void commit(int mask) {
    List<Copy> mine = new ArrayList<>();
    List<Copy> others = new ArrayList<>();
    for (Copy copy : open) {
      ((mask >>> copy.lane & 1) != 0 ? mine : others).add(copy);
    }
    open = others;
    groups.addLast(new Group(mask, mine));
  }

  /** {@code cp.async.wait_group n}: all but the lanes' {@code n} latest groups complete. */
  public void waitGroup(int mask, int n) {
    int[] later = new int[32];
    List<Group> due = new ArrayList<>();
    for (Iterator<Group> it = groups.descendingIterator(); it.hasNext(); ) {
      Group group = it.next();
      int lanes = 0;
      for (int m = group.mask & mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        if (later[lane]++ >= n) {
          lanes |= 1 << lane;
        }
      }
      if (lanes != 0) {
        due.add(new Group(lanes, group.copies));
      }
    }
    if (due.isEmpty()) {
      return;
    }
    for (Group group : due.reversed()) {
      for (Copy copy : group.copies) {
        if ((group.mask >>> copy.lane & 1) != 0) {
          land(copy);
        }
      }
    }
    retire(due);
  }

  private void retire(List<Group> done) {
    int[] count = new int[32];
    for (Group group : done) {
      for (int m = group.mask; m != 0; m &= m - 1) {
        count[Integer.numberOfTrailingZeros(m)]++;
      }
    }
    List<Group> rest = new ArrayList<>();
    for (Group group : groups) {
      int keep = group.mask;
      for (int m = group.mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        if (count[lane] > 0) {
          count[lane]--;
          keep &= ~(1 << lane);
        }
      }
      if (keep != 0) {
        int kept = keep;
        rest.add(
            new Group(
                kept, group.copies.stream().filter(c -> (kept >>> c.lane & 1) != 0).toList()));
      }
    }
    groups.clear();
    groups.addAll(rest);
  }

  /** {@code cp.async.wait_all}: everything the lanes issued completes, committed or not. */
  public void waitAll(int mask) {
    commit(mask);
    waitGroup(mask, 0);
  }

  /** Copies that an asynchronous arrival waits for. */
  final class Outstanding {
    private final List<Copy> waitedFor;

    private Outstanding(List<Copy> waitedFor) {
      this.waitedFor = waitedFor;
    }

    void land() {
      waitedFor.forEach(AsyncCopies.this::land);
    }
  }

  /** What the lanes have issued and not waited for. */
  Outstanding outstanding(int mask) {
    List<Copy> all = new ArrayList<>();
    groups.forEach(g -> all.addAll(g.copies));
    all.addAll(open);
    all.removeIf(c -> c.done || (mask >>> c.lane & 1) == 0);
    return new Outstanding(all);
  }

  private void land(Copy copy) {
    if (copy.done) {
      return;
    }
    copy.done = true;
    byte[] bytes = copy.landed ? copy.atIssue : readSource(copy);
    Block block = warp.block;
    block.cluster.progress++;
    if (!copy.landed) {
      System.arraycopy(bytes, 0, block.shared.data, copy.to, copy.bytes);
    }
    SharedShadow shadow = block.shared.shadow;
    if (shadow != null) {
      if (shadow.pendingCopy(copy.to, copy.bytes) == copy.id) {
        shadow.setPending(copy.to, copy.bytes, 0);
      }
      Arrays.fill(block.shared.written, copy.to, copy.to + copy.bytes, (byte) 1);
      int now = warp.enter(copy.pc);
      long stamp = warp.stamp(copy.lane) | Stamp.ASYNC;
      warp.enter(now);
      // Races with accesses between issue and now were found through the pending mark.
      shadow.write(copy.to, copy.bytes, stamp, warp.clocks);
    }
  }

  private byte[] readSource(Copy copy) {
    if (copy.read == 0) {
      return copy.atIssue;
    }
    MemoryPort port = warp.memory();
    port.locate(copy.lane, copy.space, copy.from, copy.read, "cp.async read");
    byte[] now = new byte[copy.bytes];
    System.arraycopy(port.data(), port.offset(), now, 0, copy.read);
    if (!Arrays.equals(now, copy.atIssue)) {
      int line = warp.block.launch.line(copy.pc);
      warp.report(
          FindingCode.ASYNC_SOURCE_OVERWRITTEN,
          copy.lane,
          line,
          "the source of the copy issued at line "
              + line
              + " (0x"
              + Long.toHexString(copy.from)
              + ") changed before the copy was waited for");
    }
    return now;
  }

  /** {@code cp.async}: per-lane addresses in registers. */
  public record Issue(
      AddressSpace space,
      int destination,
      boolean wideDestination,
      int destinationOffset,
      int source,
      int sourceOffset,
      int bytes,
      int sourceBytes,
      int ignoreSource)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      long[] to = warp.addressScratch();
      long[] from = warp.secondAddressScratch();
      int total = 0;
      int ignored = ignoreSource < 0 ? 0 : warp.predicates[ignoreSource];
      int reading = 0;
      for (int m = mask; m != 0; m &= m - 1) {
        int lane = Integer.numberOfTrailingZeros(m);
        to[lane] =
            (wideDestination
                    ? warp.longs[destination + lane]
                    : warp.words[destination + lane] & 0xffffffffL)
                + destinationOffset;
        from[lane] = warp.longs[source + lane] + sourceOffset;
        int read =
            (ignored >>> lane & 1) != 0
                ? 0
                : sourceBytes < 0 ? bytes : Math.min(bytes, warp.words[sourceBytes + lane]);
        if (read < 0) {
          read = bytes;
        }
        if (read > 0) {
          reading |= 1 << lane;
        }
        total += read;
        warp.copies().issue(lane, space, to[lane], bytes, from[lane], read);
      }
      warp.counters().add(Counter.BYTES_CP_ASYNC, total);
      warp.countGlobal(from, reading, bytes, total, false);
      for (int m = mask; m != 0 && space == AddressSpace.GENERIC; m &= m - 1) {
        to[Integer.numberOfTrailingZeros(m)] -= AddressSpace.SHARED.window();
      }
      warp.countShared(to, mask, bytes, true);
    }
  }
}
