package dev.tilewright.ir.random;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.StoredType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.BitView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Writes the body of a random program: steps that each use what is in scope. */
final class RandomBody {
  private static final Type.Scalar I32 = new Type.Scalar(DType.I32);
  private static final int DEEPEST = 2;

  private static final List<BinaryKind> FLOAT_KINDS =
      List.of(
          BinaryKind.ADD,
          BinaryKind.SUB,
          BinaryKind.MUL,
          BinaryKind.DIV,
          BinaryKind.MIN,
          BinaryKind.MAX);

  /** On floats the order shows, but the interpreter has one; on integers they associate. */
  private static final List<BinaryKind> COMBINERS =
      List.of(BinaryKind.ADD, BinaryKind.MIN, BinaryKind.MAX, BinaryKind.MUL);

  /**
   * Of floats: what rounds would depend on the order of elements, which a reduction leaves open.
   */
  private static final List<BinaryKind> SELECTORS = List.of(BinaryKind.MIN, BinaryKind.MAX);

  private final RandomPrograms.Profile profile;
  private final Random random;
  private final OpBuilder b;
  private final RandomAccess access;

  /** Scalars and tiles in scope. */
  private final List<Value> pool = new ArrayList<>();

  private int depth;
  private int line = 10;

  RandomBody(
      RandomPrograms.Profile profile,
      Random random,
      OpBuilder b,
      List<Parameter> parameters,
      Map<String, Long> dimensions) {
    this.profile = profile;
    this.random = random;
    this.b = b;
    this.access = new RandomAccess(this, random, b, parameters, dimensions);
    for (Parameter parameter : parameters) {
      if (!(parameter instanceof Parameter.Tensor)) {
        pool.add(parameter.value());
      }
    }
  }

  static <T> T pick(Random random, List<T> items) {
    return items.get(random.nextInt(items.size()));
  }

  /** Writes steps, then stores to every output a tile of that shape that depends on many values. */
  void write(int size, List<Integer> block) {
    Value row = b.mul(b.programId(0), b.i32(block.get(0)));
    Value column = b.mul(b.programId(1), b.i32(block.get(1)));
    pool.add(row);
    pool.add(column);
    steps(size);
    for (Parameter.Tensor output : access.outputs()) {
      Value sum = literalOf(new Type.Tile(block, output.dtype()));
      for (int i = 0; i < 4; i++) {
        Value term = spread(pick(random, pool), output.dtype(), block);
        sum = binary(pick(random, List.of(BinaryKind.ADD, BinaryKind.MAX)), sum, term);
      }
      b.store(output.value(), List.of(row, column), sum, List.of(true, true));
    }
  }

  private void steps(int count) {
    for (int i = 0; i < count; i++) {
      b.at(random.nextBoolean() ? Location.UNKNOWN : new Location("demo.R$1", "R.java", line++));
      step();
    }
  }

  private void step() {
    switch (random.nextInt(profile.sharedMemory() ? 24 : 22)) {
      case 0 -> literalOf(anyType());
      case 1 -> put(b.iota(pick(random, profile.extents())));
      case 2, 3 -> unary(any());
      case 4, 5 -> {
        Value x = any();
        binary(pick(random, kinds(x.type().dtype())), x, like(x.type()));
      }
      case 6 -> {
        Value x = like(anyType(DType.F32, DType.F16, DType.F64));
        put(b.fma(x, like(x.type()), like(x.type())));
      }
      case 7 -> {
        Value x = any();
        put(b.compare(pick(random, List.of(ComparePredicate.values())), x, like(x.type())));
      }
      case 8 -> {
        Value x = any();
        put(b.select(condition(x.type()), x, like(x.type())));
      }
      case 9, 10 -> cast(any(), pick(random, profile.dtypes()));
      case 11 -> put(b.splat(one(v -> !v.isTile()), shape()));
      case 12 -> broadcast(one(Value::isTile));
      case 13 -> reshape(one(Value::isTile));
      case 14 -> {
        Value x = one(Value::isTile);
        if (random.nextBoolean()) {
          transpose(x);
        } else {
          view(x, pick(random, profile.dtypes()));
        }
      }
      case 15 -> reduce(one(v -> v.isTile() && v.tile().rank() > 0));
      case 16 -> mma();
      case 17 -> put(access.load(shape(), one(v -> v.type().equals(I32))));
      case 18 -> loop();
      case 19 -> branch();
      case 20 -> whileLoop();
      case 21 -> {
        Value x = one(Value::isTile);
        while (x.tile().rank() > 0) {
          x = reduce(x);
        }
        put(b.extract(x));
      }
      case 22 -> put(access.throughShared(one(Value::isTile)));
      default -> put(access.throughRing(shape(), one(v -> v.type().equals(I32))));
    }
  }

  private Value put(Value value) {
    pool.add(value);
    return value;
  }

  // ---------------------------------------------------------------- what is in scope

  private Value any() {
    return pick(random, pool);
  }

  private Optional<Value> find(Predicate<Value> wanted) {
    List<Value> found = pool.stream().filter(wanted).toList();
    return found.isEmpty() ? Optional.empty() : Optional.of(pick(random, found));
  }

  /** A value in scope, or a new tile when there is none. */
  private Value one(Predicate<Value> wanted) {
    return find(wanted)
        .orElseGet(() -> literalOf(new Type.Tile(List.of(4, 2), pick(random, profile.dtypes()))));
  }

  /** A value of the type: one in scope or a new constant. */
  Value like(Type type) {
    return find(v -> v.type().equals(type) && random.nextInt(4) != 0)
        .orElseGet(() -> literalOf(type));
  }

  private List<Integer> shape() {
    return IntStream.range(0, 1 + random.nextInt(3))
        .mapToObj(_ -> pick(random, profile.extents()))
        .toList();
  }

  private Type anyType() {
    DType dtype = pick(random, profile.dtypes());
    return random.nextInt(3) == 0 ? new Type.Scalar(dtype) : new Type.Tile(shape(), dtype);
  }

  private Type anyType(DType... dtypes) {
    DType dtype = pick(random, List.of(dtypes));
    return random.nextInt(3) == 0 ? new Type.Scalar(dtype) : new Type.Tile(shape(), dtype);
  }

  Value literalOf(Type type) {
    return put(b.constant(type, RandomLiterals.of(random, type.dtype())));
  }

  private static Type withDtype(Type type, DType dtype) {
    return type instanceof Type.Tile tile ? tile.withDtype(dtype) : new Type.Scalar(dtype);
  }

  private Value condition(Type type) {
    Type bool = withDtype(type, DType.I1);
    return find(v -> v.type().equals(bool))
        .orElseGet(() -> put(b.compare(ComparePredicate.LT, like(type), like(type))));
  }

  // ---------------------------------------------------------------- steps

  private static List<BinaryKind> kinds(DType dtype) {
    return dtype instanceof FloatType ? FLOAT_KINDS : List.of(BinaryKind.values());
  }

  private void unary(Value x) {
    List<UnaryKind> kinds =
        switch (x.type().dtype()) {
          case IntType _ -> List.of(UnaryKind.NEG, UnaryKind.ABS, UnaryKind.NOT);
          case FloatType _ ->
              List.of(UnaryKind.values()).stream().filter(k -> k != UnaryKind.NOT).toList();
          case StoredType type -> throw type.noArithmetic();
        };
    put(b.unary(pick(random, kinds), x));
  }

  private Value binary(BinaryKind kind, Value x, Value y) {
    boolean divides = kind == BinaryKind.DIV || kind == BinaryKind.REM;
    if (divides && x.type().dtype() instanceof IntType) {
      // An odd number is not zero.
      Value one = b.constant(y.type(), dev.tilewright.ir.Literal.of(1));
      return put(b.binary(kind, x, b.binary(BinaryKind.OR, y, one)));
    }
    return put(b.binary(kind, x, y));
  }

  private Value cast(Value x, DType to) {
    Rounding rounding = random.nextInt(4) == 0 ? Rounding.TOWARD_ZERO : Rounding.NEAREST_EVEN;
    return put(b.cast(x, to, rounding, random.nextInt(4) == 0));
  }

  private void broadcast(Value x) {
    List<Integer> from = new ArrayList<>(x.tile().shape());
    int at = random.nextInt(from.size() + 1);
    from.add(at, 1);
    List<Integer> to = new ArrayList<>(from);
    to.set(at, pick(random, profile.extents()));
    if (product(to) <= 4096) {
      put(b.broadcast(put(b.reshape(x, from)), to));
    }
  }

  /** Moves a factor of two between dimensions, or adds a dimension. */
  private void reshape(Value x) {
    List<Integer> shape = new ArrayList<>(x.tile().shape());
    int from = random.nextInt(shape.size() + 1);
    if (from == shape.size() || shape.get(from) % 2 != 0) {
      shape.add(from, 1);
    } else {
      shape.set(from, shape.get(from) / 2);
      int to = random.nextInt(shape.size());
      shape.set(to, shape.get(to) * 2);
    }
    put(b.reshape(x, shape));
  }

  private void transpose(Value x) {
    List<Integer> permutation =
        new ArrayList<>(IntStream.range(0, x.tile().rank()).boxed().toList());
    java.util.Collections.shuffle(permutation, random);
    put(b.transpose(x, permutation));
  }

  private void view(Value x, DType dtype) {
    BitView.shape(x.tile(), dtype)
        .filter(shape -> product(shape) <= 4096)
        .ifPresent(_ -> put(b.view(x, dtype)));
  }

  private Value reduce(Value x) {
    BinaryKind kind = pick(random, x.type().dtype() instanceof FloatType ? SELECTORS : COMBINERS);
    int axis = random.nextInt(x.tile().rank());
    return put(b.reduce(x, axis, v -> b.binary(kind, v.get(0), v.get(1))));
  }

  private void mma() {
    List<List<DType>> types =
        List.of(
            List.of(DType.F16, DType.F16, DType.F32),
            List.of(DType.BF16, DType.BF16, DType.F32),
            List.of(DType.F16, DType.F16, DType.F16),
            List.of(DType.TF32, DType.TF32, DType.F32),
            List.of(DType.I8, DType.I8, DType.I32),
            List.of(DType.U8, DType.I8, DType.I32));
    List<DType> chosen = pick(random, types);
    int m = 16 << random.nextInt(2);
    int n = 8 << random.nextInt(2);
    int k = 16 << random.nextInt(2);
    Value a = like(new Type.Tile(List.of(m, k), chosen.get(0)));
    Value bb = like(new Type.Tile(List.of(k, n), chosen.get(1)));
    put(b.mma(a, bb, like(new Type.Tile(List.of(m, n), chosen.get(2)))));
  }

  private void loop() {
    if (depth == DEEPEST) {
      return;
    }
    List<Value> inits = IntStream.range(0, random.nextInt(3)).mapToObj(_ -> any()).toList();
    Value lower = b.i32(random.nextInt(4) - 1);
    Value upper =
        random.nextBoolean() ? b.i32(random.nextInt(5)) : b.ceilDiv(access.dimension(), 16);
    List<Value> results =
        b.forLoop(
            lower,
            upper,
            b.i32(1 + random.nextInt(2)),
            inits,
            arguments ->
                inner(arguments, () -> inits.stream().map(init -> like(init.type())).toList()));
    pool.addAll(results);
  }

  /** A few iterations; whether one more follows depends on what the loop carries. */
  private void whileLoop() {
    if (depth == DEEPEST) {
      return;
    }
    List<Value> inits = new ArrayList<>(List.of(b.i32(random.nextInt(3))));
    IntStream.range(0, random.nextInt(3)).forEach(_ -> inits.add(any()));
    Value limit = b.i32(random.nextInt(6) - 1);
    Value stop = like(I32);
    List<Value> results =
        b.whileLoop(
            inits,
            carried -> {
              Value more = b.compare(ComparePredicate.LT, carried.getFirst(), limit);
              Value other = inits.size() > 1 ? carried.get(1) : stop;
              if (other.isTile() && other.type().dtype().equals(DType.I32)) {
                // Integers are the same in whatever order they are combined.
                while (other.tile().rank() > 0) {
                  other = b.reduce(other, 0, v -> b.binary(BinaryKind.MAX, v.get(0), v.get(1)));
                }
                other = b.extract(other);
              }
              return other.type().equals(I32) && random.nextBoolean()
                  ? b.binary(BinaryKind.AND, more, b.compare(ComparePredicate.NE, other, stop))
                  : more;
            },
            carried ->
                inner(
                    carried,
                    () -> {
                      List<Value> next = new ArrayList<>();
                      next.add(b.add(carried.getFirst(), b.i32(1 + random.nextInt(2))));
                      inits.subList(1, inits.size()).forEach(init -> next.add(like(init.type())));
                      return next;
                    }));
    pool.addAll(results);
  }

  private void branch() {
    if (depth == DEEPEST) {
      return;
    }
    List<Type> types = IntStream.range(0, random.nextInt(3)).mapToObj(_ -> any().type()).toList();
    Value condition = condition(I32);
    java.util.function.Function<List<Value>, List<Value>> body =
        arguments -> inner(arguments, () -> types.stream().map(this::like).toList());
    pool.addAll(b.ifElse(condition, body, body));
  }

  private List<Value> inner(
      List<Value> arguments, java.util.function.Supplier<List<Value>> yielded) {
    int outside = pool.size();
    depth++;
    pool.addAll(arguments);
    steps(random.nextInt(5));
    List<Value> values = yielded.get();
    depth--;
    pool.subList(outside, pool.size()).clear();
    return values;
  }

  /** Something that depends on {@code x}, of the given type. */
  private Value spread(Value x, DType dtype, List<Integer> shape) {
    if (!x.isTile()) {
      return cast(b.splat(x, shape), dtype);
    }
    Value reduced = x;
    while (reduced.tile().rank() > 0) {
      reduced = reduce(reduced);
    }
    List<Integer> ones = shape.stream().map(_ -> 1).toList();
    return cast(b.broadcast(b.reshape(reduced, ones), shape), dtype);
  }

  private static long product(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, (x, y) -> x * y);
  }
}
