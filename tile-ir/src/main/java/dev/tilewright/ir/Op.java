package dev.tilewright.ir;

import dev.tilewright.layout.Layout;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Every operation of tile IR.
 *
 * <p>An operation names its operands, its results, its attributes, its regions and the Java line
 * that made it. Operations on tiles act on all elements; the threads of a block execute each
 * operation together.
 */
public sealed interface Op
    permits Op.Pure,
        Op.Effect,
        Op.Load,
        Op.SharedAlloc,
        Op.SharedLoad,
        Op.For,
        Op.While,
        Op.If,
        Op.Yield,
        AsyncOp,
        WorkspaceOp {

  List<Value> operands();

  List<Value> results();

  default List<Block> regions() {
    return List.of();
  }

  Location location();

  /**
   * The same operation over other values.
   *
   * @param operands as many as {@link #operands()}
   * @param results as many as {@link #results()}
   * @param regions as many as {@link #regions()}
   */
  Op with(List<Value> operands, List<Value> results, List<Block> regions);

  // ---------------------------------------------------------------- values

  /** A number, or a tile of that number in every element. */
  record Constant(Value result, Literal value, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of();
    }

    @Override
    public Constant with(List<Value> o, List<Value> r, List<Block> b) {
      return new Constant(r.get(0), value, location);
    }
  }

  /** An elementwise operation of one operand. */
  record Unary(Value result, UnaryKind kind, Value x, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public Unary with(List<Value> o, List<Value> r, List<Block> b) {
      return new Unary(r.get(0), kind, o.get(0), location);
    }
  }

  /** An elementwise operation of two operands of one type. */
  record Binary(Value result, BinaryKind kind, Value x, Value y, Location location)
      implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x, y);
    }

    @Override
    public Binary with(List<Value> o, List<Value> r, List<Block> b) {
      return new Binary(r.get(0), kind, o.get(0), o.get(1), location);
    }
  }

  /** {@code x * y + z} on floats, rounded once. */
  record Fma(Value result, Value x, Value y, Value z, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x, y, z);
    }

    @Override
    public Fma with(List<Value> o, List<Value> r, List<Block> b) {
      return new Fma(r.get(0), o.get(0), o.get(1), o.get(2), location);
    }
  }

  /** An elementwise comparison; the result has dtype {@code i1} and the operands' shape. */
  record Compare(Value result, ComparePredicate predicate, Value x, Value y, Location location)
      implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x, y);
    }

    @Override
    public Compare with(List<Value> o, List<Value> r, List<Block> b) {
      return new Compare(r.get(0), predicate, o.get(0), o.get(1), location);
    }
  }

  /** Elementwise {@code condition ? x : y}; the condition has dtype {@code i1}. */
  record Select(Value result, Value condition, Value x, Value y, Location location)
      implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(condition, x, y);
    }

    @Override
    public Select with(List<Value> o, List<Value> r, List<Block> b) {
      return new Select(r.get(0), o.get(0), o.get(1), o.get(2), location);
    }
  }

  /**
   * Conversion of each element to the result's dtype. Integers are numbers, so that the truth value
   * of {@code i1}, all bits set, becomes -1.
   *
   * @param saturate whether values beyond the destination's range become its nearest finite value;
   *     floats to integers always do
   */
  record Cast(Value result, Value x, Rounding rounding, boolean saturate, Location location)
      implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public Cast with(List<Value> o, List<Value> r, List<Block> b) {
      return new Cast(r.get(0), o.get(0), rounding, saturate, location);
    }
  }

  // ---------------------------------------------------------------- shapes

  /** 0, 1, 2, … along the one dimension of an {@code i32} tile. */
  record Iota(Value result, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of();
    }

    @Override
    public Iota with(List<Value> o, List<Value> r, List<Block> b) {
      return new Iota(r.get(0), location);
    }
  }

  /** A tile with a scalar in every element. */
  record Splat(Value result, Value x, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public Splat with(List<Value> o, List<Value> r, List<Block> b) {
      return new Splat(r.get(0), o.get(0), location);
    }
  }

  /** The element of a tile that has only one, as a scalar. */
  record Extract(Value result, Value x, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public Extract with(List<Value> o, List<Value> r, List<Block> b) {
      return new Extract(r.get(0), o.get(0), location);
    }
  }

  /** Repeats the tile along dimensions of extent 1; the rank stays. */
  record Broadcast(Value result, Value x, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public Broadcast with(List<Value> o, List<Value> r, List<Block> b) {
      return new Broadcast(r.get(0), o.get(0), location);
    }
  }

  /** The same elements in row-major order under another shape. */
  record Reshape(Value result, Value x, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public Reshape with(List<Value> o, List<Value> r, List<Block> b) {
      return new Reshape(r.get(0), o.get(0), location);
    }
  }

  /**
   * The same bits as elements of the result's dtype. In every row along the last dimension the
   * elements lie side by side, the lowest bits of the first one first, and are cut anew: the last
   * dimension changes with the width, all others stay. The bit of an {@code i1} is 1 for true.
   */
  record View(Value result, Value x, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public View with(List<Value> o, List<Value> r, List<Block> b) {
      return new View(r.get(0), o.get(0), location);
    }
  }

  /**
   * Permutes dimensions.
   *
   * @param permutation dimension {@code i} of the result is dimension {@code permutation[i]} of x
   */
  record Transpose(Value result, Value x, List<Integer> permutation, Location location)
      implements Pure {
    public Transpose {
      permutation = List.copyOf(permutation);
    }

    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public Transpose with(List<Value> o, List<Value> r, List<Block> b) {
      return new Transpose(r.get(0), o.get(0), permutation, location);
    }
  }

  /**
   * Combines the elements along one dimension, which disappears.
   *
   * @param combiner two scalar arguments of the element type, yields one; associative and
   *     commutative, since the order of combination is not specified
   */
  record Reduce(Value result, Value x, int axis, Block combiner, Location location)
      implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public List<Block> regions() {
      return List.of(combiner);
    }

    @Override
    public Reduce with(List<Value> o, List<Value> r, List<Block> b) {
      return new Reduce(r.get(0), o.get(0), axis, b.get(0), location);
    }
  }

  /**
   * {@code acc + a · b}: a is m×k, b is k×n, acc and the result m×n of the accumulator's dtype.
   *
   * @param instruction the target's matrix instruction, chosen by {@code SelectMma}
   */
  record Mma(
      Value result, Value a, Value b, Value acc, Optional<String> instruction, Location location)
      implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(a, b, acc);
    }

    @Override
    public Mma with(List<Value> o, List<Value> r, List<Block> blocks) {
      return new Mma(r.get(0), o.get(0), o.get(1), o.get(2), instruction, location);
    }
  }

  /** The same tile under the result's layout. */
  record ConvertLayout(Value result, Value x, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(x);
    }

    @Override
    public ConvertLayout with(List<Value> o, List<Value> r, List<Block> b) {
      return new ConvertLayout(r.get(0), o.get(0), location);
    }
  }

  /** The block's index along a grid axis (0 = x), an {@code i32}. */
  record ProgramId(Value result, int axis, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of();
    }

    @Override
    public ProgramId with(List<Value> o, List<Value> r, List<Block> b) {
      return new ProgramId(r.get(0), axis, location);
    }
  }

  // ---------------------------------------------------------------- global memory

  /**
   * Reads a tile whose first element lies at {@code offsets}.
   *
   * @param offsets element coordinates, one {@code i32} scalar per dimension of the tensor
   * @param bounds per dimension, whether coordinates may lie outside the tensor and must be
   *     checked; a dimension not checked is known to be inside
   * @param fill what elements outside the tensor read as
   */
  record Load(
      Value result,
      Value tensor,
      List<Value> offsets,
      List<Boolean> bounds,
      Literal fill,
      Location location)
      implements Op {
    public Load {
      offsets = List.copyOf(offsets);
      bounds = List.copyOf(bounds);
    }

    @Override
    public List<Value> operands() {
      return Stream.concat(Stream.of(tensor), offsets.stream()).toList();
    }

    @Override
    public List<Value> results() {
      return List.of(result);
    }

    @Override
    public Load with(List<Value> o, List<Value> r, List<Block> b) {
      return new Load(r.get(0), o.get(0), o.subList(1, o.size()), bounds, fill, location);
    }
  }

  /**
   * Writes a tile; elements outside the tensor are dropped. See {@link Load} for the attributes.
   */
  record Store(
      Value tensor, List<Value> offsets, Value value, List<Boolean> bounds, Location location)
      implements Effect {
    public Store {
      offsets = List.copyOf(offsets);
      bounds = List.copyOf(bounds);
    }

    @Override
    public List<Value> operands() {
      return Stream.concat(Stream.of(tensor, value), offsets.stream()).toList();
    }

    @Override
    public Store with(List<Value> o, List<Value> r, List<Block> b) {
      return new Store(o.get(0), o.subList(2, o.size()), o.get(1), bounds, location);
    }
  }

  // ---------------------------------------------------------------- shared memory

  /**
   * A buffer of the block's shared memory, alive from here to its last use.
   *
   * @param offset its place in bytes, set by {@code PlanMemory}
   */
  record SharedAlloc(Value result, OptionalInt offset, Location location) implements Op {
    @Override
    public List<Value> operands() {
      return List.of();
    }

    @Override
    public List<Value> results() {
      return List.of(result);
    }

    @Override
    public SharedAlloc with(List<Value> o, List<Value> r, List<Block> b) {
      return new SharedAlloc(r.get(0), offset, location);
    }
  }

  /** The part of a buffer at {@code index} of dimension 0: a stage of a ring. */
  record SharedSlice(Value result, Value shared, Value index, Location location) implements Pure {
    @Override
    public List<Value> operands() {
      return List.of(shared, index);
    }

    @Override
    public SharedSlice with(List<Value> o, List<Value> r, List<Block> b) {
      return new SharedSlice(r.get(0), o.get(0), o.get(1), location);
    }
  }

  /** Reads a whole buffer into registers. */
  record SharedLoad(Value result, Value shared, Location location) implements Op {
    @Override
    public List<Value> operands() {
      return List.of(shared);
    }

    @Override
    public List<Value> results() {
      return List.of(result);
    }

    @Override
    public SharedLoad with(List<Value> o, List<Value> r, List<Block> b) {
      return new SharedLoad(r.get(0), o.get(0), location);
    }
  }

  /** Writes a tile to a whole buffer of the same shape. */
  record SharedStore(Value shared, Value value, Location location) implements Effect {
    @Override
    public List<Value> operands() {
      return List.of(shared, value);
    }

    @Override
    public SharedStore with(List<Value> o, List<Value> r, List<Block> b) {
      return new SharedStore(o.get(0), o.get(1), location);
    }
  }

  /**
   * Copies a block of a tensor to a shared buffer of the same shape, asynchronously; elements
   * outside the tensor become zero. Complete when an {@link AsyncWait} of the issuing threads has
   * covered its group, visible to other threads after the {@link Barrier} that follows.
   *
   * @param layout which thread copies what: a register layout whose lowest register digits are one
   *     transfer, contiguous in both memories; absent until {@code AssignLayouts}
   */
  record CopyAsync(
      Value shared,
      Value tensor,
      List<Value> offsets,
      List<Boolean> bounds,
      Optional<Layout> layout,
      Location location)
      implements Effect {
    public CopyAsync {
      offsets = List.copyOf(offsets);
      bounds = List.copyOf(bounds);
    }

    @Override
    public List<Value> operands() {
      return Stream.concat(Stream.of(shared, tensor), offsets.stream()).toList();
    }

    @Override
    public CopyAsync with(List<Value> o, List<Value> r, List<Block> b) {
      return new CopyAsync(o.get(0), o.get(1), o.subList(2, o.size()), bounds, layout, location);
    }
  }

  /** Closes the group of the copies issued since the last commit; a group may be empty. */
  record AsyncCommit(Location location) implements Effect {
    @Override
    public List<Value> operands() {
      return List.of();
    }

    @Override
    public AsyncCommit with(List<Value> o, List<Value> r, List<Block> b) {
      return this;
    }
  }

  /** Waits until at most {@code pending} of the newest groups are not complete. */
  record AsyncWait(int pending, Location location) implements Effect {
    @Override
    public List<Value> operands() {
      return List.of();
    }

    @Override
    public AsyncWait with(List<Value> o, List<Value> r, List<Block> b) {
      return this;
    }
  }

  /**
   * All threads of the block wait for each other; shared memory written before is visible after.
   */
  record Barrier(Location location) implements Effect {
    @Override
    public List<Value> operands() {
      return List.of();
    }

    @Override
    public Barrier with(List<Value> o, List<Value> r, List<Block> b) {
      return this;
    }
  }

  // ---------------------------------------------------------------- control flow

  /**
   * A counted loop. The body's arguments are the induction variable, then one per {@code inits}; it
   * yields their next values; the results are their last. All bounds are {@code i32}, the step is
   * positive; the body runs while the variable is below {@code upper}.
   */
  record For(
      List<Value> results,
      Value lower,
      Value upper,
      Value step,
      List<Value> inits,
      Block body,
      Location location)
      implements Op {
    public For {
      results = List.copyOf(results);
      inits = List.copyOf(inits);
    }

    /** The induction variable. */
    public Value induction() {
      return body.arguments().getFirst();
    }

    /** The loop-carried arguments of the body. */
    public List<Value> carried() {
      return body.arguments().subList(1, body.arguments().size());
    }

    @Override
    public List<Value> operands() {
      return Stream.concat(Stream.of(lower, upper, step), inits.stream()).toList();
    }

    @Override
    public List<Block> regions() {
      return List.of(body);
    }

    @Override
    public For with(List<Value> o, List<Value> r, List<Block> b) {
      return new For(r, o.get(0), o.get(1), o.get(2), o.subList(3, o.size()), b.get(0), location);
    }
  }

  /**
   * A loop that runs while a condition holds. Both regions take one argument per {@code inits}. The
   * condition, which computes and loads but has no effects outside shared memory, yields an {@code
   * i1}; while it is true, the body runs and yields the next values. The results are those for
   * which it was false.
   */
  record While(
      List<Value> results, List<Value> inits, Block condition, Block body, Location location)
      implements Op {
    public While {
      results = List.copyOf(results);
      inits = List.copyOf(inits);
    }

    /** The scalar that decides whether the body runs. */
    public Value decision() {
      return condition.yielded().getFirst();
    }

    @Override
    public List<Value> operands() {
      return inits;
    }

    @Override
    public List<Block> regions() {
      return List.of(condition, body);
    }

    @Override
    public While with(List<Value> o, List<Value> r, List<Block> b) {
      return new While(r, o, b.get(0), b.get(1), location);
    }
  }

  /** Two regions without arguments, of which one runs; both yield the results. */
  record If(
      List<Value> results, Value condition, Block thenBlock, Block elseBlock, Location location)
      implements Op {
    public If {
      results = List.copyOf(results);
    }

    @Override
    public List<Value> operands() {
      return List.of(condition);
    }

    @Override
    public List<Block> regions() {
      return List.of(thenBlock, elseBlock);
    }

    @Override
    public If with(List<Value> o, List<Value> r, List<Block> b) {
      return new If(r, o.get(0), b.get(0), b.get(1), location);
    }
  }

  /** Ends a region and hands values to its operation. */
  record Yield(List<Value> values, Location location) implements Op {
    public Yield {
      values = List.copyOf(values);
    }

    @Override
    public List<Value> operands() {
      return values;
    }

    @Override
    public List<Value> results() {
      return List.of();
    }

    @Override
    public Yield with(List<Value> o, List<Value> r, List<Block> b) {
      return new Yield(o, location);
    }
  }

  // ---------------------------------------------------------------- what passes ask

  /**
   * One result that depends on the operands alone: may be merged, moved and removed when unused.
   */
  sealed interface Pure extends Op {
    Value result();

    @Override
    default List<Value> results() {
      return List.of(result());
    }
  }

  /** Done for what it does to memory or to other threads: never removed, never reordered. */
  sealed interface Effect extends Op {
    @Override
    default List<Value> results() {
      return List.of();
    }
  }
}
