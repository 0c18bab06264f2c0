package dev.tilewright.ir.random;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/** Random thread IR that has every operation and makes no sense: for what has to carry it only. */
public final class RandomThreads {
  private static final List<ThreadType> TYPES =
      List.of(
          ThreadType.PREDICATE,
          ThreadType.I32,
          ThreadType.I64,
          ThreadType.F32,
          ThreadType.vector(DType.F16, 2),
          ThreadType.vector(DType.F8E4M3, 16),
          ThreadType.scalar(DType.TF32));

  private final Random random;
  private final ThreadBuilder b = new ThreadBuilder(0);
  private final List<ThreadValue> pool = new ArrayList<>();

  private RandomThreads(Random random) {
    this.random = random;
  }

  public static ThreadFunction function(long seed, int size) {
    return new RandomThreads(new Random(seed)).function(size);
  }

  private ThreadFunction function(int size) {
    List<ThreadParameter> parameters =
        List.of(
            new ThreadParameter.Pointer("thread", put(b.fresh(ThreadType.I64))),
            new ThreadParameter.Stride("a \"b\"", 1, put(b.fresh(ThreadType.I64))),
            new ThreadParameter.Dimension("m", put(b.fresh(ThreadType.I32))),
            new ThreadParameter.Scalar("inf", put(b.fresh(ThreadType.F32))),
            new ThreadParameter.TensorMap(
                "box",
                List.of(1, 0),
                List.of(64, 1 + random.nextInt(256)),
                128,
                put(b.fresh(ThreadType.I64))),
            new ThreadParameter.Workspace(
                "await",
                1 + random.nextInt(9),
                random.nextBoolean(),
                put(b.fresh(ThreadType.I64))));
    steps(size, 0);
    return new ThreadFunction(
        "random",
        "sm_" + random.nextInt(100),
        parameters,
        32,
        random.nextInt(),
        1 + random.nextInt(3),
        b.block(List.of()));
  }

  private ThreadValue put(ThreadValue value) {
    pool.add(value);
    return value;
  }

  private ThreadValue any() {
    return RandomBody.pick(random, pool);
  }

  private List<ThreadValue> some() {
    return IntStream.range(0, 1 + random.nextInt(4)).mapToObj(_ -> any()).toList();
  }

  private List<ThreadValue> results() {
    return some().stream().map(_ -> b.fresh(type())).toList();
  }

  private ThreadType type() {
    return RandomBody.pick(random, TYPES);
  }

  private Optional<ThreadValue> maybe() {
    return random.nextBoolean() ? Optional.of(any()) : Optional.empty();
  }

  private int offset() {
    return random.nextInt(4) * 16 - 16;
  }

  private <E extends Enum<E>> E pick(Class<E> kinds) {
    return RandomBody.pick(random, List.of(kinds.getEnumConstants()));
  }

  private void steps(int count, int depth) {
    for (int i = 0; i < count; i++) {
      b.at(random.nextBoolean() ? Location.UNKNOWN : new Location("demo.T", "T.java", i + 1));
      step(depth);
    }
  }

  private void step(int depth) {
    Location at = b.location();
    switch (random.nextInt(depth < 2 ? 32 : 28)) {
      case 0 -> {
        ThreadType type = type();
        put(b.constant(type, RandomLiterals.of(random, type.element())));
      }
      case 1 -> put(b.special(pick(SpecialRegister.class)));
      case 2 -> put(b.unary(pick(UnaryKind.class), any()));
      case 3 -> put(b.binary(pick(BinaryKind.class), any(), any()));
      case 4 -> put(b.fma(any(), any(), any()));
      case 5 -> put(b.compare(pick(ComparePredicate.class), any(), any()));
      case 6 -> put(b.select(any(), any(), any()));
      case 7 ->
          put(
              b.add(
                      new ThreadOp.Convert(
                          b.fresh(type()), any(), pick(Rounding.class), random.nextBoolean(), at))
                  .result());
      case 8 -> {
        put(b.bitcast(any(), type()));
        put(b.permute(any(), any(), random.nextInt() & 0x7777));
        put(b.funnelShift(any(), any(), random.nextInt(32)));
        put(b.lookup(any(), any(), any()));
      }
      case 9 -> put(b.add(new ThreadOp.Build(b.fresh(type()), some(), at)).result());
      case 10 -> put(b.extract(any(), random.nextInt(8)));
      case 11 ->
          put(
              b.add(new ThreadOp.GlobalLoad(b.fresh(type()), any(), offset(), maybe(), at))
                  .result());
      case 12 -> b.add(new ThreadOp.GlobalStore(any(), offset(), any(), maybe(), at));
      case 13 -> put(b.add(new ThreadOp.SharedLoad(b.fresh(type()), any(), offset(), at)).result());
      case 14 -> b.add(new ThreadOp.SharedStore(any(), offset(), any(), maybe(), at));
      case 15 ->
          pool.addAll(
              b.add(new ThreadOp.LoadMatrix(results(), random.nextBoolean(), any(), offset(), at))
                  .results());
      case 16 ->
          b.add(new ThreadOp.AsyncCopy(16, any(), offset(), any(), offset(), maybe(), maybe(), at));
      case 17 -> b.add(new ThreadOp.AsyncCommit(at));
      case 18 -> b.add(new ThreadOp.AsyncWait(random.nextInt(3), at));
      case 19 -> b.add(new ThreadOp.Barrier(number(), number(), at));
      case 20, 21 ->
          pool.addAll(
              b.add(new ThreadOp.Mma("mma.m16n8k16", results(), some(), some(), some(), at))
                  .results());
      case 22 -> put(b.add(new ThreadOp.ShuffleXor(b.fresh(type()), any(), 16, at)).result());
      case 23 -> put(b.add(new ThreadOp.ShuffleIndex(b.fresh(type()), any(), any(), at)).result());
      case 24 ->
          put(
              b.add(
                      new ThreadOp.MatrixDescriptor(
                          b.fresh(ThreadType.I64), any(), offset(), random.nextLong(), at))
                  .result());
      case 25 -> b.add(new ThreadOp.StoreMatrix(some(), random.nextBoolean(), any(), offset(), at));
      case 26, 27 -> pool.addAll(b.add(ordered(at)).results());
      case 28 -> b.add(partial(at, depth));
      case 29 -> {
        List<ThreadValue> inits = random.nextBoolean() ? List.of() : some();
        pool.addAll(
            b.forLoop(any(), any(), any(), inits, arguments -> inner(arguments, inits, depth)));
      }
      case 30 -> {
        List<ThreadValue> inits = random.nextBoolean() ? List.of() : some();
        pool.addAll(
            b.whileLoop(
                inits,
                arguments -> inner(arguments, List.of(any()), depth).getFirst(),
                arguments -> inner(arguments, inits, depth)));
      }
      default -> {
        List<ThreadValue> like = random.nextBoolean() ? List.of() : some();
        pool.addAll(b.ifElse(any(), a -> inner(a, like, depth), a -> inner(a, like, depth)));
      }
    }
  }

  private OptionalInt number() {
    return random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(100));
  }

  private AsyncThreadOp.Partial partial(Location at, int depth) {
    return switch (random.nextInt(3)) {
      case 0 -> {
        List<Integer> warps = IntStream.range(0, random.nextInt(3)).mapToObj(i -> i + 1).toList();
        yield new AsyncThreadOp.Roles(warps, warps.stream().map(_ -> region(depth)).toList(), at);
      }
      case 1 -> new AsyncThreadOp.Single(region(depth), at);
      default -> new AsyncThreadOp.WarpLeader(region(depth), at);
    };
  }

  private ThreadBlock region(int depth) {
    return b.region(List.of(), a -> inner(a, List.of(), depth));
  }

  private AsyncThreadOp.Ordered ordered(Location at) {
    return switch (random.nextInt(22)) {
      case 21 ->
          new AsyncThreadOp.FetchIncrement(
              b.fresh(ThreadType.I32), any(), offset(), any(), maybe(), at);
      case 19 -> new AsyncThreadOp.Signal(any(), offset(), maybe(), at);
      case 20 -> new AsyncThreadOp.Await(any(), offset(), maybe(), at);
      case 0 -> new AsyncThreadOp.SetMaxRegisters(random.nextInt(256), random.nextBoolean(), at);
      case 1 -> new AsyncThreadOp.MbarrierInit(any(), offset(), random.nextInt(9), at);
      case 2 -> new AsyncThreadOp.MbarrierExpect(any(), offset(), random.nextInt(9), at);
      case 3 -> new AsyncThreadOp.MbarrierArrive(any(), offset(), maybe(), at);
      case 4 -> new AsyncThreadOp.MbarrierWait(any(), offset(), any(), at);
      case 5 -> new AsyncThreadOp.FenceMbarrierInit(at);
      case 6 -> new AsyncThreadOp.FenceProxyAsync(at);
      case 7 -> new AsyncThreadOp.ClusterArrive(random.nextBoolean(), at);
      case 8 -> new AsyncThreadOp.ClusterWait(at);
      case 9, 10 ->
          new AsyncThreadOp.BulkLoad(any(), any(), offset(), some(), any(), offset(), maybe(), at);
      case 11 -> new AsyncThreadOp.BulkStore(any(), any(), offset(), some(), at);
      case 12 -> new AsyncThreadOp.BulkCommit(at);
      case 13 -> new AsyncThreadOp.BulkWait(random.nextInt(3), random.nextBoolean(), at);
      case 14 -> new AsyncThreadOp.PrefetchTensorMap(any(), at);
      case 15 -> new AsyncThreadOp.GroupMmaFence(at);
      case 16 -> new AsyncThreadOp.GroupMmaCommit(at);
      case 17 -> {
        List<ThreadValue> values = random.nextBoolean() ? List.of() : some();
        List<ThreadValue> results = values.stream().map(v -> b.fresh(v.type())).toList();
        yield new AsyncThreadOp.GroupMmaWait(results, values, random.nextInt(3), at);
      }
      default -> {
        List<ThreadValue> c = some();
        List<ThreadValue> results = c.stream().map(v -> b.fresh(v.type())).toList();
        yield new AsyncThreadOp.GroupMma(
            "wgmma.m64n8k16",
            results,
            some(),
            any(),
            random.nextBoolean() ? c : List.of(),
            maybe(),
            random.nextBoolean(),
            random.nextBoolean(),
            at);
      }
    };
  }

  private List<ThreadValue> inner(
      List<ThreadValue> arguments, List<ThreadValue> yielded, int depth) {
    int outside = pool.size();
    pool.addAll(arguments);
    steps(random.nextInt(4), depth + 1);
    pool.subList(outside, pool.size()).clear();
    return yielded;
  }
}
