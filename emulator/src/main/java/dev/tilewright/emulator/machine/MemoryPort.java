package dev.tilewright.emulator.machine;

import dev.tilewright.emulator.sanitizer.FindingCode;
import dev.tilewright.emulator.sanitizer.GlobalShadow;
import dev.tilewright.emulator.sanitizer.GlobalStamp;
import dev.tilewright.emulator.sanitizer.SharedShadow;
import dev.tilewright.emulator.sanitizer.Stamp;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A warp's way to memory. {@link #read} and {@link #write} find the bytes behind an address, check
 * the access and leave {@link #data} and {@link #offset} for the caller to use.
 */
public final class MemoryPort {
  private final Warp warp;
  private final Block block;
  private final Launch launch;
  private final boolean sanitize;
  private byte[] data = new byte[0];
  private byte[] written = data;
  private int offset;
  private AddressSpace space = AddressSpace.GLOBAL;
  private @Nullable Allocation allocation;

  /** The block whose shared memory the last access was to. */
  private Block owner;

  MemoryPort(Warp warp) {
    this.warp = warp;
    this.block = warp.block;
    this.owner = block;
    this.launch = warp.block.launch;
    this.sanitize = launch.options().sanitize();
  }

  /** The array that holds the bytes of the last access. */
  public byte[] data() {
    return data;
  }

  /** Where in {@link #data} they start. */
  public int offset() {
    return offset;
  }

  /** The space of the last access, never generic and never the cluster's shared memory. */
  public AddressSpace space() {
    return space;
  }

  /** The block whose shared memory the last access was to. */
  Block owner() {
    return owner;
  }

  /**
   * Prepares a load by one lane.
   *
   * @param strong whether the access is volatile, relaxed, acquire or atomic
   */
  public void read(int lane, AddressSpace in, long address, int bytes, boolean strong) {
    locate(lane, in, address, bytes, "read");
    if (!sanitize) {
      return;
    }
    switch (space) {
      case SHARED -> readShared(lane, bytes, strong, false);
      case GLOBAL -> {
        requireWritten(lane, bytes, FindingCode.UNINITIALIZED_GLOBAL);
        long conflict = markGlobal(lane, bytes, strong, false);
        if (conflict != 0) {
          globalRace(lane, "reads", bytes, conflict);
        }
      }
      case LOCAL -> requireWritten(lane, bytes, FindingCode.UNINITIALIZED_LOCAL);
      default -> {}
    }
    if (strong) {
      owner.synchronization(space).acquire(warp, key());
    }
  }

  /** Prepares a load of a matrix row: the lane gives the address, all lanes get the data. */
  public void readForWarp(int lane, AddressSpace in, long address, int bytes) {
    locate(lane, in, address, bytes, "read");
    if (sanitize && space == AddressSpace.SHARED) {
      readShared(lane, bytes, false, true);
    }
  }

  private void readShared(int lane, int bytes, boolean strong, boolean forWarp) {
    SharedShadow shadow = shadow();
    int copy = shadow.pendingCopy(offset, bytes);
    if (copy != 0) {
      owner.asyncConflict(
          warp, lane, FindingCode.ASYNC_READ_BEFORE_WAIT, copy, "reads " + where(bytes));
    } else {
      requireWritten(lane, bytes, FindingCode.UNINITIALIZED_SHARED);
    }
    long stamp = warp.stamp(lane) | (strong ? Stamp.STRONG : 0) | (forWarp ? Stamp.SEVERAL : 0);
    long conflict = shadow.read(offset, bytes, stamp, warp.clocks);
    if (conflict != 0) {
      sharedRace(lane, "reads", bytes, conflict);
    }
  }

  /**
   * Writes {@code bytes} bytes of {@code source}.
   *
   * <p>A write that changes no byte does not race: several threads may set the same flag.
   */
  public void write(
      int lane, AddressSpace in, long address, byte[] source, int bytes, boolean strong) {
    locate(lane, in, address, bytes, "write");
    if (space == AddressSpace.CONSTANT
        || (space == AddressSpace.PARAMETER && data == launch.parameters())) {
      throw warp.fault(
          FindingCode.READ_ONLY, lane, "writes " + where(bytes) + ", which is read-only");
    }
    if (sanitize) {
      noteWrite(lane, source, bytes, strong);
    }
    System.arraycopy(source, 0, data, offset, bytes);
    block.cluster.progress++;
    if (strong) {
      owner.synchronization(space).release(warp, key(), false);
    }
  }

  private void noteWrite(int lane, byte[] source, int bytes, boolean strong) {
    boolean changes = !Arrays.equals(data, offset, offset + bytes, source, 0, bytes);
    if (space == AddressSpace.SHARED) {
      owner.overwriting(warp, lane, offset, bytes);
      int copy = shadow().pendingCopy(offset, bytes);
      if (copy != 0) {
        owner.asyncConflict(
            warp, lane, FindingCode.ASYNC_OVERWRITE, copy, "writes " + where(bytes));
      }
      if (shadow().isRead(offset, bytes) && changes) {
        owner.asyncReads.conflict(warp, lane, "writes", offset, bytes);
      }
      long stamp = warp.stamp(lane) | (strong ? Stamp.STRONG : 0);
      long conflict = shadow().write(offset, bytes, stamp, warp.clocks);
      if (conflict != 0 && changes) {
        sharedRace(lane, "writes", bytes, conflict);
      }
    } else if (space == AddressSpace.GLOBAL) {
      long conflict = markGlobal(lane, bytes, strong, true);
      if (conflict != 0 && changes) {
        globalRace(lane, "writes", bytes, conflict);
      }
    }
    if (written.length != 0) {
      Arrays.fill(written, offset, offset + bytes, (byte) 1);
    }
  }

  /** Prepares a read-modify-write; {@link #update} completes it. */
  public void atomic(int lane, AddressSpace in, long address, int bytes) {
    locate(lane, in, address, bytes, "atomic");
    if (sanitize) {
      if (space == AddressSpace.SHARED) {
        owner.overwriting(warp, lane, offset, bytes);
        int copy = shadow().pendingCopy(offset, bytes);
        if (copy != 0) {
          owner.asyncConflict(
              warp, lane, FindingCode.ASYNC_OVERWRITE, copy, "writes " + where(bytes));
        }
        if (shadow().isRead(offset, bytes)) {
          owner.asyncReads.conflict(warp, lane, "updates", offset, bytes);
        }
        requireWritten(lane, bytes, FindingCode.UNINITIALIZED_SHARED);
        long stamp = warp.stamp(lane) | Stamp.STRONG;
        long conflict = shadow().write(offset, bytes, stamp, warp.clocks);
        if (conflict != 0) {
          sharedRace(lane, "updates", bytes, conflict);
        }
      } else if (space == AddressSpace.GLOBAL) {
        requireWritten(lane, bytes, FindingCode.UNINITIALIZED_GLOBAL);
        long conflict = markGlobal(lane, bytes, true, true);
        if (conflict != 0) {
          globalRace(lane, "updates", bytes, conflict);
        }
      }
    }
    owner.synchronization(space).acquire(warp, key());
    owner.synchronization(space).release(warp, key(), true);
  }

  /** Stores the new value of the location that {@link #atomic} found. */
  public void update(int bytes, long value) {
    Bytes.put(data, offset, bytes, value);
    block.cluster.progress++;
  }

  /** Finds a range of global memory, of any length and alignment, without noting an access. */
  void locateBulk(int lane, long address, int bytes, String what) {
    space = AddressSpace.GLOBAL;
    locateGlobal(lane, what, address, bytes);
  }

  /** Notes that an asynchronous copy reads the range that {@link #locateBulk} has found. */
  void noteBulkRead(int lane, int bytes) {
    if (sanitize) {
      requireWritten(lane, bytes, FindingCode.UNINITIALIZED_GLOBAL);
      checkProxy(lane, bytes, "reads");
      long conflict = markGlobal(lane, bytes, false, false);
      if (conflict != 0) {
        globalRace(lane, "reads", bytes, conflict);
      }
    }
  }

  /** What a thread of the cluster wrote through the generic proxy it must have fenced itself. */
  private void checkProxy(int lane, int bytes, String verb) {
    GlobalShadow shadow = launch.shadow(allocation());
    if (shadow == null) {
      return;
    }
    shadow.writers(
        offset,
        bytes,
        write -> {
          int writer = GlobalStamp.block(write);
          if ((write & GlobalStamp.ASYNC) != 0
              || !GlobalStamp.hasClock(write)
              || launch.clusterOf(writer) != block.cluster.index) {
            return;
          }
          int thread = GlobalStamp.thread(write);
          Warp other = block.cluster.blocks[launch.rankOf(writer)].warps[thread >> 5];
          int clock = GlobalStamp.clock(write);
          if (!other.globalFences.covers(thread & 31, clock, warp.seenOf(other))) {
            int line = launch.line(GlobalStamp.pc(write));
            warp.report(
                FindingCode.MISSING_PROXY_FENCE,
                lane,
                line,
                verb
                    + " "
                    + where(bytes)
                    + " through the asynchronous proxy; thread "
                    + thread
                    + " wrote it through the generic proxy at line "
                    + line
                    + " without a fence.proxy.async after it");
          }
        });
  }

  /**
   * Notes that an asynchronous copy writes the range that {@link #locateBulk} has found.
   *
   * @param waited whether the thread has waited for it; before, it is ordered before nothing
   * @param atomic whether it is a reduction
   */
  void noteBulkWrite(int lane, int bytes, boolean waited, boolean atomic) {
    if (!sanitize) {
      return;
    }
    if (atomic) {
      requireWritten(lane, bytes, FindingCode.UNINITIALIZED_GLOBAL);
    }
    Arrays.fill(written, offset, offset + bytes, (byte) 1);
    GlobalShadow shadow = launch.shadow(allocation());
    if (shadow == null) {
      return;
    }
    checkProxy(lane, bytes, "writes");
    int thread = warp.index * 32 + lane;
    int clock = waited ? warp.epoch() : Integer.MAX_VALUE;
    long stamp = GlobalStamp.of(warp.pc(), thread, clock, block.index, atomic) | GlobalStamp.ASYNC;
    long conflict = shadow.write(offset, bytes, stamp, warp);
    if (conflict != 0) {
      globalRace(lane, "writes", bytes, conflict);
    }
  }

  /** Finds the bytes without noting an access: for agents that check by other means. */
  void locate(int lane, AddressSpace in, long address, int bytes, String what) {
    long at = address;
    space = in;
    if (in == AddressSpace.GENERIC) {
      space = AddressSpace.of(address);
      at = address - space.window();
    }
    owner = block;
    if (space == AddressSpace.CLUSTER
        || (in == AddressSpace.GENERIC && space == AddressSpace.SHARED)) {
      space = AddressSpace.SHARED;
      owner = block.reach(warp, lane, at);
      at = AddressSpace.withinBlock(at);
    }
    if ((at & (bytes - 1)) != 0 && Integer.bitCount(bytes) == 1) {
      throw warp.fault(
          FindingCode.MISALIGNED,
          lane,
          what
              + " of "
              + bytes
              + " bytes at "
              + space.label()
              + " address 0x"
              + Long.toHexString(at)
              + ", which is not a multiple of "
              + bytes);
    }
    switch (space) {
      case SHARED -> {
        if (!owner.shared.contains(at, bytes)) {
          throw outOfBounds(lane, what, at, bytes, sharedExtent(at));
        }
        use(owner.shared.data, owner.shared.written, (int) at);
      }
      case LOCAL -> {
        if (at < 0 || at + bytes > warp.localBytes) {
          throw outOfBounds(
              lane,
              what,
              at,
              bytes,
              "the thread has " + warp.localBytes + " bytes of local memory");
        }
        use(warp.local, warp.localWritten, lane * warp.localBytes + (int) at);
      }
      case CONSTANT -> locateIn(lane, what, at, bytes, launch.program().constants());
      case PARAMETER -> locateIn(lane, what, at, bytes, launch.parameters());
      default -> locateGlobal(lane, what, at, bytes);
    }
  }

  private void locateIn(int lane, String what, long at, int bytes, byte[] memory) {
    if (at < 0 || at + bytes > memory.length) {
      throw outOfBounds(lane, what, at, bytes, "there are " + memory.length + " bytes");
    }
    use(memory, new byte[0], (int) at);
  }

  private void locateGlobal(int lane, String what, long at, int bytes) {
    Allocation a = allocation;
    if (a == null || at < a.base || at + bytes > a.base + a.size) {
      a = launch.memory().find(at);
      if (a == null || at + bytes > a.base + a.size) {
        throw outOfBounds(lane, what, at, bytes, nearest(at));
      }
      if (a.freed) {
        throw warp.fault(
            FindingCode.USE_AFTER_FREE,
            lane,
            what
                + " of "
                + bytes
                + " bytes at 0x"
                + Long.toHexString(at)
                + ": "
                + (at - a.base)
                + " bytes into an allocation of "
                + a.size
                + " that was freed");
      }
      allocation = a;
    }
    use(a.data, a.written, (int) (at - a.base));
  }

  private void use(byte[] bytes, byte[] flags, int at) {
    data = bytes;
    written = flags;
    offset = at;
  }

  private String nearest(long at) {
    Allocation before = launch.memory().before(at);
    if (before == null) {
      return "no allocation is near";
    }
    return "the allocation before it has "
        + before.size
        + " bytes from 0x"
        + Long.toHexString(before.base)
        + ", so the access starts at byte "
        + (at - before.base);
  }

  private String sharedExtent(long at) {
    if (at != AddressSpace.withinBlock(at)) {
      return "that is an address of .shared::cluster, in the block of rank "
          + AddressSpace.rank(at, block.rank);
    }
    return "the block has "
        + block.shared.size()
        + " bytes of shared memory from 0x"
        + Integer.toHexString(SharedMemory.BASE);
  }

  private RuntimeException outOfBounds(int lane, String what, long at, int bytes, String extent) {
    return warp.fault(
        FindingCode.OUT_OF_BOUNDS,
        lane,
        what
            + " of "
            + bytes
            + " bytes at "
            + space.label()
            + " address 0x"
            + Long.toHexString(at)
            + ": "
            + extent);
  }

  private void requireWritten(int lane, int bytes, FindingCode code) {
    for (int i = offset; i < offset + bytes; i++) {
      if (written[i] == 0) {
        warp.report(code, lane, 0, "reads " + where(bytes) + ", which nothing has written");
        return;
      }
    }
  }

  private SharedShadow shadow() {
    return java.util.Objects.requireNonNull(owner.shared.shadow);
  }

  private Allocation allocation() {
    return java.util.Objects.requireNonNull(allocation);
  }

  private long markGlobal(int lane, int bytes, boolean strong, boolean write) {
    GlobalShadow shadow = launch.shadow(allocation());
    if (shadow == null) {
      return 0;
    }
    int thread = warp.index * 32 + lane;
    long stamp = GlobalStamp.of(warp.pc(), thread, warp.epoch(), block.index, strong);
    return write
        ? shadow.write(offset, bytes, stamp, warp)
        : shadow.read(offset, bytes, stamp, warp);
  }

  private void sharedRace(int lane, String verb, int bytes, long other) {
    int line = launch.line(Stamp.pc(other));
    boolean copied = (other & Stamp.ASYNC) != 0;
    FindingCode code = copied ? FindingCode.ASYNC_NOT_VISIBLE : FindingCode.DATA_RACE;
    String what =
        (other & Stamp.BULK) != 0
            ? "; the bulk copy of line "
                + line
                + " wrote there, and nothing orders the two: wait for the phase of its mbarrier"
            : "; "
                + block.thread(other)
                + (copied ? " copied there asynchronously" : " accessed it")
                + " at line "
                + line
                + " and no barrier orders the two";
    warp.report(code, lane, line, verb + " " + where(bytes) + what);
  }

  private void globalRace(int lane, String verb, int bytes, long other) {
    int line = launch.line(GlobalStamp.pc(other));
    int otherBlock = GlobalStamp.block(other);
    String who =
        otherBlock == block.index
            ? "thread " + GlobalStamp.thread(other) + " of the same block"
            : otherBlock > GlobalStamp.MAX_BLOCKS
                ? "several blocks"
                : "block " + launch.blockName(otherBlock);
    warp.report(
        FindingCode.DATA_RACE,
        lane,
        line,
        verb
            + " "
            + where(bytes)
            + "; "
            + who
            + " accessed it at line "
            + line
            + " and nothing orders the two");
  }

  private long key() {
    return space == AddressSpace.GLOBAL ? allocation().base + offset : offset;
  }

  private String where(int bytes) {
    String range = bytes + " bytes at " + space.label() + " address 0x";
    return switch (space) {
      case GLOBAL ->
          range
              + Long.toHexString(allocation().base + offset)
              + " (byte "
              + offset
              + " of an allocation of "
              + allocation().size
              + ")";
      case LOCAL -> range + Integer.toHexString(offset % warp.localBytes);
      case SHARED ->
          range
              + Integer.toHexString(offset)
              + (owner == block ? "" : " of the block of rank " + owner.rank);
      default -> range + Integer.toHexString(offset);
    };
  }
}
