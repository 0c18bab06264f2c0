package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
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
import java.util.Random;
import java.util.function.Supplier;

/**
 * Random well-typed thread functions: arithmetic on all types, vectors, memory at addresses made of
 * small coordinates, nested loops and branches. Everything ends up in memory.
 */
final class RandomThreadFunctions {
  static final int GLOBAL_BYTES = 1 << 17;
  static final int SHARED_BYTES = 1 << 13;

  /** Coordinates stay below this, so that addresses stay inside the memories. */
  private static final int MOST = 100;

  private static final List<DType> TYPES =
      List.of(
          DType.I8,
          DType.U8,
          DType.I16,
          DType.I32,
          DType.U32,
          DType.I64,
          DType.U64,
          DType.F16,
          DType.BF16,
          DType.F32,
          DType.F64);

  private final Random random;
  private final ThreadBuilder out = new ThreadBuilder(100);
  private final ThreadValue pointer = new ThreadValue(0, ThreadType.I64);
  private final ThreadValue stride = new ThreadValue(1, ThreadType.I64);
  private final ThreadValue size = new ThreadValue(2, ThreadType.I32);
  private final ThreadValue real = new ThreadValue(3, ThreadType.F32);
  private final ThreadValue flag = new ThreadValue(4, ThreadType.PREDICATE);

  /** What may be used here: anything, and {@code i32} values of less than {@link #MOST}. */
  private List<ThreadValue> pool = new ArrayList<>();

  private List<ThreadValue> coordinates = new ArrayList<>();

  private RandomThreadFunctions(Random random) {
    this.random = random;
  }

  static ThreadFunction function(long seed) {
    return new RandomThreadFunctions(new Random(seed)).function();
  }

  /** Codes for the parameters. */
  static List<Long> arguments(long seed) {
    Random random = new Random(seed);
    long pointer = GLOBAL_BYTES / 2;
    long real = Float.floatToIntBits(random.nextFloat() * 8 - 4) & 0xFFFF_FFFFL;
    return List.of(
        pointer,
        (long) random.nextInt(16),
        (long) random.nextInt(7),
        real,
        (long) random.nextInt(2));
  }

  private ThreadFunction function() {
    pool.addAll(List.of(pointer, stride, size, real, flag));
    coordinates.add(size);
    coordinates.add(remember(out.special(SpecialRegister.THREAD)));
    coordinates.add(remember(out.special(SpecialRegister.LANE)));
    statements(12 + random.nextInt(20), 0);
    for (ThreadValue value : List.copyOf(pool)) {
      if (random.nextInt(3) == 0) {
        store(value);
      }
    }
    List<ThreadParameter> parameters =
        List.of(
            new ThreadParameter.Pointer("a", pointer),
            new ThreadParameter.Stride("a", 0, stride),
            new ThreadParameter.Dimension("n", size),
            new ThreadParameter.Scalar("x", real),
            new ThreadParameter.Scalar("p", flag));
    return new ThreadFunction("random", "any", parameters, 128, SHARED_BYTES, out.block(List.of()));
  }

  private ThreadValue remember(ThreadValue value) {
    pool.add(value);
    return value;
  }

  private <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private void statements(int count, int depth) {
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(depth < 3 ? 17 : 14)) {
        case 0, 1, 2, 3 -> arithmetic();
        case 4, 5 -> coordinate();
        case 6 -> vector();
        case 7 -> predicate();
        case 8 -> load();
        case 9 -> store(one(pool));
        case 10 -> remember(number(one(TYPES)));
        case 11 -> special();
        case 12 -> asynchronous();
        case 13 -> product();
        case 14 -> {
          if (random.nextInt(3) == 0) {
            whileLoop(depth);
          } else {
            loop(depth);
          }
        }
        case 15 -> partial(depth);
        default -> branch(depth);
      }
    }
  }

  // ---------------------------------------------------------------- values

  private ThreadValue number(DType type) {
    Literal value =
        type instanceof IntType
            ? Literal.of(one(List.of(0L, 1L, 2L, 3L, 8L, 31L, -1L, 255L, 4096L, -7L)))
            : Literal.of(one(List.of(0.0, -0.0, 1.0, -1.5, 3.25, 1e9, Double.NaN)));
    int lanes = random.nextInt(4) == 0 ? Math.max(1, 32 / type.bits()) : 1;
    return out.constant(new ThreadType(type, lanes), value);
  }

  private ThreadValue like(ThreadValue value) {
    List<ThreadValue> same = pool.stream().filter(v -> v.type().equals(value.type())).toList();
    if (random.nextInt(3) > 0) {
      return one(same);
    }
    Literal small =
        value.type().element() instanceof IntType
            ? Literal.of(random.nextInt(5) - 1)
            : Literal.of(random.nextInt(3) - 1.0);
    return out.constant(value.type(), small);
  }

  private static boolean isInteger(ThreadValue value) {
    return value.type().element() instanceof IntType;
  }

  private void arithmetic() {
    ThreadValue x = one(pool);
    if (x.equals(pointer)) {
      return;
    }
    DType type = x.type().element();
    switch (random.nextInt(5)) {
      case 0 -> {
        List<UnaryKind> kinds =
            isInteger(x)
                ? List.of(UnaryKind.NEG, UnaryKind.ABS, UnaryKind.NOT)
                : List.of(
                    UnaryKind.NEG,
                    UnaryKind.ABS,
                    UnaryKind.SQRT,
                    UnaryKind.FLOOR,
                    UnaryKind.ROUND,
                    UnaryKind.RECIP);
        remember(out.unary(one(kinds), x));
      }
      case 1 -> {
        if (type instanceof FloatType && type.bits() >= 32) {
          remember(out.fma(x, like(x), like(x)));
        }
      }
      case 2 -> {
        DType to = one(TYPES);
        if (x.type().isScalar() && type.bits() > 1) {
          remember(out.convert(x, to, one(List.of(Rounding.values())), random.nextBoolean()));
        }
      }
      default -> {
        List<BinaryKind> kinds =
            isInteger(x)
                ? List.of(BinaryKind.values())
                : List.of(
                    BinaryKind.ADD,
                    BinaryKind.SUB,
                    BinaryKind.MUL,
                    BinaryKind.DIV,
                    BinaryKind.MIN,
                    BinaryKind.MAX);
        ThreadValue y = like(x);
        remember(
            random.nextBoolean() ? out.binary(one(kinds), x, y) : out.binary(one(kinds), y, x));
      }
    }
  }

  private void predicate() {
    ThreadValue x = one(pool);
    if (x.type().isScalar()) {
      ThreadValue p = out.compare(one(List.of(ComparePredicate.values())), x, like(x));
      remember(p);
      remember(out.select(p, x, like(x)));
    }
  }

  private void special() {
    ThreadValue c =
        out.special(
            one(List.of(SpecialRegister.THREAD, SpecialRegister.LANE, SpecialRegister.WARP)));
    coordinates.add(c);
    BinaryKind kind = one(List.of(BinaryKind.DIV, BinaryKind.REM, BinaryKind.AND, BinaryKind.SHR));
    coordinates.add(remember(out.binary(kind, c, out.i32(one(List.of(1, 2, 3, 4, 31, 32, 64))))));
  }

  private void vector() {
    ThreadValue x = one(pool);
    int bits = x.type().element().bits();
    if (!x.type().isScalar() && random.nextBoolean()) {
      int lanes = 1 + random.nextInt(x.type().lanes());
      int index = random.nextInt(x.type().lanes() - lanes + 1);
      ThreadValue part = out.fresh(new ThreadType(x.type().element(), lanes));
      remember(out.add(new ThreadOp.Extract(part, x, index, Location.UNKNOWN)).result());
    } else if (x.type().isScalar() && bits > 1 && bits < 64) {
      List<ThreadValue> elements = new ArrayList<>();
      for (int i = 0; i < 32 / Math.min(16, bits); i++) {
        elements.add(random.nextBoolean() ? x : like(x));
      }
      remember(out.build(elements));
    }
    words();
    for (DType type : List.of(DType.I32, DType.F32, DType.I16, DType.F16, DType.I8)) {
      if (x.type().bits() % type.bits() == 0 && bits > 1 && random.nextInt(4) == 0) {
        remember(out.bitcast(x, new ThreadType(type, x.type().bits() / type.bits())));
      }
    }
  }

  /** Bytes and bits of words, and of words that were made so. */
  private void words() {
    List<ThreadValue> words =
        pool.stream().filter(v -> v.type().bits() == 32).map(this::asWord).toList();
    if (words.isEmpty()) {
      return;
    }
    ThreadValue low = one(words);
    ThreadValue high = one(words);
    ThreadValue permuted = remember(out.permute(low, high, random.nextInt() & 0x7777));
    remember(
        out.permute(permuted, random.nextBoolean() ? high : permuted, random.nextInt() & 0x7777));
    remember(out.funnelShift(random.nextBoolean() ? low : permuted, high, random.nextInt(32)));
    ThreadValue threeBits = out.constant(ThreadType.U32, Literal.of(0x7777));
    remember(out.lookup(low, high, out.binary(BinaryKind.AND, permuted, threeBits)));
  }

  private ThreadValue asWord(ThreadValue value) {
    return value.type().equals(ThreadType.U32) ? value : out.bitcast(value, ThreadType.U32);
  }

  // ---------------------------------------------------------------- addresses

  private void coordinate() {
    ThreadValue x = one(coordinates);
    ThreadValue y = random.nextBoolean() ? one(coordinates) : out.i32(random.nextInt(9) - 3);
    ThreadValue made =
        switch (random.nextInt(4)) {
          case 0 -> out.binary(BinaryKind.ADD, x, y);
          case 1 -> out.binary(BinaryKind.SUB, x, y);
          case 2 -> out.binary(BinaryKind.MUL, x, out.i32(random.nextInt(4)));
          default -> out.binary(BinaryKind.SHL, x, out.i32(random.nextInt(2)));
        };
    // The number itself may be used before it is bounded; as a coordinate it must be small.
    remember(made);
    if (random.nextBoolean()) {
      coordinates.add(bounded(made));
    }
  }

  private ThreadValue bounded(ThreadValue x) {
    return out.binary(BinaryKind.MAX, out.binary(BinaryKind.MIN, x, out.i32(MOST)), out.i32(-MOST));
  }

  /** A sum that no mask hides: this is what strength reduction looks for. */
  private ThreadValue linear() {
    ThreadValue x = one(coordinates);
    for (int i = random.nextInt(3); i > 0; i--) {
      ThreadValue y = random.nextBoolean() ? one(coordinates) : out.i32(random.nextInt(40) - 8);
      x = out.binary(random.nextInt(4) == 0 ? BinaryKind.SUB : BinaryKind.ADD, x, y);
    }
    return random.nextBoolean() ? out.binary(BinaryKind.MUL, x, out.i32(1 + random.nextInt(8))) : x;
  }

  private ThreadValue globalAddress() {
    ThreadValue row = out.convert(linear(), DType.I64, Rounding.NEAREST_EVEN, false);
    ThreadValue column = out.convert(linear(), DType.I64, Rounding.NEAREST_EVEN, false);
    ThreadValue address =
        out.binary(BinaryKind.ADD, pointer, out.binary(BinaryKind.MUL, row, stride));
    ThreadValue scaled = out.binary(BinaryKind.SHL, column, out.i64(random.nextInt(3)));
    address = out.binary(BinaryKind.ADD, address, scaled);
    return random.nextBoolean() ? address : out.binary(BinaryKind.ADD, address, out.i64(48));
  }

  private ThreadValue sharedAddress() {
    ThreadValue scaled = linear();
    return out.binary(BinaryKind.ADD, out.i32(SHARED_BYTES / 2), scaled);
  }

  private Optional<ThreadValue> maybePredicate() {
    List<ThreadValue> predicates =
        pool.stream().filter(v -> v.type().equals(ThreadType.PREDICATE)).toList();
    return random.nextBoolean() ? Optional.of(one(predicates)) : Optional.empty();
  }

  private int offset() {
    return random.nextInt(64) - 16;
  }

  private void load() {
    DType element = one(TYPES);
    ThreadType type = new ThreadType(element, random.nextBoolean() ? 1 : 64 / element.bits());
    ThreadValue result = out.fresh(type);
    out.add(
        random.nextBoolean()
            ? new ThreadOp.GlobalLoad(
                result, globalAddress(), offset(), maybePredicate(), Location.UNKNOWN)
            : new ThreadOp.SharedLoad(result, sharedAddress(), offset(), Location.UNKNOWN));
    remember(result);
  }

  private void store(ThreadValue value) {
    switch (random.nextInt(5)) {
      case 0, 1 ->
          out.add(
              new ThreadOp.SharedStore(
                  sharedAddress(), offset(), value, maybePredicate(), Location.UNKNOWN));
      case 2 ->
          out.add(
              new ThreadOp.AsyncCopy(
                  8,
                  sharedAddress(),
                  offset(),
                  globalAddress(),
                  offset(),
                  Optional.of(out.i32(random.nextInt(9))),
                  maybePredicate(),
                  Location.UNKNOWN));
      default ->
          out.add(
              new ThreadOp.GlobalStore(
                  globalAddress(), offset(), value, maybePredicate(), Location.UNKNOWN));
    }
  }

  // ---------------------------------------------------------------- asynchronous operations

  private void asynchronous() {
    Location at = Location.UNKNOWN;
    List<ThreadValue> coordinate = List.of(one(coordinates), linear());
    out.add(
        switch (random.nextInt(8)) {
          case 0 -> new AsyncThreadOp.MbarrierInit(sharedAddress(), offset(), 1, at);
          case 1 -> new AsyncThreadOp.MbarrierExpect(sharedAddress(), offset(), 64, at);
          case 2 ->
              new AsyncThreadOp.MbarrierArrive(
                  sharedAddress(), offset(), Optional.of(one(coordinates)), at);
          case 3 -> new AsyncThreadOp.MbarrierWait(sharedAddress(), offset(), linear(), at);
          case 4 ->
              new AsyncThreadOp.BulkLoad(
                  stride,
                  sharedAddress(),
                  offset(),
                  coordinate,
                  sharedAddress(),
                  offset(),
                  Optional.of(linear()),
                  at);
          case 5 -> new AsyncThreadOp.BulkStore(stride, sharedAddress(), offset(), coordinate, at);
          case 6 -> new AsyncThreadOp.FenceProxyAsync(at);
          default -> new ThreadOp.Barrier(at);
        });
  }

  /** Of a group, with two accumulators. */
  private void product() {
    List<ThreadValue> c = List.of(real, out.constant(ThreadType.F32, Literal.of(0.0)));
    ThreadValue address = sharedAddress();
    for (int i = random.nextInt(3); i >= 0; i--) {
      List<ThreadValue> results = List.of(out.fresh(ThreadType.F32), out.fresh(ThreadType.F32));
      out.add(
          new AsyncThreadOp.GroupMma(
              "wgmma.m64n8k16.f32.f16.f16",
              results,
              List.of(descriptor(address)),
              descriptor(sharedAddress()),
              c,
              maybePredicate(),
              false,
              random.nextBoolean(),
              Location.UNKNOWN));
      c = results;
    }
    pool.addAll(AsyncThreadOp.GroupMmaWait.of(c, 0, out).results());
  }

  private ThreadValue descriptor(ThreadValue address) {
    ThreadValue result = out.fresh(ThreadType.I64);
    return out.add(
            new ThreadOp.MatrixDescriptor(result, address, offset(), 1L << 62, Location.UNKNOWN))
        .result();
  }

  // ---------------------------------------------------------------- control flow

  /** Roles of one and of three warps, outside of loops; single threads anywhere. */
  private void partial(int depth) {
    Location at = Location.UNKNOWN;
    out.add(
        switch (random.nextInt(3)) {
          case 0 -> new AsyncThreadOp.Roles(List.of(1, 3), List.of(part(depth), part(depth)), at);
          case 1 -> new AsyncThreadOp.Single(part(depth), at);
          default -> new AsyncThreadOp.WarpLeader(part(depth), at);
        });
  }

  private ThreadBlock part(int depth) {
    return out.region(List.of(), _ -> scoped(() -> arm(List.of(), depth)));
  }

  private List<ThreadValue> scoped(Supplier<List<ThreadValue>> body) {
    List<ThreadValue> outerPool = pool;
    List<ThreadValue> outerCoordinates = coordinates;
    pool = new ArrayList<>(pool);
    coordinates = new ArrayList<>(coordinates);
    try {
      return body.get();
    } finally {
      pool = outerPool;
      coordinates = outerCoordinates;
    }
  }

  private List<ThreadValue> some(int count) {
    List<ThreadValue> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      chosen.add(one(pool));
    }
    return chosen;
  }

  private void loop(int depth) {
    List<ThreadValue> inits = some(random.nextInt(4));
    ThreadValue lower = out.i32(random.nextInt(3));
    ThreadValue upper = random.nextBoolean() ? size : out.i32(random.nextInt(7));
    ThreadValue step = out.i32(1 + random.nextInt(2));
    List<ThreadValue> results =
        out.forLoop(
            lower,
            upper,
            step,
            inits,
            arguments ->
                scoped(
                    () -> {
                      pool.addAll(arguments);
                      coordinates.add(arguments.getFirst());
                      statements(4 + random.nextInt(8), depth + 1);
                      // Sometimes two carried values trade places.
                      return arguments.subList(1, arguments.size()).stream()
                          .map(this::like)
                          .toList();
                    }));
    pool.addAll(results);
  }

  /** At most six iterations, fewer where a carried predicate says so. */
  private void whileLoop(int depth) {
    List<ThreadValue> inits = new ArrayList<>(List.of(out.i32(random.nextInt(3))));
    inits.addAll(some(random.nextInt(4)));
    ThreadValue limit = random.nextBoolean() ? size : out.i32(random.nextInt(7));
    List<ThreadValue> results =
        out.whileLoop(
            inits,
            carried -> {
              ThreadValue few = out.compare(ComparePredicate.LT, carried.getFirst(), limit);
              return carried.stream()
                  .filter(value -> value.type().equals(ThreadType.PREDICATE))
                  .findFirst()
                  .map(value -> out.binary(BinaryKind.AND, few, value))
                  .orElse(few);
            },
            carried ->
                scoped(
                    () -> {
                      pool.addAll(carried);
                      statements(4 + random.nextInt(8), depth + 1);
                      List<ThreadValue> next = new ArrayList<>();
                      next.add(out.binary(BinaryKind.ADD, carried.getFirst(), out.i32(1)));
                      carried.subList(1, carried.size()).forEach(value -> next.add(like(value)));
                      return next;
                    }));
    pool.addAll(results);
  }

  private void branch(int depth) {
    List<ThreadValue> like = some(random.nextInt(3));
    Optional<ThreadValue> condition = maybePredicate();
    List<ThreadValue> results =
        out.ifElse(
            condition.orElse(flag),
            _ -> scoped(() -> arm(like, depth)),
            _ -> scoped(() -> arm(like, depth)));
    pool.addAll(results);
  }

  private List<ThreadValue> arm(List<ThreadValue> like, int depth) {
    statements(2 + random.nextInt(5), depth + 1);
    return like.stream().map(this::like).toList();
  }
}
