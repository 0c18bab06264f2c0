package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One block executes the function. */
final class BlockRun {
  private final Run run;
  private final long[] programIds;
  private final int blockNumber;
  private final Elementwise elementwise;
  private final SharedAccess shared;

  /** What each value is, by id: {@link Data}, {@link HostTensor} or {@link SharedBuffer}. */
  private final @Nullable Object[] values;

  BlockRun(Run run, int blockNumber) {
    this.run = run;
    this.blockNumber = blockNumber;
    this.programIds = run.programIds(blockNumber);
    this.elementwise = new Elementwise(run.exact());
    this.shared = new SharedAccess(run, this::where);
    this.values = new Object[run.function().nextId()];
  }

  void execute() {
    for (Parameter parameter : run.function().parameters()) {
      values[parameter.value().id()] = run.argument(parameter);
    }
    block(run.function().body());
  }

  private String where() {
    return "(%d, %d, %d)".formatted(programIds[0], programIds[1], programIds[2]);
  }

  private void block(Block block) {
    for (Op op : block.ops()) {
      try {
        op(op);
      } catch (ArithmeticException e) {
        throw new InterpreterException(
            op.location(),
            "'%s' in block %s: %s".formatted(Printer.headline(op), where(), e.getMessage()));
      }
    }
  }

  // ---------------------------------------------------------------- values

  private Object value(Value value) {
    return Objects.requireNonNull(values[value.id()], value::toString);
  }

  private Data data(Value value) {
    return (Data) value(value);
  }

  private long scalar(Value value) {
    return Elementwise.ints(data(value))[0];
  }

  private HostTensor tensor(Value value) {
    return (HostTensor) value(value);
  }

  private SharedBuffer buffer(Value value) {
    return (SharedBuffer) value(value);
  }

  private void set(Value value, Object content) {
    values[value.id()] = content;
  }

  private void set(List<Value> targets, List<Value> sources) {
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

  private void op(Op op) {
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
      case Op.Broadcast o ->
          set(
              o.result(),
              data(o.x())
                  .gather(Indexing.broadcast(o.x().tile().shape(), o.result().tile().shape())));
      case Op.Reshape o -> set(o.result(), data(o.x()));
      case Op.ConvertLayout o -> set(o.result(), data(o.x()));
      case Op.Transpose o ->
          set(
              o.result(),
              data(o.x())
                  .gather(
                      Indexing.transpose(
                          o.x().tile().shape(), o.result().tile().shape(), o.permutation())));
      case Op.Reduce o -> reduce(o);
      case Op.Mma o -> mma(o);
      case Op.ProgramId o -> set(o.result(), new Data.Ints(new long[] {programIds[o.axis()]}));
      case Op.Load o -> load(o);
      case Op.Store o -> store(o);
      case Op.SharedAlloc o -> set(o.result(), shared.allocate(o));
      case Op.SharedSlice o ->
          set(o.result(), shared.slice(o, buffer(o.shared()), scalar(o.index())));
      case Op.SharedLoad o -> set(o.result(), shared.load(o, buffer(o.shared())));
      case Op.SharedStore o -> shared.store(o, buffer(o.shared()), data(o.value()));
      case Op.CopyAsync o -> {
        HostTensor tensor = tensor(o.tensor());
        GlobalAccess access =
            GlobalAccess.of(
                o, tensor, offsets(o.offsets()), o.bounds(), o.shared().shared().shape(), where());
        shared.copyAsync(o, buffer(o.shared()), tensor, access);
      }
      case Op.AsyncCommit _ -> shared.timeline().commit();
      case Op.AsyncWait o -> shared.timeline().waitFor(o.pending());
      case AsyncOp o -> throw new UnsupportedOperationException(o.toString());
      case Op.Barrier _ -> shared.timeline().barrier();
      case Op.For o -> loop(o);
      case Op.If o -> {
        Block taken = scalar(o.condition()) != 0 ? o.thenBlock() : o.elseBlock();
        block(taken);
        set(o.results(), taken.yielded());
      }
      case Op.Yield _ -> {}
    }
  }

  private static DType dtype(Value value) {
    return value.type().dtype();
  }

  private void loop(Op.For loop) {
    long lower = scalar(loop.lower());
    long upper = scalar(loop.upper());
    long step = scalar(loop.step());
    if (step <= 0) {
      throw new InterpreterException(
          loop.location(),
          "the step of the loop in block %s is %d; it must be positive".formatted(where(), step));
    }
    set(loop.results(), loop.inits());
    for (long i = lower; i < upper; i += step) {
      set(loop.induction(), new Data.Ints(new long[] {i}));
      set(loop.carried(), loop.results());
      block(loop.body());
      set(loop.results(), loop.body().yielded());
    }
  }

  /** Elements are combined in order of their coordinate, from the first on. */
  private void reduce(Op.Reduce reduce) {
    List<Integer> shape = reduce.x().tile().shape();
    Data x = data(reduce.x());
    Data result = x.gather(Indexing.section(shape, reduce.axis(), 0));
    for (int i = 1; i < shape.get(reduce.axis()); i++) {
      // The combiner computes on scalars, which may as well be all rows at once.
      set(reduce.combiner().arguments().get(0), result);
      set(
          reduce.combiner().arguments().get(1),
          x.gather(Indexing.section(shape, reduce.axis(), i)));
      block(reduce.combiner());
      Data combined = data(reduce.combiner().yielded().getFirst());
      result = combined.length() == result.length() ? combined : combined.repeated(result.length());
    }
    set(reduce.result(), result);
  }

  private void mma(Op.Mma mma) {
    int n = mma.b().tile().shape().get(1);
    Data product =
        switch (dtype(mma.acc())) {
          case FloatType type ->
              new Data.Floats(
                  MatrixProduct.floats(
                      elementwise.arithmetic(type),
                      Elementwise.floats(data(mma.a())),
                      Elementwise.floats(data(mma.b())),
                      Elementwise.floats(data(mma.acc())),
                      n));
          case IntType type ->
              new Data.Ints(
                  MatrixProduct.ints(
                      type,
                      Elementwise.ints(data(mma.a())),
                      Elementwise.ints(data(mma.b())),
                      Elementwise.ints(data(mma.acc())),
                      n));
        };
    set(mma.result(), product);
  }

  // ---------------------------------------------------------------- global memory

  private List<Long> offsets(List<Value> offsets) {
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
    Map<Value, Run.Ownership> owners = run.owners();
    Run.Ownership ownership = owners.get(store.tensor());
    Data value = data(store.value());
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
