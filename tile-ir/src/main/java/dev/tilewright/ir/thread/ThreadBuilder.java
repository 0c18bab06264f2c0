package dev.tilewright.ir.thread;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Writes thread IR in order, numbering the results; the twin of tile IR's {@code OpBuilder}. */
public final class ThreadBuilder {
  private int nextId;

  /** The regions being written, outermost first. */
  private final List<List<ThreadOp>> open = new ArrayList<>(List.of(new ArrayList<>()));

  private Location location = Location.UNKNOWN;

  public ThreadBuilder(int firstId) {
    this.nextId = firstId;
  }

  public ThreadBuilder at(Location newLocation) {
    this.location = newLocation;
    return this;
  }

  public Location location() {
    return location;
  }

  public ThreadValue fresh(ThreadType type) {
    return new ThreadValue(nextId++, type);
  }

  public <T extends ThreadOp> T add(T op) {
    open.getLast().add(op);
    return op;
  }

  /** How many regions enclose the place that is being written: 0 in the function's body. */
  public int depth() {
    return open.size() - 1;
  }

  /**
   * Appends an operation to the region at {@code depth} of those being written: ahead of the
   * operation that holds the deeper ones.
   */
  public <T extends ThreadOp> T addAt(int depth, T op) {
    open.get(depth).add(op);
    return op;
  }

  private ThreadValue pure(ThreadOp.Pure op) {
    return add(op).result();
  }

  public ThreadBlock block(List<ThreadValue> arguments) {
    return new ThreadBlock(arguments, open.getLast());
  }

  /** Writes a region whose last operation yields what {@code body} returns. */
  public ThreadBlock region(
      List<ThreadValue> arguments, Function<List<ThreadValue>, List<ThreadValue>> body) {
    open.add(new ArrayList<>());
    try {
      List<ThreadValue> yielded = body.apply(arguments);
      add(new ThreadOp.Yield(yielded, location));
      return block(arguments);
    } finally {
      open.removeLast();
    }
  }

  public ThreadValue constant(ThreadType type, Literal value) {
    return pure(new ThreadOp.Constant(fresh(type), value, location));
  }

  public ThreadValue i32(long value) {
    return constant(ThreadType.I32, Literal.of(value));
  }

  public ThreadValue i64(long value) {
    return constant(ThreadType.I64, Literal.of(value));
  }

  public ThreadValue special(SpecialRegister register) {
    return pure(new ThreadOp.Special(fresh(ThreadType.I32), register, location));
  }

  public ThreadValue unary(UnaryKind kind, ThreadValue x) {
    return pure(new ThreadOp.Unary(fresh(x.type()), kind, x, location));
  }

  public ThreadValue binary(BinaryKind kind, ThreadValue x, ThreadValue y) {
    return pure(new ThreadOp.Binary(fresh(x.type()), kind, x, y, location));
  }

  public ThreadValue fma(ThreadValue x, ThreadValue y, ThreadValue z) {
    return pure(new ThreadOp.Fma(fresh(x.type()), x, y, z, location));
  }

  public ThreadValue compare(ComparePredicate predicate, ThreadValue x, ThreadValue y) {
    return pure(new ThreadOp.Compare(fresh(ThreadType.PREDICATE), predicate, x, y, location));
  }

  public ThreadValue select(ThreadValue condition, ThreadValue x, ThreadValue y) {
    return pure(new ThreadOp.Select(fresh(x.type()), condition, x, y, location));
  }

  public ThreadValue convert(ThreadValue x, DType to, Rounding rounding, boolean saturate) {
    ThreadType type = new ThreadType(to, x.type().lanes());
    return pure(new ThreadOp.Convert(fresh(type), x, rounding, saturate, location));
  }

  public ThreadValue bitcast(ThreadValue x, ThreadType to) {
    return pure(new ThreadOp.Bitcast(fresh(to), x, location));
  }

  /** As {@link ThreadOp.BytePermute}. */
  public ThreadValue permute(ThreadValue low, ThreadValue high, int selector) {
    return pure(new ThreadOp.BytePermute(fresh(ThreadType.U32), low, high, selector, location));
  }

  /** As {@link ThreadOp.ByteLookup}. */
  public ThreadValue lookup(ThreadValue low, ThreadValue high, ThreadValue places) {
    return pure(new ThreadOp.ByteLookup(fresh(ThreadType.U32), low, high, places, location));
  }

  /** As {@link ThreadOp.FunnelShift}. */
  public ThreadValue funnelShift(ThreadValue low, ThreadValue high, int amount) {
    return pure(new ThreadOp.FunnelShift(fresh(ThreadType.U32), low, high, amount, location));
  }

  /** A vector of scalars of one type. */
  public ThreadValue build(List<ThreadValue> elements) {
    ThreadType type = new ThreadType(elements.getFirst().type().element(), elements.size());
    return pure(new ThreadOp.Build(fresh(type), elements, location));
  }

  public ThreadValue extract(ThreadValue vector, int index) {
    return extract(vector, index, 1);
  }

  /** {@code lanes} consecutive elements. */
  public ThreadValue extract(ThreadValue vector, int index, int lanes) {
    ThreadType type = new ThreadType(vector.type().element(), lanes);
    return pure(new ThreadOp.Extract(fresh(type), vector, index, location));
  }

  /**
   * @param body writes the body for (induction variable, carried values…) and returns the carried
   *     values' next
   */
  public List<ThreadValue> forLoop(
      ThreadValue lower,
      ThreadValue upper,
      ThreadValue step,
      List<ThreadValue> inits,
      Function<List<ThreadValue>, List<ThreadValue>> body) {
    List<ThreadValue> arguments = new ArrayList<>();
    arguments.add(fresh(lower.type()));
    inits.forEach(init -> arguments.add(fresh(init.type())));
    ThreadBlock block = region(arguments, body);
    List<ThreadValue> results = inits.stream().map(init -> fresh(init.type())).toList();
    return add(new ThreadOp.For(results, lower, upper, step, inits, block, location)).results();
  }

  /**
   * @param condition writes what decides for the carried values
   * @param body writes the body for the carried values and returns their next
   */
  public List<ThreadValue> whileLoop(
      List<ThreadValue> inits,
      Function<List<ThreadValue>, ThreadValue> condition,
      Function<List<ThreadValue>, List<ThreadValue>> body) {
    ThreadBlock decides = region(freshLike(inits), values -> List.of(condition.apply(values)));
    ThreadBlock iteration = region(freshLike(inits), body);
    return add(new ThreadOp.While(freshLike(inits), inits, decides, iteration, location)).results();
  }

  private List<ThreadValue> freshLike(List<ThreadValue> values) {
    return values.stream().map(value -> fresh(value.type())).toList();
  }

  public List<ThreadValue> ifElse(
      ThreadValue condition,
      Function<List<ThreadValue>, List<ThreadValue>> thenBody,
      Function<List<ThreadValue>, List<ThreadValue>> elseBody) {
    ThreadBlock thenBlock = region(List.of(), thenBody);
    ThreadBlock elseBlock = region(List.of(), elseBody);
    List<ThreadValue> results = thenBlock.yielded().stream().map(v -> fresh(v.type())).toList();
    return add(new ThreadOp.If(results, condition, thenBlock, elseBlock, location)).results();
  }
}
