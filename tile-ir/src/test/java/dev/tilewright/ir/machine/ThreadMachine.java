package dev.tilewright.ir.machine;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadPrinter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * Runs one block of a thread function. All threads execute an operation before any executes the
 * next; where operations of different threads would race, shared memory notices.
 *
 * <p>A value is an array of codes: element {@code i} of thread {@code t} at {@code t * lanes + i}.
 */
final class ThreadMachine {
  private static final int WARP = 32;

  private final ThreadFunction function;
  private final GlobalMemory global;
  private final SharedMemory shared;
  private final int threads;
  private final int[] block;
  private final Map<ThreadValue, long[]> values = new HashMap<>();
  private final List<Copies> copies = new ArrayList<>();

  /** A thread's asynchronous copies: the open group, and those that are committed, oldest first. */
  private static final class Copies {
    private List<Copy> open = new ArrayList<>();
    private final Deque<List<Copy>> groups = new ArrayDeque<>();
  }

  private record Copy(int shared, byte[] bytes) {}

  /**
   * @param block the block's index in the grid
   * @param arguments by position of the function's parameters, their codes
   */
  ThreadMachine(ThreadFunction function, GlobalMemory global, int[] block, List<Long> arguments) {
    this.function = function;
    this.global = global;
    this.block = block;
    this.threads = function.threads();
    this.shared = new SharedMemory(function.sharedBytes());
    for (int i = 0; i < arguments.size(); i++) {
      long argument = arguments.get(i);
      ThreadParameter parameter = function.parameters().get(i);
      set(parameter.value(), filled(parameter.value().type(), argument));
    }
    for (int t = 0; t < threads; t++) {
      copies.add(new Copies());
    }
  }

  void run() {
    run(function.body());
  }

  private void run(ThreadBlock block) {
    block.ops().forEach(this::run);
  }

  // ---------------------------------------------------------------- values

  private long[] get(ThreadValue value) {
    long[] codes = values.get(value);
    if (codes == null) {
      throw new AssertionError(value + " is used before it is defined");
    }
    return codes;
  }

  private void set(ThreadValue value, long[] codes) {
    if (codes.length != threads * value.type().lanes()) {
      throw new AssertionError("wrong number of elements for " + value + ": " + value.type());
    }
    values.put(value, codes);
  }

  private long[] filled(ThreadType type, long code) {
    long[] codes = new long[threads * type.lanes()];
    Arrays.fill(codes, code);
    return codes;
  }

  private int integer(ThreadValue value, int thread) {
    return (int) DType.I32.decodeLong(get(value)[thread]);
  }

  private int uniform(ThreadValue value, String what) {
    int first = integer(value, 0);
    for (int t = 1; t < threads; t++) {
      if (integer(value, t) != first) {
        throw new AssertionError(what + " differs between threads 0 and " + t);
      }
    }
    return first;
  }

  private boolean holds(Optional<ThreadValue> predicate, int thread) {
    return predicate.isEmpty() || (get(predicate.get())[thread] & 1) != 0;
  }

  private interface Element {
    long of(int index);
  }

  private void each(ThreadValue result, Element element) {
    long[] codes = new long[threads * result.type().lanes()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = element.of(i);
    }
    set(result, codes);
  }

  private static void require(boolean condition, ThreadOp op) {
    if (!condition) {
      throw new AssertionError("ill-typed: " + op);
    }
  }

  // ---------------------------------------------------------------- operations

  private void run(ThreadOp op) {
    switch (op) {
      case ThreadOp.Constant o ->
          set(o.result(), filled(o.result().type(), code(o.result().type().element(), o)));
      case ThreadOp.Special o -> each(o.result(), t -> special(o, t));
      case ThreadOp.Unary o -> {
        require(o.x().type().equals(o.result().type()), o);
        DType type = o.x().type().element();
        long[] x = get(o.x());
        each(o.result(), i -> Arithmetic.unary(o.kind(), type, x[i]));
      }
      case ThreadOp.Binary o -> {
        require(o.x().type().equals(o.y().type()), o);
        require(o.x().type().equals(o.result().type()), o);
        DType type = o.x().type().element();
        long[] x = get(o.x());
        long[] y = get(o.y());
        each(o.result(), i -> Arithmetic.binary(o.kind(), type, x[i], y[i]));
      }
      case ThreadOp.Fma o -> {
        long[] x = get(o.x());
        long[] y = get(o.y());
        long[] z = get(o.z());
        DType type = o.x().type().element();
        each(o.result(), i -> Arithmetic.fma(type, x[i], y[i], z[i]));
      }
      case ThreadOp.Compare o -> {
        require(o.x().type().isScalar() && o.x().type().equals(o.y().type()), o);
        long[] x = get(o.x());
        long[] y = get(o.y());
        DType type = o.x().type().element();
        each(o.result(), i -> Arithmetic.compare(o.predicate(), type, x[i], y[i]) ? 1 : 0);
      }
      case ThreadOp.Select o -> {
        require(o.x().type().equals(o.result().type()), o);
        require(o.y().type().equals(o.result().type()), o);
        long[] x = get(o.x());
        long[] y = get(o.y());
        int lanes = o.result().type().lanes();
        Optional<ThreadValue> condition = Optional.of(o.condition());
        each(o.result(), i -> holds(condition, i / lanes) ? x[i] : y[i]);
      }
      case ThreadOp.Convert o -> {
        long[] x = get(o.x());
        DType from = o.x().type().element();
        DType to = o.result().type().element();
        each(o.result(), i -> Arithmetic.convert(from, to, o.rounding(), o.saturate(), x[i]));
      }
      case ThreadOp.Bitcast o -> bitcast(o);
      case ThreadOp.BytePermute o -> {
        long[] low = get(o.low());
        long[] high = get(o.high());
        each(o.result(), i -> permuted(low[i], high[i], o::source));
      }
      case ThreadOp.ByteLookup o -> {
        long[] low = get(o.low());
        long[] high = get(o.high());
        long[] places = get(o.places());
        each(
            o.result(),
            i -> permuted(low[i], high[i], byteIn -> (int) (places[i] >> 4 * byteIn & 7)));
      }
      case ThreadOp.FunnelShift o -> {
        long[] low = get(o.low());
        long[] high = get(o.high());
        each(o.result(), i -> (high[i] << 32 | low[i]) >>> o.amount() & 0xFFFFFFFFL);
      }
      case ThreadOp.Build o -> {
        int lanes = o.elements().size();
        each(o.result(), i -> get(o.elements().get(i % lanes))[i / lanes]);
      }
      case ThreadOp.Extract o -> {
        long[] vector = get(o.vector());
        int from = o.vector().type().lanes();
        int lanes = o.result().type().lanes();
        require(o.index() + lanes <= from, o);
        each(o.result(), i -> vector[i / lanes * from + o.index() + i % lanes]);
      }
      case ThreadOp.GlobalLoad o -> load(o);
      case ThreadOp.GlobalStore o -> store(o);
      case ThreadOp.SharedLoad o -> load(o);
      case ThreadOp.SharedStore o -> store(o);
      case ThreadOp.LoadMatrix o -> loadMatrix(o);
      case ThreadOp.AsyncCopy o -> copy(o);
      case ThreadOp.AsyncCommit _ ->
          copies.forEach(
              own -> {
                own.groups.addLast(own.open);
                own.open = new ArrayList<>();
              });
      case ThreadOp.AsyncWait o -> await(o.pending());
      case ThreadOp.Barrier o -> {
        require(o.id().isEmpty() && o.threads().isEmpty(), o);
        shared.barrier();
      }
      case AsyncThreadOp.FetchIncrement o -> fetchIncrement(o);
      case AsyncThreadOp.Signal o -> flag(o.address(), o.offset(), o.predicate(), o, 0, 1);
      case AsyncThreadOp.Await o -> flag(o.address(), o.offset(), o.predicate(), o, 1, 0);
      case ThreadOp.StoreMatrix _, ThreadOp.MatrixDescriptor _, AsyncThreadOp _ ->
          throw new UnsupportedOperationException(
              "this machine has no warp roles: " + ThreadPrinter.headline(op));
      case ThreadOp.Mma o -> multiply(o);
      case ThreadOp.ShuffleXor o -> {
        require(o.x().type().bits() <= 32 && o.x().type().equals(o.result().type()), o);
        long[] x = get(o.x());
        int lanes = o.x().type().lanes();
        each(o.result(), i -> x[(i / lanes ^ o.laneMask()) * lanes + i % lanes]);
      }
      case ThreadOp.ShuffleIndex o -> {
        require(o.x().type().bits() <= 32 && o.x().type().equals(o.result().type()), o);
        long[] x = get(o.x());
        long[] from = get(o.lane());
        int lanes = o.x().type().lanes();
        for (long lane : from) {
          require(lane >= 0 && lane < WARP, o);
        }
        each(
            o.result(),
            i -> {
              int thread = i / lanes;
              return x[(thread / WARP * WARP + (int) from[thread]) * lanes + i % lanes];
            });
      }
      case ThreadOp.For o -> loop(o);
      case ThreadOp.While o -> loop(o);
      case ThreadOp.If o -> {
        ThreadBlock taken = holds(o.condition(), o) ? o.thenBlock() : o.elseBlock();
        run(taken);
        bind(o.results(), taken.yielded());
      }
      case ThreadOp.Yield _ -> {}
    }
  }

  /** Blocks run in order: a flag that is not as it must be will never be. */
  private void flag(
      ThreadValue address,
      int offset,
      Optional<ThreadValue> predicate,
      ThreadOp op,
      long before,
      long after) {
    int done = 0;
    for (int t = 0; t < threads; t++) {
      if (holds(predicate, t)) {
        long at = get(address)[t] + offset;
        require(global.read(at, 4) == before, op);
        global.write(at, 4, after);
        done++;
      }
    }
    require(done == 1, op);
  }

  private void fetchIncrement(AsyncThreadOp.FetchIncrement op) {
    long[] numbers = filled(ThreadType.I32, 0);
    int done = 0;
    for (int t = 0; t < threads; t++) {
      if (holds(op.predicate(), t)) {
        long at = get(op.address())[t] + op.offset();
        numbers[t] = global.read(at, 4);
        global.write(at, 4, numbers[t] >= get(op.last())[t] ? 0 : numbers[t] + 1);
        done++;
      }
    }
    require(done == 1, op);
    set(op.result(), numbers);
  }

  private static long code(DType type, ThreadOp.Constant constant) {
    return Arithmetic.code(type, constant.value());
  }

  private long special(ThreadOp.Special op, int thread) {
    return switch (op.register()) {
      case THREAD -> thread;
      case LANE -> thread % WARP;
      case WARP -> thread / WARP;
      case BLOCK_X -> block[0];
      case BLOCK_Y -> block[1];
      case BLOCK_Z -> block[2];
      case CLUSTER_RANK, SHARED_BASE -> 0;
    };
  }

  private static long permuted(long low, long high, IntUnaryOperator source) {
    long both = high << 32 | low;
    long word = 0;
    for (int i = 0; i < 4; i++) {
      word |= (both >>> 8 * source.applyAsInt(i) & 0xFF) << 8 * i;
    }
    return word;
  }

  private void bitcast(ThreadOp.Bitcast op) {
    ThreadType from = op.x().type();
    ThreadType to = op.result().type();
    require(from.bits() == to.bits(), op);
    long[] x = get(op.x());
    each(
        op.result(),
        i -> {
          long code = 0;
          for (int bit = 0; bit < to.element().bits(); bit++) {
            int at = i % to.lanes() * to.element().bits() + bit;
            long element = x[i / to.lanes() * from.lanes() + at / from.element().bits()];
            code |= (element >> at % from.element().bits() & 1) << bit;
          }
          return code;
        });
  }

  // ---------------------------------------------------------------- memory

  private static int elementBytes(ThreadType type) {
    return type.element().bits() / 8;
  }

  private static void aligned(long address, int bytes, ThreadOp op) {
    if (address % bytes != 0) {
      throw new AssertionError(
          "address 0x%X is not a multiple of %d: %s".formatted(address, bytes, op));
    }
  }

  private void load(ThreadOp.GlobalLoad op) {
    ThreadType type = op.result().type();
    int lanes = type.lanes();
    int bytes = elementBytes(type);
    each(
        op.result(),
        i -> {
          if (!holds(op.predicate(), i / lanes)) {
            return 0;
          }
          long address = get(op.address())[i / lanes] + op.offset();
          aligned(address, type.bytes(), op);
          return global.read(address + (long) i % lanes * bytes, bytes);
        });
  }

  private void store(ThreadOp.GlobalStore op) {
    ThreadType type = op.value().type();
    long[] value = get(op.value());
    for (int t = 0; t < threads; t++) {
      if (holds(op.predicate(), t)) {
        long address = get(op.address())[t] + op.offset();
        aligned(address, type.bytes(), op);
        for (int i = 0; i < type.lanes(); i++) {
          global.write(
              address + (long) i * elementBytes(type),
              elementBytes(type),
              value[t * type.lanes() + i]);
        }
      }
    }
  }

  private void load(ThreadOp.SharedLoad op) {
    ThreadType type = op.result().type();
    int lanes = type.lanes();
    int bytes = elementBytes(type);
    each(
        op.result(),
        i -> {
          int address = integer(op.address(), i / lanes) + op.offset();
          aligned(address, type.bytes(), op);
          return shared.read(i / lanes, address + i % lanes * bytes, bytes);
        });
  }

  private void store(ThreadOp.SharedStore op) {
    ThreadType type = op.value().type();
    int bytes = elementBytes(type);
    long[] value = get(op.value());
    for (int t = 0; t < threads; t++) {
      if (holds(op.predicate(), t)) {
        int address = integer(op.address(), t) + op.offset();
        aligned(address, type.bytes(), op);
        for (int i = 0; i < type.lanes(); i++) {
          shared.write(t, address + i * bytes, bytes, value[t * type.lanes() + i]);
        }
      }
    }
  }

  private void loadMatrix(ThreadOp.LoadMatrix op) {
    for (int matrix = 0; matrix < op.results().size(); matrix++) {
      ThreadValue result = op.results().get(matrix);
      require(result.type().bits() == 32, op);
      require(!op.transposed() || result.type().element().bits() == 16, op);
      int bytes = elementBytes(result.type());
      int lanes = result.type().lanes();
      int supplier = 8 * matrix;
      each(
          result,
          i -> {
            int thread = i / lanes;
            int lane = thread % WARP;
            int row = op.transposed() ? 2 * (lane % 4) + i % lanes : lane / 4;
            int byteInRow = op.transposed() ? 2 * (lane / 4) : 4 * (lane % 4) + i % lanes * bytes;
            int address = integer(op.address(), thread - lane + supplier + row) + op.offset();
            aligned(address, 16, op);
            return shared.read(thread, address + byteInRow, bytes);
          });
    }
  }

  private void copy(ThreadOp.AsyncCopy op) {
    for (int t = 0; t < threads; t++) {
      if (!holds(op.predicate(), t)) {
        continue;
      }
      int thread = t;
      int read = op.sourceBytes().map(n -> integer(n, thread)).orElse(op.bytes());
      require(read >= 0 && read <= op.bytes(), op);
      long source = get(op.global())[t] + op.globalOffset();
      int target = integer(op.shared(), t) + op.sharedOffset();
      aligned(source, op.bytes(), op);
      aligned(target, op.bytes(), op);
      global.check(source, read);
      byte[] bytes = new byte[op.bytes()];
      for (int i = 0; i < read; i++) {
        bytes[i] = (byte) global.read(source + i, 1);
      }
      shared.announce(t, target, op.bytes());
      copies.get(t).open.add(new Copy(target, bytes));
    }
  }

  /** Copies are as late as they may be: they arrive only when they are waited for. */
  private void await(int pending) {
    for (int t = 0; t < threads; t++) {
      Deque<List<Copy>> groups = copies.get(t).groups;
      while (groups.size() > pending) {
        for (Copy copy : groups.removeFirst()) {
          shared.deliver(t, copy.shared(), copy.bytes());
        }
      }
    }
  }

  // ---------------------------------------------------------------- warps and control flow

  private void multiply(ThreadOp.Mma op) {
    MatrixMultiplyAdd instruction = MatrixMultiplyAdd.named(op.instruction());
    List<long[]> results = new ArrayList<>();
    op.results().forEach(result -> results.add(filled(result.type(), 0)));
    for (int warp = 0; warp < threads / WARP; warp++) {
      long[][] d =
          instruction.apply(elements(op.a(), warp), elements(op.b(), warp), elements(op.c(), warp));
      for (int lane = 0; lane < WARP; lane++) {
        int per = 4 / op.results().size();
        for (int i = 0; i < 4; i++) {
          results.get(i / per)[(warp * WARP + lane) * per + i % per] = d[lane][i];
        }
      }
    }
    for (int i = 0; i < results.size(); i++) {
      set(op.results().get(i), results.get(i));
    }
  }

  private long[][] elements(List<ThreadValue> registers, int warp) {
    int per = registers.getFirst().type().lanes();
    long[][] elements = new long[WARP][registers.size() * per];
    for (int lane = 0; lane < WARP; lane++) {
      for (int e = 0; e < elements[lane].length; e++) {
        elements[lane][e] = get(registers.get(e / per))[(warp * WARP + lane) * per + e % per];
      }
    }
    return elements;
  }

  private void loop(ThreadOp.For op) {
    bind(op.carried(), op.inits());
    int upper = uniform(op.upper(), "the end of a loop");
    int step = uniform(op.step(), "the step of a loop");
    for (int i = uniform(op.lower(), "the start of a loop"); i < upper; i += step) {
      set(op.induction(), filled(op.induction().type(), DType.I32.encodeLong(i, Overflow.NATURAL)));
      run(op.body());
      bind(op.carried(), op.body().yielded());
    }
    bind(op.results(), op.carried());
  }

  private void loop(ThreadOp.While op) {
    bind(op.results(), op.inits());
    while (true) {
      bind(op.condition().arguments(), op.results());
      run(op.condition());
      if (!holds(op.decision(), op)) {
        return;
      }
      bind(op.body().arguments(), op.results());
      run(op.body());
      bind(op.results(), op.body().yielded());
    }
  }

  private boolean holds(ThreadValue condition, ThreadOp op) {
    long first = get(condition)[0];
    for (long other : get(condition)) {
      require((other & 1) == (first & 1), op);
    }
    return (first & 1) != 0;
  }

  private void bind(List<ThreadValue> targets, List<ThreadValue> sources) {
    List<long[]> codes = sources.stream().map(this::get).toList();
    for (int i = 0; i < targets.size(); i++) {
      if (!targets.get(i).type().equals(sources.get(i).type())) {
        throw new AssertionError(sources.get(i) + " does not fit " + targets.get(i));
      }
      set(targets.get(i), codes.get(i));
    }
  }
}
