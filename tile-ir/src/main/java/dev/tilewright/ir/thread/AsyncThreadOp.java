package dev.tilewright.ir.thread;

import dev.tilewright.ir.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Operations of warp-specialised thread IR: code that some of the threads run, barriers in shared
 * memory, bulk copies, matrix products of a warp group. Named after PTX ISA 8.0, "Parallel
 * Synchronization and Communication Instructions", "Data Movement and Conversion Instructions:
 * Asynchronous copy" and "Asynchronous Warpgroup Level Matrix Instructions".
 *
 * <p>Shared addresses are {@code i32} bytes from the start of the block's shared memory, as
 * everywhere in thread IR. Where an operation takes the rank of a block in its cluster, the address
 * is one in that block's shared memory.
 */
public sealed interface AsyncThreadOp extends ThreadOp {

  /** Code that some of the threads run, without results. */
  sealed interface Partial extends AsyncThreadOp {
    @Override
    default List<ThreadValue> operands() {
      return List.of();
    }

    @Override
    default List<ThreadValue> results() {
      return List.of();
    }
  }

  /** Never removed, and in the order they are written in; a few have results. */
  sealed interface Ordered extends AsyncThreadOp, ThreadOp.Effect {
    @Override
    default List<ThreadValue> operands() {
      return List.of();
    }
  }

  // ---------------------------------------------------------------- who runs what

  /**
   * All threads of the block meet, then some consecutive warps run each region. What comes after is
   * run by every warp when it has come to the end of its region.
   *
   * @param warps of each region, in order; together those of the block
   * @param bodies as many, that yield nothing
   */
  record Roles(List<Integer> warps, List<ThreadBlock> bodies, Location location)
      implements Partial {
    public Roles {
      warps = List.copyOf(warps);
      bodies = List.copyOf(bodies);
      if (warps.size() != bodies.size()) {
        throw new IllegalArgumentException(
            bodies.size() + " regions for " + warps.size() + " numbers of warps");
      }
    }

    /** The first warp that runs a region. */
    public int firstWarp(int role) {
      return warps.subList(0, role).stream().mapToInt(Integer::intValue).sum();
    }

    @Override
    public List<ThreadBlock> regions() {
      return bodies;
    }

    @Override
    public Roles with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Roles(warps, b, location);
    }
  }

  /** One thread of the first warp of the role, or of the block outside roles, runs the region. */
  record Single(ThreadBlock body, Location location) implements Partial {
    @Override
    public List<ThreadBlock> regions() {
      return List.of(body);
    }

    @Override
    public Single with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Single(b.getFirst(), location);
    }
  }

  /**
   * Once all lanes of a warp are here, and see each other's writes, one of them runs the region.
   */
  record WarpLeader(ThreadBlock body, Location location) implements Partial {
    @Override
    public List<ThreadBlock> regions() {
      return List.of(body);
    }

    @Override
    public WarpLeader with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new WarpLeader(b.getFirst(), location);
    }
  }

  /** {@code setmaxnreg}: every warp of a warp group gives registers back, or waits to get them. */
  record SetMaxRegisters(int count, boolean increase, Location location) implements Ordered {
    @Override
    public SetMaxRegisters with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  // ---------------------------------------------------------------- barriers in memory

  /** {@code mbarrier.init}: 8 bytes, in phase 0, which {@code count} arrivals complete. */
  record MbarrierInit(ThreadValue address, int offset, int count, Location location)
      implements Ordered {
    @Override
    public List<ThreadValue> operands() {
      return List.of(address);
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public MbarrierInit with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new MbarrierInit(o.getFirst(), offset, count, location);
    }
  }

  /**
   * {@code mbarrier.arrive.expect_tx}: one arrival, by the executing thread, after announcing that
   * {@code bytes} more must be transferred in this phase.
   */
  record MbarrierExpect(ThreadValue address, int offset, int bytes, Location location)
      implements Ordered {
    @Override
    public List<ThreadValue> operands() {
      return List.of(address);
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public MbarrierExpect with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new MbarrierExpect(o.getFirst(), offset, bytes, location);
    }
  }

  /**
   * {@code mbarrier.arrive}: one arrival, by the executing thread.
   *
   * @param rank an {@code i32}: the block of the cluster whose barrier it is; absent: this one
   */
  record MbarrierArrive(
      ThreadValue address, int offset, Optional<ThreadValue> rank, Location location)
      implements Ordered {
    public MbarrierArrive(ThreadValue address, int offset, Location location) {
      this(address, offset, Optional.empty(), location);
    }

    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address), rank.stream()).toList();
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public MbarrierArrive with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new MbarrierArrive(o.getFirst(), offset, rank.map(_ -> o.getLast()), location);
    }
  }

  /**
   * {@code mbarrier.try_wait.parity} until it is true: the phase of that parity has completed.
   *
   * @param parity an {@code i32}, 0 or 1
   */
  record MbarrierWait(ThreadValue address, int offset, ThreadValue parity, Location location)
      implements Ordered {
    @Override
    public List<ThreadValue> operands() {
      return List.of(address, parity);
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public MbarrierWait with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new MbarrierWait(o.get(0), offset, o.get(1), location);
    }
  }

  /** {@code fence.mbarrier_init}: the barriers this thread made are visible to the cluster. */
  record FenceMbarrierInit(Location location) implements Ordered {
    @Override
    public FenceMbarrierInit with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /**
   * {@code fence.proxy.async}: bulk copies and group products see what this thread wrote to shared
   * memory.
   */
  record FenceProxyAsync(Location location) implements Ordered {
    @Override
    public FenceProxyAsync with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  // ---------------------------------------------------------------- flags in global memory

  /**
   * Raises a flag, an {@code i32} in global memory, with release semantics for the device: {@code
   * st.release.gpu}.
   *
   * @param predicate when present and false, nothing happens: another thread does it
   */
  record Signal(ThreadValue address, int offset, Optional<ThreadValue> predicate, Location location)
      implements Ordered {
    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address), predicate.stream()).toList();
    }

    @Override
    public Signal with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Signal(o.getFirst(), offset, predicate.map(_ -> o.getLast()), location);
    }
  }

  /**
   * Waits until a flag is raised, with acquire semantics for the device, and lowers it: {@code
   * ld.acquire.gpu} until it is not zero, then {@code st.relaxed.gpu} of zero.
   *
   * @param predicate when present and false, nothing happens: another thread does it
   */
  record Await(ThreadValue address, int offset, Optional<ThreadValue> predicate, Location location)
      implements Ordered {
    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address), predicate.stream()).toList();
    }

    @Override
    public Await with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Await(o.getFirst(), offset, predicate.map(_ -> o.getLast()), location);
    }
  }

  /**
   * Adds one to a counter, an {@code i32} in global memory, unless it has come to {@code last}:
   * then it becomes zero. {@code atom.relaxed.gpu.inc}.
   *
   * @param result what the counter held; undefined where the predicate is false
   * @param predicate when present and false, nothing happens: another thread does it
   */
  record FetchIncrement(
      ThreadValue result,
      ThreadValue address,
      int offset,
      ThreadValue last,
      Optional<ThreadValue> predicate,
      Location location)
      implements Ordered {
    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address, last), predicate.stream()).toList();
    }

    @Override
    public List<ThreadValue> results() {
      return List.of(result);
    }

    @Override
    public FetchIncrement with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new FetchIncrement(
          r.getFirst(), o.get(0), offset, o.get(1), predicate.map(_ -> o.getLast()), location);
    }
  }

  // ---------------------------------------------------------------- clusters

  /**
   * {@code barrier.cluster.arrive}, by all threads of the cluster.
   *
   * @param relaxed whether it orders no memory accesses
   */
  record ClusterArrive(boolean relaxed, Location location) implements Ordered {
    @Override
    public ClusterArrive with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /** {@code barrier.cluster.wait}: until all threads of the cluster have arrived. */
  record ClusterWait(Location location) implements Ordered {
    @Override
    public ClusterWait with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  // ---------------------------------------------------------------- bulk copies

  /**
   * {@code cp.async.bulk.tensor} from global to shared memory, issued by the executing thread:
   * copies the box at the coordinates and then adds its bytes to what the barrier has counted.
   *
   * @param map a {@link ThreadParameter.TensorMap}'s value
   * @param coordinates {@code i32} elements, innermost first
   * @param multicastMask an {@code i32}: bit i for the block of rank i, which gets the box, and the
   *     bytes counted, at the same offsets in its own shared memory; absent: this block alone
   */
  record BulkLoad(
      ThreadValue map,
      ThreadValue shared,
      int sharedOffset,
      List<ThreadValue> coordinates,
      ThreadValue barrier,
      int barrierOffset,
      Optional<ThreadValue> multicastMask,
      Location location)
      implements Ordered {
    public BulkLoad {
      coordinates = List.copyOf(coordinates);
    }

    @Override
    public List<ThreadValue> operands() {
      return Stream.of(
              Stream.of(shared, barrier, map), coordinates.stream(), multicastMask.stream())
          .flatMap(values -> values)
          .toList();
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0, 1);
    }

    @Override
    public BulkLoad with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new BulkLoad(
          o.get(2),
          o.get(0),
          sharedOffset,
          o.subList(3, 3 + coordinates.size()),
          o.get(1),
          barrierOffset,
          multicastMask.map(_ -> o.getLast()),
          location);
    }
  }

  /** {@code cp.async.bulk.tensor} from shared to global memory, issued by the executing thread. */
  record BulkStore(
      ThreadValue map,
      ThreadValue shared,
      int sharedOffset,
      List<ThreadValue> coordinates,
      Location location)
      implements Ordered {
    public BulkStore {
      coordinates = List.copyOf(coordinates);
    }

    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(shared, map), coordinates.stream()).toList();
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public BulkStore with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new BulkStore(o.get(1), o.get(0), sharedOffset, o.subList(2, o.size()), location);
    }
  }

  /** {@code cp.async.bulk.commit_group}: closes the group of this thread's bulk stores. */
  record BulkCommit(Location location) implements Ordered {
    @Override
    public BulkCommit with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /**
   * {@code cp.async.bulk.wait_group}: until at most {@code pending} of the thread's newest groups
   * are not complete.
   *
   * @param readOnly whether it is enough that they have read shared memory
   */
  record BulkWait(int pending, boolean readOnly, Location location) implements Ordered {
    @Override
    public BulkWait with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /** {@code prefetch.tensormap}: the map will be needed soon. */
  record PrefetchTensorMap(ThreadValue map, Location location) implements Ordered {
    @Override
    public List<ThreadValue> operands() {
      return List.of(map);
    }

    @Override
    public PrefetchTensorMap with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new PrefetchTensorMap(o.getFirst(), location);
    }
  }

  // ---------------------------------------------------------------- matrix products

  /**
   * {@code wgmma.mma_async}: {@code a · b + c} by a warp group, asynchronously. Between a {@link
   * GroupMmaFence} and a {@link GroupMmaCommit}, among nothing but its like and what computes
   * descriptors. The results overwrite the registers of {@code c}. They are in flight until a
   * {@link GroupMmaWait} that takes them as values: until then only another product, as {@code c},
   * or a loop, as what it carries, may use them; nor may registers of {@code a} be written again.
   *
   * @param instruction one of the target's {@link dev.tilewright.ir.target.GroupMma}: {@code
   *     wgmma.m64n256k16.f32.bf16.bf16}
   * @param results 32-bit registers: vectors of consecutive elements of the accumulator's layout
   * @param a one {@code i64}, a {@link ThreadOp.MatrixDescriptor}, or 32-bit registers of a's
   *     layout
   * @param b a {@link ThreadOp.MatrixDescriptor}
   * @param c as many as results, or none: zero
   * @param accumulate when present and false, {@code c} counts as zero
   * @param transposeA whether a lies in shared memory with m contiguous
   * @param transposeB whether b lies in shared memory with n contiguous
   */
  record GroupMma(
      String instruction,
      List<ThreadValue> results,
      List<ThreadValue> a,
      ThreadValue b,
      List<ThreadValue> c,
      Optional<ThreadValue> accumulate,
      boolean transposeA,
      boolean transposeB,
      Location location)
      implements Ordered {
    public GroupMma {
      results = List.copyOf(results);
      a = List.copyOf(a);
      c = List.copyOf(c);
      if (!c.isEmpty() && c.size() != results.size()) {
        throw new IllegalArgumentException(
            c.size() + " registers of c for " + results.size() + " results");
      }
    }

    /** Whether a is in registers. */
    public boolean registersA() {
      return a.size() > 1;
    }

    @Override
    public List<ThreadValue> operands() {
      List<ThreadValue> all = new ArrayList<>(a);
      all.add(b);
      all.addAll(c);
      accumulate.ifPresent(all::add);
      return List.copyOf(all);
    }

    @Override
    public GroupMma with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> blocks) {
      int cStart = a.size() + 1;
      return new GroupMma(
          instruction,
          r,
          o.subList(0, a.size()),
          o.get(a.size()),
          o.subList(cStart, cStart + c.size()),
          accumulate.map(_ -> o.getLast()),
          transposeA,
          transposeB,
          location);
    }
  }

  /**
   * {@code wgmma.fence}: orders the registers, as they are now, before the products that follow.
   */
  record GroupMmaFence(Location location) implements Ordered {
    @Override
    public GroupMmaFence with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /** {@code wgmma.commit_group}: closes the group of the warp's products since the last one. */
  record GroupMmaCommit(Location location) implements Ordered {
    @Override
    public GroupMmaCommit with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /**
   * {@code wgmma.wait_group}: until at most {@code pending} of the warp's newest groups are in
   * flight.
   *
   * @param results the values, now fit to be used, in the same registers
   * @param values results of products that are no longer in flight
   */
  record GroupMmaWait(
      List<ThreadValue> results, List<ThreadValue> values, int pending, Location location)
      implements Ordered {
    public GroupMmaWait {
      results = List.copyOf(results);
      values = List.copyOf(values);
      if (results.size() != values.size()) {
        throw new IllegalArgumentException(
            results.size() + " results for " + values.size() + " values");
      }
    }

    /** A wait for everything but {@code pending} groups; results have the values' types. */
    public static GroupMmaWait of(List<ThreadValue> values, int pending, ThreadBuilder out) {
      List<ThreadValue> results =
          IntStream.range(0, values.size()).mapToObj(i -> out.fresh(values.get(i).type())).toList();
      return out.add(new GroupMmaWait(results, values, pending, out.location()));
    }

    @Override
    public List<ThreadValue> operands() {
      return values;
    }

    @Override
    public GroupMmaWait with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new GroupMmaWait(r, o, pending, location);
    }
  }
}
