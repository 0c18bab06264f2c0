package dev.tilewright.ir;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.analysis.BitView;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Writes operations in order, numbering their results and inferring their types. The only mutable
 * object of the IR: it lives while one function is being built.
 *
 * <p>Operand types are the caller's duty; {@link dev.tilewright.ir.verify.Verifier} checks the
 * finished function. Each method returns the operation's result.
 */
public final class OpBuilder {
  private int nextId;
  private List<Op> ops = new ArrayList<>();
  private Location location = Location.UNKNOWN;

  /**
   * @param firstId the first fresh value id, such as {@link KernelFunction#nextId()}
   */
  public OpBuilder(int firstId) {
    this.nextId = firstId;
  }

  /** Sets the source line of the operations that follow. */
  public OpBuilder at(Location newLocation) {
    this.location = newLocation;
    return this;
  }

  public Location location() {
    return location;
  }

  /** A value that nothing defines yet. */
  public Value fresh(Type type) {
    return new Value(nextId++, type);
  }

  /** Appends a finished operation. */
  public <T extends Op> T add(T op) {
    ops.add(op);
    return op;
  }

  /** What has been written at this level so far, as a region. */
  public Block block(List<Value> arguments) {
    return new Block(arguments, ops);
  }

  /**
   * Writes a region: what {@code body} appends goes into it, and the values it returns are yielded.
   */
  public Block region(List<Value> arguments, Function<List<Value>, List<Value>> body) {
    List<Op> written = collect(() -> add(new Op.Yield(body.apply(arguments), location)));
    return new Block(arguments, written);
  }

  /** What {@code body} appends, which goes into the list returned instead of here. */
  public List<Op> collect(Runnable body) {
    List<Op> outer = ops;
    List<Op> inner = new ArrayList<>();
    ops = inner;
    try {
      body.run();
      return inner;
    } finally {
      ops = outer;
    }
  }

  private Value pure(Op.Pure op) {
    return add(op).result();
  }

  // ---------------------------------------------------------------- values

  public Value constant(Type type, Literal value) {
    return pure(new Op.Constant(fresh(type), value, location));
  }

  /** An {@code i32} scalar. */
  public Value i32(long value) {
    return constant(new Type.Scalar(DType.I32), Literal.of(value));
  }

  public Value unary(UnaryKind kind, Value x) {
    return pure(new Op.Unary(fresh(x.type()), kind, x, location));
  }

  public Value binary(BinaryKind kind, Value x, Value y) {
    return pure(new Op.Binary(fresh(x.type()), kind, x, y, location));
  }

  public Value add(Value x, Value y) {
    return binary(BinaryKind.ADD, x, y);
  }

  public Value sub(Value x, Value y) {
    return binary(BinaryKind.SUB, x, y);
  }

  public Value mul(Value x, Value y) {
    return binary(BinaryKind.MUL, x, y);
  }

  /** The least integer not below {@code x / divisor}, for non-negative {@code x}. */
  public Value ceilDiv(Value x, int divisor) {
    return binary(BinaryKind.DIV, add(x, i32(divisor - 1)), i32(divisor));
  }

  public Value fma(Value x, Value y, Value z) {
    return pure(new Op.Fma(fresh(x.type()), x, y, z, location));
  }

  public Value compare(ComparePredicate predicate, Value x, Value y) {
    return pure(new Op.Compare(fresh(withDtype(x.type(), DType.I1)), predicate, x, y, location));
  }

  public Value select(Value condition, Value x, Value y) {
    return pure(new Op.Select(fresh(x.type()), condition, x, y, location));
  }

  public Value cast(Value x, DType to, Rounding rounding, boolean saturate) {
    return pure(new Op.Cast(fresh(withDtype(x.type(), to)), x, rounding, saturate, location));
  }

  private static Type withDtype(Type type, DType dtype) {
    return switch (type) {
      case Type.Scalar _ -> new Type.Scalar(dtype);
      case Type.Tile tile -> tile.withDtype(dtype);
      default -> throw new IllegalArgumentException("not a value to compute with: " + type);
    };
  }

  // ---------------------------------------------------------------- shapes

  public Value iota(int extent) {
    return pure(new Op.Iota(fresh(new Type.Tile(List.of(extent), DType.I32)), location));
  }

  public Value splat(Value x, List<Integer> shape) {
    return pure(new Op.Splat(fresh(new Type.Tile(shape, x.type().dtype())), x, location));
  }

  /** The element of a tile of one. */
  public Value extract(Value x) {
    return pure(new Op.Extract(fresh(new Type.Scalar(x.type().dtype())), x, location));
  }

  public Value broadcast(Value x, List<Integer> shape) {
    return pure(new Op.Broadcast(fresh(new Type.Tile(shape, x.type().dtype())), x, location));
  }

  public Value reshape(Value x, List<Integer> shape) {
    return pure(new Op.Reshape(fresh(new Type.Tile(shape, x.type().dtype())), x, location));
  }

  /**
   * @throws IllegalArgumentException if the bits of a row make up no whole number of elements
   */
  public Value view(Value x, DType dtype) {
    Type.Tile tile = x.tile();
    List<Integer> shape =
        BitView.shape(tile, dtype)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no view of " + tile.shape() + " of " + tile.dtype() + " as " + dtype));
    return pure(new Op.View(fresh(new Type.Tile(shape, dtype)), x, location));
  }

  public Value transpose(Value x, List<Integer> permutation) {
    List<Integer> shape = permutation.stream().map(i -> x.tile().shape().get(i)).toList();
    return pure(
        new Op.Transpose(fresh(new Type.Tile(shape, x.type().dtype())), x, permutation, location));
  }

  /**
   * @param combiner writes the combination of two scalars
   */
  public Value reduce(Value x, int axis, Function<List<Value>, Value> combiner) {
    List<Integer> shape = new ArrayList<>(x.tile().shape());
    shape.remove(axis);
    Type.Scalar element = new Type.Scalar(x.type().dtype());
    Block block =
        region(
            List.of(fresh(element), fresh(element)),
            arguments -> List.of(combiner.apply(arguments)));
    return pure(
        new Op.Reduce(fresh(new Type.Tile(shape, x.type().dtype())), x, axis, block, location));
  }

  public Value mma(Value a, Value b, Value acc) {
    return pure(new Op.Mma(fresh(acc.type()), a, b, acc, Optional.empty(), location));
  }

  public Value convertLayout(Value x, Layout layout) {
    return pure(new Op.ConvertLayout(fresh(x.tile().withLayout(layout)), x, location));
  }

  public Value programId(int axis) {
    return pure(new Op.ProgramId(fresh(new Type.Scalar(DType.I32)), axis, location));
  }

  // ---------------------------------------------------------------- memory

  public Value load(
      Value tensor, List<Integer> shape, List<Value> offsets, List<Boolean> bounds, Literal fill) {
    Type.Tile type = new Type.Tile(shape, tensor.type().dtype());
    return add(new Op.Load(fresh(type), tensor, offsets, bounds, fill, location)).result();
  }

  public void store(Value tensor, List<Value> offsets, Value value, List<Boolean> bounds) {
    add(new Op.Store(tensor, offsets, value, bounds, location));
  }

  public Value sharedAlloc(Type.Shared type) {
    return add(new Op.SharedAlloc(fresh(type), OptionalInt.empty(), location)).result();
  }

  /** The stage {@code index} of a buffer whose dimension 0 counts stages. */
  public Value sharedSlice(Value shared, Value index) {
    Type.Shared whole = shared.shared();
    List<Integer> shape = whole.shape().subList(1, whole.rank());
    return pure(
        new Op.SharedSlice(fresh(new Type.Shared(shape, whole.dtype())), shared, index, location));
  }

  public Value sharedLoad(Value shared, Type.Tile type) {
    return add(new Op.SharedLoad(fresh(type), shared, location)).result();
  }

  public void sharedStore(Value shared, Value value) {
    add(new Op.SharedStore(shared, value, location));
  }

  public void copyAsync(
      Value shared,
      Value tensor,
      List<Value> offsets,
      List<Boolean> bounds,
      Optional<Layout> layout) {
    add(new Op.CopyAsync(shared, tensor, offsets, bounds, layout, location));
  }

  public void asyncCommit() {
    add(new Op.AsyncCommit(location));
  }

  public void asyncWait(int pending) {
    add(new Op.AsyncWait(pending, location));
  }

  public void barrier() {
    add(new Op.Barrier(location));
  }

  // ---------------------------------------------------------------- asynchronous references

  /** An aref over rings whose dimension 0 counts slots, all as many. */
  public Value aref(List<Value> rings, Type.Scope scope) {
    List<Type.Shared> payload =
        rings.stream()
            .map(ring -> ring.shared())
            .map(t -> new Type.Shared(t.shape().subList(1, t.rank()), t.dtype()))
            .toList();
    int depth = rings.getFirst().shared().shape().getFirst();
    Type type = new Type.Aref(payload, depth, scope);
    return add(new AsyncOp.ArefCreate(fresh(type), rings, location)).result();
  }

  /** An aref of one slot without buffers: a turn that is handed to and fro. */
  public Value turn() {
    Type type = new Type.Aref(List.of(), 1, Type.Scope.BLOCK);
    return add(new AsyncOp.ArefCreate(fresh(type), List.of(), location)).result();
  }

  public AsyncOp.AcquireWrite acquireWrite(Value aref) {
    return add(new AsyncOp.AcquireWrite(acquired(aref, Type.Side.WRITE), aref, location));
  }

  public AsyncOp.AcquireRead acquireRead(Value aref) {
    return add(new AsyncOp.AcquireRead(acquired(aref, Type.Side.READ), aref, location));
  }

  private List<Value> acquired(Value aref, Type.Side side) {
    List<Value> results = new ArrayList<>();
    results.add(fresh(new Type.Token(side)));
    ((Type.Aref) aref.type()).payload().forEach(buffer -> results.add(fresh(buffer)));
    return results;
  }

  public void commit(Value token, AsyncOp.Completion completion) {
    add(new AsyncOp.Commit(token, completion, location));
  }

  public void release(Value token, List<Value> after) {
    add(new AsyncOp.Release(token, after, location));
  }

  /**
   * @param bodies one for each role: writes its region
   */
  public void roles(List<AsyncOp.Role> roles, List<Runnable> bodies) {
    List<Block> regions =
        bodies.stream()
            .map(
                body ->
                    region(
                        List.of(),
                        _ -> {
                          body.run();
                          return List.of();
                        }))
            .toList();
    add(new AsyncOp.Roles(roles, regions, location));
  }

  public void bulkLoad(
      Value shared,
      Value tensor,
      List<Value> offsets,
      int parts,
      Optional<AsyncOp.Mbarrier> barrier) {
    add(new AsyncOp.BulkLoad(shared, tensor, offsets, parts, barrier, location));
  }

  /** The asynchronous product, its result and its {@link Type.Pending}. */
  public AsyncOp.MmaAsync mmaAsync(
      Value a, Value b, Value acc, boolean transposeA, boolean transposeB, String instruction) {
    return add(
        new AsyncOp.MmaAsync(
            fresh(acc.type()),
            fresh(new Type.Pending()),
            a,
            b,
            acc,
            transposeA,
            transposeB,
            instruction,
            location));
  }

  /** The values, fit to be read. */
  public List<Value> mmaWait(List<Value> values, int pending) {
    List<Value> results = values.stream().map(value -> fresh(value.type())).toList();
    return add(new AsyncOp.MmaWait(results, values, pending, location)).results();
  }

  // ---------------------------------------------------------------- control flow

  /**
   * @param body writes the body for (induction variable, carried values…) and returns the carried
   *     values' next
   */
  public List<Value> forLoop(
      Value lower,
      Value upper,
      Value step,
      List<Value> inits,
      Function<List<Value>, List<Value>> body) {
    List<Value> arguments = new ArrayList<>();
    arguments.add(fresh(lower.type()));
    inits.forEach(init -> arguments.add(fresh(init.type())));
    Block block = region(arguments, body);
    List<Value> results = inits.stream().map(init -> fresh(init.type())).toList();
    return add(new Op.For(results, lower, upper, step, inits, block, location)).results();
  }

  /**
   * @param condition writes what decides, an {@code i1}, for the carried values
   * @param body writes the body for the carried values and returns their next
   */
  public List<Value> whileLoop(
      List<Value> inits,
      Function<List<Value>, Value> condition,
      Function<List<Value>, List<Value>> body) {
    Block decides = region(freshLike(inits), values -> List.of(condition.apply(values)));
    Block iteration = region(freshLike(inits), body);
    return add(new Op.While(freshLike(inits), inits, decides, iteration, location)).results();
  }

  private List<Value> freshLike(List<Value> values) {
    return values.stream().map(value -> fresh(value.type())).toList();
  }

  /** Both branches return as many values, of the same types. */
  public List<Value> ifElse(
      Value condition,
      Function<List<Value>, List<Value>> thenBody,
      Function<List<Value>, List<Value>> elseBody) {
    Block thenBlock = region(List.of(), thenBody);
    Block elseBlock = region(List.of(), elseBody);
    List<Value> results = thenBlock.yielded().stream().map(v -> fresh(v.type())).toList();
    return add(new Op.If(results, condition, thenBlock, elseBlock, location)).results();
  }

  /** A branch without results. */
  public void when(Value condition, Consumer<OpBuilder> body) {
    ifElse(
        condition,
        _ -> {
          body.accept(this);
          return List.of();
        },
        _ -> List.of());
  }
}
