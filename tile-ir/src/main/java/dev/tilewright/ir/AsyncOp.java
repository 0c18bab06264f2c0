package dev.tilewright.ir;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Operations of warp-specialised programs: asynchronous references and roles, and what they are
 * lowered to, bulk copies, matrix products of a warp group and barriers in memory.
 *
 * <p>Down to {@code LowerAsync} a program speaks of arefs; after it of barriers, slots and
 * parities. Erasing roles and arefs (acquire, commit, acquire, release are a copy) leaves a program
 * that computes the same.
 */
public sealed interface AsyncOp extends Op {

  @Override
  default List<Value> operands() {
    return List.of();
  }

  @Override
  default List<Value> results() {
    return List.of();
  }

  // ---------------------------------------------------------------- roles

  /**
   * The warp groups of a block, each of which executes one region; all threads meet before. A role
   * uses parameters, scalars, arefs and barriers from outside; tiles never cross.
   *
   * @param roles in order of their warps
   * @param bodies as many regions, without arguments, that yield nothing
   */
  record Roles(List<Role> roles, List<Block> bodies, Location location) implements AsyncOp {
    public Roles {
      roles = List.copyOf(roles);
      bodies = List.copyOf(bodies);
      if (roles.size() != bodies.size()) {
        throw new IllegalArgumentException(
            bodies.size() + " regions for " + roles.size() + " roles");
      }
    }

    /** The roles of a function, which stand in its body; empty when all warps do the same. */
    public static Optional<Roles> of(KernelFunction function) {
      return function.body().ops().stream()
          .filter(Roles.class::isInstance)
          .map(Roles.class::cast)
          .findFirst();
    }

    /** The first warp of a role. */
    public int firstWarp(int role) {
      return roles.subList(0, role).stream().mapToInt(Role::warps).sum();
    }

    /** Warps of all roles. */
    public int warps() {
      return firstWarp(roles.size());
    }

    @Override
    public List<Block> regions() {
      return bodies;
    }

    @Override
    public Roles with(List<Value> o, List<Value> r, List<Block> b) {
      return new Roles(roles, b, location);
    }
  }

  /**
   * What some warps of a block do.
   *
   * @param registers of each thread, where warps trade registers; absent: as launched
   * @param single whether one thread does all of it: true of roles that only issue copies
   */
  record Role(String name, int warps, OptionalInt registers, boolean single) {}

  // ---------------------------------------------------------------- asynchronous references

  /**
   * An aref over rings in shared memory, which belong to it alone.
   *
   * @param rings allocations whose dimension 0 counts slots
   */
  record ArefCreate(Value result, List<Value> rings, Location location) implements AsyncOp {
    public ArefCreate {
      rings = List.copyOf(rings);
    }

    @Override
    public List<Value> operands() {
      return rings;
    }

    @Override
    public List<Value> results() {
      return List.of(result);
    }

    @Override
    public ArefCreate with(List<Value> o, List<Value> r, List<Block> b) {
      return new ArefCreate(r.get(0), o, location);
    }
  }

  /**
   * Waits for the next slot to be empty, and takes it for writing.
   *
   * @param results the token, then a view of each buffer of the slot
   */
  record AcquireWrite(List<Value> results, Value aref, Location location) implements AsyncOp {
    public AcquireWrite {
      results = List.copyOf(results);
    }

    public Value token() {
      return results.getFirst();
    }

    public List<Value> views() {
      return results.subList(1, results.size());
    }

    @Override
    public List<Value> operands() {
      return List.of(aref);
    }

    @Override
    public AcquireWrite with(List<Value> o, List<Value> r, List<Block> b) {
      return new AcquireWrite(r, o.get(0), location);
    }
  }

  /** What makes a written slot full. */
  enum Completion {
    /** The arrival of the bytes of its {@link BulkLoad}s. */
    BULK,
    /** The completion of the writers' {@link Op.CopyAsync}s. */
    COPY_GROUP,
    /** The writers, who have written with ordinary stores. */
    GENERIC,
    /** The end of matrix products that write it. */
    MMA
  }

  /** The slot is full when its writes have completed. Uses up the token. */
  record Commit(Value token, Completion completion, Location location) implements AsyncOp {
    @Override
    public List<Value> operands() {
      return List.of(token);
    }

    @Override
    public Commit with(List<Value> o, List<Value> r, List<Block> b) {
      return new Commit(o.get(0), completion, location);
    }
  }

  /**
   * Waits for the next slot to be full, and borrows it for reading.
   *
   * @param results the token, then a view of each buffer of the slot
   */
  record AcquireRead(List<Value> results, Value aref, Location location) implements AsyncOp {
    public AcquireRead {
      results = List.copyOf(results);
    }

    public Value token() {
      return results.getFirst();
    }

    public List<Value> views() {
      return results.subList(1, results.size());
    }

    @Override
    public List<Value> operands() {
      return List.of(aref);
    }

    @Override
    public AcquireRead with(List<Value> o, List<Value> r, List<Block> b) {
      return new AcquireRead(r, o.get(0), location);
    }
  }

  /**
   * Gives a borrowed slot back. Uses up the token.
   *
   * @param after operations that read the slot and must have ended before it is empty: {@link
   *     Type.Pending}
   */
  record Release(Value token, List<Value> after, Location location) implements AsyncOp {
    public Release {
      after = List.copyOf(after);
    }

    @Override
    public List<Value> operands() {
      return Stream.concat(Stream.of(token), after.stream()).toList();
    }

    @Override
    public Release with(List<Value> o, List<Value> r, List<Block> b) {
      return new Release(o.get(0), o.subList(1, o.size()), location);
    }
  }

  // ---------------------------------------------------------------- bulk copies

  /**
   * One thread has a block of a tensor copied to a shared buffer of the same shape; elements
   * outside the tensor become zero. Within an acquired slot; complete when the slot is full.
   *
   * @param parts 1; or the blocks of the cluster, which all copy the same: each of them copies one
   *     part, to all
   * @param barrier after {@code LowerAsync}: what counts the bytes
   */
  record BulkLoad(
      Value shared,
      Value tensor,
      List<Value> offsets,
      int parts,
      Optional<Mbarrier> barrier,
      Location location)
      implements AsyncOp {
    public BulkLoad {
      offsets = List.copyOf(offsets);
    }

    @Override
    public List<Value> operands() {
      return Stream.of(
              Stream.of(shared, tensor),
              offsets.stream(),
              barrier.stream().flatMap(Mbarrier::values))
          .flatMap(values -> values)
          .toList();
    }

    @Override
    public BulkLoad with(List<Value> o, List<Value> r, List<Block> b) {
      int end = 2 + offsets.size();
      return new BulkLoad(
          o.get(0),
          o.get(1),
          o.subList(2, end),
          parts,
          barrier.map(_ -> new Mbarrier(o.get(end), o.get(end + 1))),
          location);
    }
  }

  /**
   * One thread has a shared buffer copied to a tensor; elements outside the tensor are dropped. The
   * buffer may be written again after a {@link BulkWait} of the same thread.
   */
  record BulkStore(Value tensor, List<Value> offsets, Value shared, Location location)
      implements AsyncOp {
    public BulkStore {
      offsets = List.copyOf(offsets);
    }

    @Override
    public List<Value> operands() {
      return Stream.concat(Stream.of(tensor, shared), offsets.stream()).toList();
    }

    @Override
    public BulkStore with(List<Value> o, List<Value> r, List<Block> b) {
      return new BulkStore(o.get(0), o.subList(2, o.size()), o.get(1), location);
    }
  }

  /** Closes the group of the bulk stores issued since the last one. */
  record BulkCommit(Location location) implements AsyncOp {
    @Override
    public BulkCommit with(List<Value> o, List<Value> r, List<Block> b) {
      return this;
    }
  }

  /**
   * Waits until at most {@code pending} of the newest groups of bulk stores have not read their
   * buffers.
   */
  record BulkWait(int pending, Location location) implements AsyncOp {
    @Override
    public BulkWait with(List<Value> o, List<Value> r, List<Block> b) {
      return this;
    }
  }

  /** What this thread wrote to shared memory is visible to bulk copies and group products. */
  record ProxyFence(Location location) implements AsyncOp {
    @Override
    public ProxyFence with(List<Value> o, List<Value> r, List<Block> b) {
      return this;
    }
  }

  // ---------------------------------------------------------------- matrix products

  /**
   * {@code acc + a · b} by whole warp groups, asynchronously: buffers may be reused once {@code
   * pending} has ended. The result is a value like any other; {@code LowerAsync} places the waits
   * that its uses need.
   *
   * @param a a shared buffer, or a tile in registers
   * @param b a shared buffer
   * @param transposeA whether the buffer holds a transposed, k×m
   * @param transposeB whether the buffer holds b transposed, n×k
   * @param instruction one of the target's {@link dev.tilewright.ir.target.GroupMma}
   */
  record MmaAsync(
      Value result,
      Value pending,
      Value a,
      Value b,
      Value acc,
      boolean transposeA,
      boolean transposeB,
      String instruction,
      Location location)
      implements AsyncOp {
    @Override
    public List<Value> operands() {
      return List.of(a, b, acc);
    }

    @Override
    public List<Value> results() {
      return List.of(result, pending);
    }

    @Override
    public MmaAsync with(List<Value> o, List<Value> r, List<Block> blocks) {
      return new MmaAsync(
          r.get(0),
          r.get(1),
          o.get(0),
          o.get(1),
          o.get(2),
          transposeA,
          transposeB,
          instruction,
          location);
    }
  }

  /**
   * Waits until at most {@code pending} of the newest products have not ended.
   *
   * @param results the values, now fit to be read
   * @param values accumulators of products that have then ended
   */
  record MmaWait(List<Value> results, List<Value> values, int pending, Location location)
      implements AsyncOp {
    public MmaWait {
      results = List.copyOf(results);
      values = List.copyOf(values);
    }

    @Override
    public List<Value> operands() {
      return values;
    }

    @Override
    public MmaWait with(List<Value> o, List<Value> r, List<Block> b) {
      return new MmaWait(r, o, pending, location);
    }
  }

  // ---------------------------------------------------------------- barriers in memory

  /** One of an array of barriers, and its number, an {@code i32}. */
  record Mbarrier(Value array, Value index) {
    Stream<Value> values() {
      return Stream.of(array, index);
    }
  }

  /**
   * Barriers, each in phase 0 and complete when {@code arrivals} have arrived and all expected
   * bytes have been transferred.
   *
   * @param offset its place in bytes, set by {@code PlanMemory}
   */
  record MbarrierCreate(Value result, int arrivals, OptionalInt offset, Location location)
      implements AsyncOp {
    @Override
    public List<Value> results() {
      return List.of(result);
    }

    @Override
    public MbarrierCreate with(List<Value> o, List<Value> r, List<Block> b) {
      return new MbarrierCreate(r.get(0), arrivals, offset, location);
    }
  }

  /** Waits until the phase of that parity, an {@code i32} of 0 or 1, has completed. */
  record MbarrierWait(Mbarrier barrier, Value parity, Location location) implements AsyncOp {
    @Override
    public List<Value> operands() {
      return List.of(barrier.array(), barrier.index(), parity);
    }

    @Override
    public MbarrierWait with(List<Value> o, List<Value> r, List<Block> b) {
      return new MbarrierWait(new Mbarrier(o.get(0), o.get(1)), o.get(2), location);
    }
  }

  /** One arrival, by one thread, which announces bytes that must be transferred too. */
  record MbarrierExpect(Mbarrier barrier, int bytes, Location location) implements AsyncOp {
    @Override
    public List<Value> operands() {
      return List.of(barrier.array(), barrier.index());
    }

    @Override
    public MbarrierExpect with(List<Value> o, List<Value> r, List<Block> b) {
      return new MbarrierExpect(new Mbarrier(o.get(0), o.get(1)), bytes, location);
    }
  }

  /**
   * One arrival of each warp of the role, once all its lanes are here.
   *
   * @param blocks 1; or the blocks of the cluster, at whose barriers of that place it arrives
   */
  record MbarrierArrive(Mbarrier barrier, int blocks, Location location) implements AsyncOp {
    @Override
    public List<Value> operands() {
      return List.of(barrier.array(), barrier.index());
    }

    @Override
    public MbarrierArrive with(List<Value> o, List<Value> r, List<Block> b) {
      return new MbarrierArrive(new Mbarrier(o.get(0), o.get(1)), blocks, location);
    }
  }
}
