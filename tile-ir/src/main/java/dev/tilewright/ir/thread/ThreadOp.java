package dev.tilewright.ir.thread;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Every operation of thread IR. Elementwise operations take scalars or vectors of one type. Global
 * addresses are {@code i64} bytes, shared addresses {@code i32} bytes from the start of the block's
 * shared memory.
 */
public sealed interface ThreadOp
    permits ThreadOp.Pure,
        ThreadOp.Effect,
        ThreadOp.GlobalLoad,
        ThreadOp.SharedLoad,
        ThreadOp.LoadMatrix,
        ThreadOp.Mma,
        ThreadOp.ShuffleXor,
        ThreadOp.ShuffleIndex,
        ThreadOp.For,
        ThreadOp.While,
        ThreadOp.If,
        ThreadOp.Yield,
        AsyncThreadOp {

  List<ThreadValue> operands();

  List<ThreadValue> results();

  default List<ThreadBlock> regions() {
    return List.of();
  }

  Location location();

  /** Which of the operands, by position, are shared addresses. */
  default List<Integer> sharedOperands() {
    return List.of();
  }

  /** The same operation over other values; the lists have the lengths of the accessors' lists. */
  ThreadOp with(List<ThreadValue> operands, List<ThreadValue> results, List<ThreadBlock> regions);

  // ---------------------------------------------------------------- arithmetic

  /** A number; of a vector, the same in every element. */
  record Constant(ThreadValue result, Literal value, Location location) implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of();
    }

    @Override
    public Constant with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Constant(r.get(0), value, location);
    }
  }

  record Special(ThreadValue result, SpecialRegister register, Location location) implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of();
    }

    @Override
    public Special with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Special(r.get(0), register, location);
    }
  }

  record Unary(ThreadValue result, UnaryKind kind, ThreadValue x, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x);
    }

    @Override
    public Unary with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Unary(r.get(0), kind, o.get(0), location);
    }
  }

  record Binary(
      ThreadValue result, BinaryKind kind, ThreadValue x, ThreadValue y, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x, y);
    }

    @Override
    public Binary with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Binary(r.get(0), kind, o.get(0), o.get(1), location);
    }
  }

  /** {@code x * y + z} on floats, rounded once. */
  record Fma(ThreadValue result, ThreadValue x, ThreadValue y, ThreadValue z, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x, y, z);
    }

    @Override
    public Fma with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Fma(r.get(0), o.get(0), o.get(1), o.get(2), location);
    }
  }

  /** Of scalars; the result is a predicate. */
  record Compare(
      ThreadValue result,
      ComparePredicate predicate,
      ThreadValue x,
      ThreadValue y,
      Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x, y);
    }

    @Override
    public Compare with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Compare(r.get(0), predicate, o.get(0), o.get(1), location);
    }
  }

  record Select(
      ThreadValue result, ThreadValue condition, ThreadValue x, ThreadValue y, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(condition, x, y);
    }

    @Override
    public Select with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Select(r.get(0), o.get(0), o.get(1), o.get(2), location);
    }
  }

  /** Conversion of every element, with tile IR's meaning of {@code Cast}. */
  record Convert(
      ThreadValue result, ThreadValue x, Rounding rounding, boolean saturate, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x);
    }

    @Override
    public Convert with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Convert(r.get(0), o.get(0), rounding, saturate, location);
    }
  }

  /** The same bits under another type of as many bits. */
  record Bitcast(ThreadValue result, ThreadValue x, Location location) implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x);
    }

    @Override
    public Bitcast with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Bitcast(r.get(0), o.get(0), location);
    }
  }

  /**
   * Any four of the eight bytes of two {@code u32} (PTX ISA, {@code prmt}).
   *
   * @param low the bytes 0 to 3
   * @param high the bytes 4 to 7
   * @param selector for every byte of the result, lowest first, four bits: the byte that it is
   */
  record BytePermute(
      ThreadValue result, ThreadValue low, ThreadValue high, int selector, Location location)
      implements Pure {
    public BytePermute {
      if ((selector & ~0x7777) != 0) {
        throw new IllegalArgumentException("no selector of bytes: 0x%X".formatted(selector));
      }
    }

    /**
     * @param bytes for every byte of the result, lowest first, the byte that it is
     */
    public static BytePermute of(
        ThreadValue result,
        ThreadValue low,
        ThreadValue high,
        List<Integer> bytes,
        Location location) {
      int selector = 0;
      for (int i = 0; i < bytes.size(); i++) {
        selector |= bytes.get(i) << 4 * i;
      }
      return new BytePermute(result, low, high, selector, location);
    }

    /** Which byte of both words byte {@code i} of the result is. */
    public int source(int i) {
      return selector >> 4 * i & 7;
    }

    @Override
    public List<ThreadValue> operands() {
      return List.of(low, high);
    }

    @Override
    public BytePermute with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new BytePermute(r.get(0), o.get(0), o.get(1), selector, location);
    }
  }

  /**
   * A table of eight bytes read at four places: as {@link BytePermute}, but which bytes is known
   * only when it runs (PTX ISA, {@code prmt}).
   *
   * @param low the bytes 0 to 3
   * @param high the bytes 4 to 7
   * @param places a {@code u32}: bits 0 to 2 of each of its four lowest groups of four bits, lowest
   *     first, say which byte; bit 3 of them is zero, and what is above does not matter
   */
  record ByteLookup(
      ThreadValue result, ThreadValue low, ThreadValue high, ThreadValue places, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(low, high, places);
    }

    @Override
    public ByteLookup with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new ByteLookup(r.get(0), o.get(0), o.get(1), o.get(2), location);
    }
  }

  /**
   * 32 of the 64 bits of two {@code u32}, from bit {@code amount} on (PTX ISA, {@code shf.r}).
   *
   * @param low bits 0 to 31
   * @param high bits 32 to 63
   * @param amount from 0 to 31
   */
  record FunnelShift(
      ThreadValue result, ThreadValue low, ThreadValue high, int amount, Location location)
      implements Pure {
    public FunnelShift {
      if (amount < 0 || amount > 31) {
        throw new IllegalArgumentException("a funnel shift by " + amount);
      }
    }

    @Override
    public List<ThreadValue> operands() {
      return List.of(low, high);
    }

    @Override
    public FunnelShift with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new FunnelShift(r.get(0), o.get(0), o.get(1), amount, location);
    }
  }

  /** A vector of its elements, lowest first. */
  record Build(ThreadValue result, List<ThreadValue> elements, Location location) implements Pure {
    public Build {
      elements = List.copyOf(elements);
    }

    @Override
    public List<ThreadValue> operands() {
      return elements;
    }

    @Override
    public Build with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Build(r.get(0), o, location);
    }
  }

  /** One element, or {@code result.type().lanes()} consecutive ones, from {@code index} on. */
  record Extract(ThreadValue result, ThreadValue vector, int index, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(vector);
    }

    @Override
    public Extract with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Extract(r.get(0), o.get(0), index, location);
    }
  }

  /**
   * What a matrix product of a warp group knows of a matrix in shared memory, an {@code i64} (PTX
   * ISA, "Matrix Descriptor Format"): {@code ((address + offset) & 0x3FFFF) >> 4} in bits 0 to 13,
   * beside {@code bits}.
   *
   * @param address a shared address, a multiple of 16 with the offset
   * @param bits strides and swizzle; bits 0 to 13 are zero
   */
  record MatrixDescriptor(
      ThreadValue result, ThreadValue address, int offset, long bits, Location location)
      implements Pure {
    @Override
    public List<ThreadValue> operands() {
      return List.of(address);
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public MatrixDescriptor with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new MatrixDescriptor(r.get(0), o.get(0), offset, bits, location);
    }
  }

  // ---------------------------------------------------------------- memory

  /**
   * Reads {@code result.type().bytes()} bytes, aligned to their number.
   *
   * @param predicate when present and false, memory is not touched and the result is all zero bits
   */
  record GlobalLoad(
      ThreadValue result,
      ThreadValue address,
      int offset,
      Optional<ThreadValue> predicate,
      Location location)
      implements ThreadOp {
    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address), predicate.stream()).toList();
    }

    @Override
    public List<ThreadValue> results() {
      return List.of(result);
    }

    @Override
    public GlobalLoad with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new GlobalLoad(r.get(0), o.get(0), offset, predicate.map(_ -> o.get(1)), location);
    }
  }

  /** Writes a value, aligned to its size; when the predicate is false, nothing happens. */
  record GlobalStore(
      ThreadValue address,
      int offset,
      ThreadValue value,
      Optional<ThreadValue> predicate,
      Location location)
      implements Effect {
    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address, value), predicate.stream()).toList();
    }

    @Override
    public GlobalStore with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new GlobalStore(o.get(0), offset, o.get(1), predicate.map(_ -> o.get(2)), location);
    }
  }

  record SharedLoad(ThreadValue result, ThreadValue address, int offset, Location location)
      implements ThreadOp {
    @Override
    public List<ThreadValue> operands() {
      return List.of(address);
    }

    @Override
    public List<ThreadValue> results() {
      return List.of(result);
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public SharedLoad with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new SharedLoad(r.get(0), o.get(0), offset, location);
    }
  }

  record SharedStore(
      ThreadValue address,
      int offset,
      ThreadValue value,
      Optional<ThreadValue> predicate,
      Location location)
      implements Effect {
    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address, value), predicate.stream()).toList();
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public SharedStore with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new SharedStore(o.get(0), offset, o.get(1), predicate.map(_ -> o.get(2)), location);
    }
  }

  /**
   * {@code ldmatrix}: the warp loads 1, 2 or 4 matrices of 8×8 16-bit elements, one per result.
   * Lane {@code 8i + r} gives the address of row {@code r} of matrix {@code i}, 16 bytes; each
   * result is two elements of 16 bits (or four of 8): row {@code lane / 4}, columns {@code 2 (lane
   * % 4)} and the next, of the matrix or, transposed, of its transpose.
   */
  record LoadMatrix(
      List<ThreadValue> results,
      boolean transposed,
      ThreadValue address,
      int offset,
      Location location)
      implements ThreadOp {
    public LoadMatrix {
      results = List.copyOf(results);
    }

    @Override
    public List<ThreadValue> operands() {
      return List.of(address);
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public LoadMatrix with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new LoadMatrix(r, transposed, o.get(0), offset, location);
    }
  }

  /**
   * {@code stmatrix}: the warp stores 1, 2 or 4 matrices of 8×8 16-bit elements, one from each
   * value; the inverse of {@link LoadMatrix}.
   */
  record StoreMatrix(
      List<ThreadValue> values,
      boolean transposed,
      ThreadValue address,
      int offset,
      Location location)
      implements Effect {
    public StoreMatrix {
      values = List.copyOf(values);
    }

    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(address), values.stream()).toList();
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public StoreMatrix with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new StoreMatrix(o.subList(1, o.size()), transposed, o.get(0), offset, location);
    }
  }

  /**
   * {@code cp.async}: copies {@code bytes} bytes from global to shared memory.
   *
   * @param sourceBytes an {@code i32}: how many bytes to read, from 0 to {@code bytes}; the rest
   *     becomes zero
   * @param predicate when present and false, nothing happens: another thread copies this part
   */
  record AsyncCopy(
      int bytes,
      ThreadValue shared,
      int sharedOffset,
      ThreadValue global,
      int globalOffset,
      Optional<ThreadValue> sourceBytes,
      Optional<ThreadValue> predicate,
      Location location)
      implements Effect {
    @Override
    public List<ThreadValue> operands() {
      return Stream.of(Stream.of(shared, global), sourceBytes.stream(), predicate.stream())
          .flatMap(values -> values)
          .toList();
    }

    @Override
    public List<Integer> sharedOperands() {
      return List.of(0);
    }

    @Override
    public AsyncCopy with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new AsyncCopy(
          bytes,
          o.get(0),
          sharedOffset,
          o.get(1),
          globalOffset,
          sourceBytes.map(_ -> o.get(2)),
          predicate.map(_ -> o.getLast()),
          location);
    }
  }

  record AsyncCommit(Location location) implements Effect {
    @Override
    public List<ThreadValue> operands() {
      return List.of();
    }

    @Override
    public AsyncCommit with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /** Waits until at most {@code pending} of the thread's newest groups are not complete. */
  record AsyncWait(int pending, Location location) implements Effect {
    @Override
    public List<ThreadValue> operands() {
      return List.of();
    }

    @Override
    public AsyncWait with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  /**
   * Threads meet here: all of the block, or those that name the same barrier.
   *
   * @param id absent: barrier 0
   * @param threads how many meet, a multiple of a warp's; absent: all of the block
   */
  record Barrier(OptionalInt id, OptionalInt threads, Location location) implements Effect {
    public Barrier(Location location) {
      this(OptionalInt.empty(), OptionalInt.empty(), location);
    }

    @Override
    public List<ThreadValue> operands() {
      return List.of();
    }

    @Override
    public Barrier with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return this;
    }
  }

  // ---------------------------------------------------------------- warp

  /**
   * A matrix instruction of the target, by its {@link dev.tilewright.ir.target.MmaInstruction}
   * name. Fragments are given as 32-bit (for f64, 64-bit) registers: vectors of consecutive
   * elements of the instruction's layouts.
   */
  record Mma(
      String instruction,
      List<ThreadValue> results,
      List<ThreadValue> a,
      List<ThreadValue> b,
      List<ThreadValue> c,
      Location location)
      implements ThreadOp {
    public Mma {
      results = List.copyOf(results);
      a = List.copyOf(a);
      b = List.copyOf(b);
      c = List.copyOf(c);
    }

    @Override
    public List<ThreadValue> operands() {
      List<ThreadValue> all = new ArrayList<>(a);
      all.addAll(b);
      all.addAll(c);
      return List.copyOf(all);
    }

    @Override
    public Mma with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> blocks) {
      int bStart = a.size();
      int cStart = bStart + b.size();
      return new Mma(
          instruction,
          r,
          o.subList(0, bStart),
          o.subList(bStart, cStart),
          o.subList(cStart, o.size()),
          location);
    }
  }

  /**
   * The value of the lane whose number differs in the bits of {@code laneMask}; 32 bits or less.
   */
  record ShuffleXor(ThreadValue result, ThreadValue x, int laneMask, Location location)
      implements ThreadOp {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x);
    }

    @Override
    public List<ThreadValue> results() {
      return List.of(result);
    }

    @Override
    public ShuffleXor with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new ShuffleXor(r.get(0), o.get(0), laneMask, location);
    }
  }

  /**
   * The value that {@code x} has in the lane of that number; 32 bits or less.
   *
   * @param lane an {@code i32} from 0 to the warp's lanes, exclusive; any lanes may read from one
   */
  record ShuffleIndex(ThreadValue result, ThreadValue x, ThreadValue lane, Location location)
      implements ThreadOp {
    @Override
    public List<ThreadValue> operands() {
      return List.of(x, lane);
    }

    @Override
    public List<ThreadValue> results() {
      return List.of(result);
    }

    @Override
    public ShuffleIndex with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new ShuffleIndex(r.get(0), o.get(0), o.get(1), location);
    }
  }

  // ---------------------------------------------------------------- control flow

  /** As tile IR's loop; bounds and step are {@code i32}. Bounds are the same in all threads. */
  record For(
      List<ThreadValue> results,
      ThreadValue lower,
      ThreadValue upper,
      ThreadValue step,
      List<ThreadValue> inits,
      ThreadBlock body,
      Location location)
      implements ThreadOp {
    public For {
      results = List.copyOf(results);
      inits = List.copyOf(inits);
    }

    public ThreadValue induction() {
      return body.arguments().getFirst();
    }

    public List<ThreadValue> carried() {
      return body.arguments().subList(1, body.arguments().size());
    }

    @Override
    public List<ThreadValue> operands() {
      return Stream.concat(Stream.of(lower, upper, step), inits.stream()).toList();
    }

    @Override
    public List<ThreadBlock> regions() {
      return List.of(body);
    }

    @Override
    public For with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new For(r, o.get(0), o.get(1), o.get(2), o.subList(3, o.size()), b.get(0), location);
    }
  }

  /** As tile IR's loop with a condition, which is the same in all threads. */
  record While(
      List<ThreadValue> results,
      List<ThreadValue> inits,
      ThreadBlock condition,
      ThreadBlock body,
      Location location)
      implements ThreadOp {
    public While {
      results = List.copyOf(results);
      inits = List.copyOf(inits);
    }

    /** What decides whether the body runs. */
    public ThreadValue decision() {
      return condition.yielded().getFirst();
    }

    @Override
    public List<ThreadValue> operands() {
      return inits;
    }

    @Override
    public List<ThreadBlock> regions() {
      return List.of(condition, body);
    }

    @Override
    public While with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new While(r, o, b.get(0), b.get(1), location);
    }
  }

  /** As tile IR's branch; the condition is the same in all threads of the block. */
  record If(
      List<ThreadValue> results,
      ThreadValue condition,
      ThreadBlock thenBlock,
      ThreadBlock elseBlock,
      Location location)
      implements ThreadOp {
    public If {
      results = List.copyOf(results);
    }

    @Override
    public List<ThreadValue> operands() {
      return List.of(condition);
    }

    @Override
    public List<ThreadBlock> regions() {
      return List.of(thenBlock, elseBlock);
    }

    @Override
    public If with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new If(r, o.get(0), b.get(0), b.get(1), location);
    }
  }

  record Yield(List<ThreadValue> values, Location location) implements ThreadOp {
    public Yield {
      values = List.copyOf(values);
    }

    @Override
    public List<ThreadValue> operands() {
      return values;
    }

    @Override
    public List<ThreadValue> results() {
      return List.of();
    }

    @Override
    public Yield with(List<ThreadValue> o, List<ThreadValue> r, List<ThreadBlock> b) {
      return new Yield(o, location);
    }
  }

  // ---------------------------------------------------------------- what passes ask

  /** One result that depends on the operands alone. */
  sealed interface Pure extends ThreadOp {
    ThreadValue result();

    @Override
    default List<ThreadValue> results() {
      return List.of(result());
    }
  }

  /** Done for its effect; never removed, never reordered. */
  sealed interface Effect extends ThreadOp
      permits GlobalStore,
          SharedStore,
          StoreMatrix,
          AsyncCopy,
          AsyncCommit,
          AsyncWait,
          Barrier,
          AsyncThreadOp.Ordered {
    @Override
    default List<ThreadValue> results() {
      return List.of();
    }
  }
}
