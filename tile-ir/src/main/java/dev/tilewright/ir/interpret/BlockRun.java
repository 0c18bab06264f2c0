package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.text.Printer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One block executes the function: what each operation does to values and memory. */
final class BlockRun {

  /** The result of a matrix product that may not have ended. */
  record Accumulator(Data data, AsyncRead product) {}

  private final Run run;
  private final long[] programIds;
  private final int blockNumber;
  private final Elementwise elementwise;
  private final SharedAccess shared;
  private final AsyncRun async;

  /**
   * What each value is, by id: {@link Data}, {@link Accumulator}, {@link HostTensor}, {@link
   * SharedBuffer}, {@link Channel}, {@link Channel.Token}, {@link AsyncRead} or {@link
   * BarrierArray}.
   */
  private final @Nullable Object[] values;

  BlockRun(Run run, int blockNumber) {
    this.run = run;
    this.blockNumber = blockNumber;
    this.programIds = run.programIds(blockNumber);
    this.elementwise = new Elementwise(run.exact());
    this.shared = new SharedAccess(run, this::where);
    this.async = new AsyncRun(run, this, shared);
    this.values = new Object[run.function().nextId()];
  }

  /**
   * @return whether it was executed to the end; otherwise what follows was known
   */
  boolean execute(Choices choices) {
    for (Parameter parameter : run.function().parameters()) {
      values[parameter.value().id()] = run.argument(parameter);
    }
    return new Scheduler(async, choices, run.function().body()).execute();
  }

  String where() {
    return "(%d, %d, %d)".formatted(programIds[0], programIds[1], programIds[2]);
  }

  /** On behalf of an actor; control flow and roles are the caller's. */
  void execute(Op op, Actor actor) {
    try {
      op(op, actor);
    } catch (ArithmeticException e) {
      throw new InterpreterException(
          op.location(),
          "'%s' in block %s: %s".formatted(Printer.headline(op), where(), e.getMessage()));
    }
  }

  // ---------------------------------------------------------------- values

  Object value(Value value) {
    return Objects.requireNonNull(values[value.id()], value::toString);
  }

  Data data(Value value) {
    return value(value) instanceof Accumulator accumulator
        ? async.ended(value, accumulator)
        : (Data) value(value);
  }

  long scalar(Value value) {
    return Elementwise.ints(data(value))[0];
  }

  HostTensor tensor(Value value) {
    return (HostTensor) value(value);
  }

  SharedBuffer buffer(Value value) {
    return (SharedBuffer) value(value);
  }

  void set(Value value, Object content) {
    values[value.id()] = content;
  }

  void set(List<Value> targets, List<Value> sources) {
    // All are read before any is written: a loop may swap its values.
    List<Object> contents = sources.stream().map(this::value).toList();
    for (int i = 0; i < targets.size(); i++) {
      set(targets.get(i), contents.get(i));
    }
  }

  /** The element of a scalar or of every place of a tile. */
  private static Data filled(Value result, Data one) {
    return result.isTile() ? one.repeated(Indexing.count(result.tile().shape())) : one;
  }

  // ---------------------------------------------------------------- operations

  private void op(Op op, Actor actor) {
    switch (op) {
      case Op.Constant o ->
          set(
              o.result(),
              filled(o.result(), Elementwise.literal(o.value(), o.result().type().dtype())));
      case Op.Unary o -> set(o.result(), elementwise.unary(o.kind(), dtype(o.x()), data(o.x())));
      case Op.Binary o ->
          set(o.result(), elementwise.binary(o.kind(), dtype(o.x()), data(o.x()), data(o.y())));
      case Op.Fma o ->
          set(
              o.result(),
              elementwise.fma((FloatType) dtype(o.x()), data(o.x()), data(o.y()), data(o.z())));
      case Op.Compare o -> set(o.result(), Elementwise.compare(o, data(o.x()), data(o.y())));
      case Op.Select o ->
          set(o.result(), Elementwise.select(data(o.condition()), data(o.x()), data(o.y())));
      case Op.Cast o -> set(o.result(), elementwise.cast(o, data(o.x())));
      case Op.Iota o -> {
        long[] counting = new long[o.result().tile().shape().getFirst()];
        java.util.Arrays.setAll(counting, i -> i);
        set(o.result(), new Data.Ints(counting));
      }
      case Op.Splat o -> set(o.result(), filled(o.result(), data(o.x())));
      case Op.Extract o -> set(o.result(), data(o.x()));
      case Op.Broadcast o ->
          set(
              o.result(),
              data(o.x())
                  .gather(Indexing.broadcast(o.x().tile().shape(), o.result().tile().shape())));
      case Op.Reshape o -> set(o.result(), data(o.x()));
      case Op.View o ->
          set(
              o.result(),
              Bits.view(data(o.x()), dtype(o.x()), o.x().tile().elements(), dtype(o.result())));
      case Op.ConvertLayout o -> set(o.result(), data(o.x()));
      case Op.Transpose o ->
          set(
              o.result(),
              data(o.x())
                  .gather(
                      Indexing.transpose(
                          o.x().tile().shape(), o.result().tile().shape(), o.permutation())));
      case Op.Reduce o -> reduce(o, actor);
      case Op.Mma o -> mma(o);
      case Op.ProgramId o -> set(o.result(), new Data.Ints(new long[] {programIds[o.axis()]}));
      case Op.Load o -> load(o);
      case Op.Store o -> store(o);
      case Op.SharedAlloc o -> set(o.result(), shared.allocate(o));
      case Op.SharedSlice o ->
          set(o.result(), shared.slice(o, buffer(o.shared()), scalar(o.index())));
      case Op.SharedLoad o -> set(o.result(), shared.load(o, buffer(o.shared()), actor));
      case Op.SharedStore o -> shared.store(o, buffer(o.shared()), data(o.value()), actor);
      case Op.CopyAsync o -> {
        HostTensor tensor = tensor(o.tensor());
        GlobalAccess access =
            GlobalAccess.of(
                o, tensor, offsets(o.offsets()), o.bounds(), o.shared().shared().shape(), where());
        shared.copyAsync(o, buffer(o.shared()), tensor, access, actor);
      }
      case Op.AsyncCommit _ -> actor.commitCopies();
      case Op.AsyncWait o -> actor.waitForCopies(o.pending());
      case Op.Barrier _ -> async.barrier(actor);
      case AsyncOp o -> async.execute(o, actor);
      case WorkspaceOp o -> workspace(o, actor);
      case Op.Yield _ -> {}
      case Op.For _, Op.While _, Op.If _ ->
          throw new IllegalArgumentException("control flow: " + op);
    }
  }

  private static DType dtype(Value value) {
    return value.type().dtype();
  }

  /** Elements are combined in order of their coordinate, from the first on. */
  private void reduce(Op.Reduce reduce, Actor actor) {
    List<Integer> shape = reduce.x().tile().shape();
    Data x = data(reduce.x());
    Data result = x.gather(Indexing.section(shape, reduce.axis(), 0));
    for (int i = 1; i < shape.get(reduce.axis()); i++) {
      // The combiner computes on scalars, which may as well be all rows at once.
      set(reduce.combiner().arguments().get(0), result);
      set(
          reduce.combiner().arguments().get(1),
          x.gather(Indexing.section(shape, reduce.axis(), i)));
      reduce.combiner().ops().forEach(op -> execute(op, actor));
      Data combined = data(reduce.combiner().yielded().getFirst());
      result = combined.length() == result.length() ? combined : combined.repeated(result.length());
    }
    set(reduce.result(), result);
  }

  private void mma(Op.Mma mma) {
    int n = mma.b().tile().shape().get(1);
    set(mma.result(), product(dtype(mma.acc()), data(mma.a()), data(mma.b()), data(mma.acc()), n));
  }

  /** {@code acc + a · b}, where b has n columns. */
  Data product(DType dtype, Data a, Data b, Data acc, int n) {
    return switch (dtype) {
      case FloatType type ->
          new Data.Floats(
              MatrixProduct.floats(
                  elementwise.arithmetic(type),
                  Elementwise.floats(a),
                  Elementwise.floats(b),
                  Elementwise.floats(acc),
                  n));
      case IntType type ->
          new Data.Ints(
              MatrixProduct.ints(
                  type, Elementwise.ints(a), Elementwise.ints(b), Elementwise.ints(acc), n));
      case StoredType type -> throw type.noArithmetic();
    };
  }

  // ---------------------------------------------------------------- workspaces

  private void workspace(WorkspaceOp op, Actor actor) {
    WorkspaceMemory memory = (WorkspaceMemory) value(op.workspace());
    long index = scalar(op.index());
    switch (op) {
      case WorkspaceOp.FetchIncrement o -> {
        long number = memory.fetchIncrement(o, index, scalar(o.limit()), where());
        shared.store(o, buffer(o.shared()), new Data.Ints(new long[] {number}), actor);
      }
      case WorkspaceOp.Keep o -> memory.keep(o, index, data(o.tile()), where());
      case WorkspaceOp.AddKept o ->
          set(o.result(), memory.add(o, index, data(o.x()), elementwise, where()));
      case WorkspaceOp.Signal o -> memory.signal(o, index, where());
      case WorkspaceOp.Await o -> memory.await(o, index, where());
    }
  }

  // ---------------------------------------------------------------- global memory

  List<Long> offsets(List<Value> offsets) {
    return offsets.stream().map(this::scalar).toList();
  }

  private void load(Op.Load load) {
    HostTensor tensor = tensor(load.tensor());
    List<Integer> shape = load.result().tile().shape();
    GlobalAccess access =
        GlobalAccess.of(load, tensor, offsets(load.offsets()), load.bounds(), shape, where());
    Data fill = Elementwise.literal(load.fill(), load.result().type().dtype());
    Data loaded = fill.repeated(Indexing.count(shape));
    switch (loaded) {
      case Data.Floats(double[] values) ->
          access.forEach(
              (element, place) -> {
                if (place >= 0) {
                  values[element] = tensor.dtype().decode(tensor.code(place));
                }
              });
      case Data.Ints(long[] values) -> {
        IntType type = (IntType) tensor.dtype();
        access.forEach(
            (element, place) -> {
              if (place >= 0) {
                values[element] = type.decodeLong(tensor.code(place));
              }
            });
      }
    }
    set(load.result(), loaded);
  }

  private void store(Op.Store store) {
    HostTensor tensor = tensor(store.tensor());
    List<Integer> shape = store.value().tile().shape();
    GlobalAccess access =
        GlobalAccess.of(store, tensor, offsets(store.offsets()), store.bounds(), shape, where());
    write(store.tensor(), access, data(store.value()));
  }

  /** Writes elements that are inside. */
  void write(Value target, GlobalAccess access, Data value) {
    HostTensor tensor = tensor(target);
    Run.Ownership ownership = run.owners().get(target);
    access.forEach(
        (element, place) -> {
          if (place >= 0) {
            if (ownership != null) {
              ownership.claim(place, blockNumber);
            }
            tensor.setCode(place, code(value, element, tensor.dtype()));
          }
        });
  }

  /** The code of an element that is a number of the type already. */
  static long code(Data value, int element, DType dtype) {
    return switch (value) {
      case Data.Floats(double[] values) -> dtype.encode(values[element]);
      case Data.Ints(long[] values) ->
          ((IntType) dtype).encodeLong(values[element], dev.tilewright.dtype.Overflow.NATURAL);
    };
  }
}
