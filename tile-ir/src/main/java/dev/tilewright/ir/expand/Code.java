package dev.tilewright.ir.expand;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Writes index arithmetic: constants are folded, what has been computed before is found again, and
 * an operation is placed in the outermost region that has its operands, ahead of the loops inside.
 *
 * <p>Addresses are sums of parts that change at different rates, so this is where most of the work
 * of an inner loop is saved; everything that is not index arithmetic goes to {@link #ops} and stays
 * where it is written.
 */
final class Code {
  private final ThreadBuilder ops;
  private final Map<ThreadValue, Integer> depths = new HashMap<>();
  private final Map<ThreadValue, Long> constants = new HashMap<>();

  /** For each open region, what has been computed in it. */
  private final List<Map<Expression, ThreadValue>> computed =
      new ArrayList<>(List.of(new HashMap<>()));

  /** The depth before which nothing but numbers and special registers is placed. */
  private int floor;

  private record Expression(Object what, ThreadType type, List<Object> operands) {}

  Code(ThreadBuilder ops) {
    this.ops = ops;
  }

  /** For what must stay in its place. */
  ThreadBuilder ops() {
    return ops;
  }

  Location location() {
    return ops.location();
  }

  // ---------------------------------------------------------------- placing

  ThreadValue parameter(ThreadType type) {
    ThreadValue value = ops.fresh(type);
    depths.put(value, 0);
    return value;
  }

  /** How deep in regions the value is defined: the lower, the seldomer it changes. */
  int depth(ThreadValue value) {
    return depths.getOrDefault(value, ops.depth());
  }

  /** A region; arithmetic written inside may be placed before it. */
  ThreadBlock region(
      List<ThreadValue> arguments, Function<List<ThreadValue>, List<ThreadValue>> body) {
    return region(arguments, false, body);
  }

  /**
   * A region.
   *
   * @param keeps whether arithmetic written inside stays inside: in a loop around loops, to compute
   *     something again costs less than a register that keeps it over the inner ones
   */
  ThreadBlock region(
      List<ThreadValue> arguments,
      boolean keeps,
      Function<List<ThreadValue>, List<ThreadValue>> body) {
    int outerFloor = floor;
    floor = keeps ? ops.depth() + 1 : floor;
    computed.add(new HashMap<>());
    try {
      return ops.region(
          arguments,
          inside -> {
            inside.forEach(argument -> depths.put(argument, ops.depth()));
            return body.apply(inside);
          });
    } finally {
      computed.removeLast();
      floor = outerFloor;
    }
  }

  private ThreadValue place(
      Object what, ThreadType type, List<ThreadValue> operands, Placed operation) {
    int depth = floor;
    for (ThreadValue operand : operands) {
      depth = Math.max(depth, depth(operand));
    }
    return place(depth, new Expression(what, type, List.copyOf(operands)), operation);
  }

  private ThreadValue place(int depth, Expression expression, Placed operation) {
    ThreadValue known = computed.get(depth).get(expression);
    if (known != null) {
      return known;
    }
    ThreadValue result = ops.fresh(expression.type());
    ops.addAt(depth, operation.of(result));
    depths.put(result, depth);
    computed.get(depth).put(expression, result);
    return result;
  }

  private interface Placed {
    ThreadOp of(ThreadValue result);
  }

  // ---------------------------------------------------------------- constants

  ThreadValue i32(long value) {
    return integer(ThreadType.I32, value);
  }

  ThreadValue i64(long value) {
    return integer(ThreadType.I64, value);
  }

  ThreadValue integer(ThreadType type, long value) {
    ThreadValue result = constant(type, Literal.of(value));
    constants.put(result, value);
    return result;
  }

  ThreadValue constant(ThreadType type, Literal value) {
    return place(
        0,
        new Expression("constant", type, List.of(value)),
        result -> new ThreadOp.Constant(result, value, location()));
  }

  OptionalLong known(ThreadValue value) {
    Long constant = constants.get(value);
    return constant == null ? OptionalLong.empty() : OptionalLong.of(constant);
  }

  private boolean is(ThreadValue value, long constant) {
    return known(value).equals(OptionalLong.of(constant));
  }

  // ---------------------------------------------------------------- integer arithmetic

  ThreadValue special(SpecialRegister register) {
    return place(
        0,
        new Expression(register, ThreadType.I32, List.of()),
        result -> new ThreadOp.Special(result, register, location()));
  }

  ThreadValue add(ThreadValue x, ThreadValue y) {
    return is(x, 0) ? y : is(y, 0) ? x : binary(BinaryKind.ADD, x, y);
  }

  ThreadValue add(ThreadValue x, long constant) {
    return add(x, integer(x.type(), constant));
  }

  ThreadValue sub(ThreadValue x, ThreadValue y) {
    return is(y, 0) ? x : binary(BinaryKind.SUB, x, y);
  }

  /** A product, a shift where y is known to be a power of two. */
  ThreadValue mul(ThreadValue x, ThreadValue y) {
    if (is(x, 0) || is(y, 1)) {
      return x;
    }
    if (is(y, 0) || is(x, 1)) {
      return y;
    }
    long constant = known(y).orElse(0);
    return constant > 1 && Long.bitCount(constant) == 1
        ? shiftLeft(x, Long.numberOfTrailingZeros(constant))
        : binary(BinaryKind.MUL, x, y);
  }

  ThreadValue mul(ThreadValue x, long constant) {
    return mul(x, integer(x.type(), constant));
  }

  ThreadValue shiftLeft(ThreadValue x, int by) {
    return by == 0 ? x : binary(BinaryKind.SHL, x, integer(x.type(), by));
  }

  /** Of a number that is not negative. */
  ThreadValue shiftRight(ThreadValue x, int by) {
    return by == 0 ? x : binary(BinaryKind.SHR, x, integer(x.type(), by));
  }

  ThreadValue and(ThreadValue x, long mask) {
    return binary(BinaryKind.AND, x, integer(x.type(), mask));
  }

  ThreadValue xor(ThreadValue x, long mask) {
    return mask == 0 ? x : binary(BinaryKind.XOR, x, integer(x.type(), mask));
  }

  ThreadValue xor(ThreadValue x, ThreadValue y) {
    return is(x, 0) ? y : is(y, 0) ? x : binary(BinaryKind.XOR, x, y);
  }

  /** Of integers that do not overflow, as coordinates never do. */
  ThreadValue binary(BinaryKind kind, ThreadValue x, ThreadValue y) {
    OptionalLong a = known(x);
    OptionalLong b = known(y);
    if (a.isPresent() && b.isPresent()) {
      OptionalLong folded = fold(kind, x.type(), a.getAsLong(), b.getAsLong());
      if (folded.isPresent()) {
        return integer(x.type(), folded.getAsLong());
      }
    }
    return place(
        kind, x.type(), List.of(x, y), r -> new ThreadOp.Binary(r, kind, x, y, location()));
  }

  private static OptionalLong fold(BinaryKind kind, ThreadType type, long a, long b) {
    IntType integer = (IntType) type.element();
    long exact;
    switch (kind) {
      case ADD -> exact = a + b;
      case SUB -> exact = a - b;
      case MUL -> exact = a * b;
      case MIN -> exact = Math.min(a, b);
      case MAX -> exact = Math.max(a, b);
      case AND -> exact = a & b;
      case OR -> exact = a | b;
      case XOR -> exact = a ^ b;
      case DIV, REM -> {
        if (b == 0) {
          return OptionalLong.empty();
        }
        exact = kind == BinaryKind.DIV ? a / b : a % b;
      }
      case SHL, SHR -> {
        if (b < 0 || b >= integer.bits()) {
          return OptionalLong.empty();
        }
        exact = kind == BinaryKind.SHL ? a << b : a >> b;
      }
      default -> throw new AssertionError(kind);
    }
    int unused = Long.SIZE - integer.bits();
    return OptionalLong.of(exact << unused >> unused);
  }

  ThreadValue min(ThreadValue x, long constant) {
    return binary(BinaryKind.MIN, x, integer(x.type(), constant));
  }

  ThreadValue toI64(ThreadValue x) {
    OptionalLong constant = known(x);
    if (constant.isPresent()) {
      return i64(constant.getAsLong());
    }
    return place(
        "i64",
        ThreadType.I64,
        List.of(x),
        r -> new ThreadOp.Convert(r, x, Rounding.NEAREST_EVEN, false, location()));
  }

  /** The sum of some values, those that change seldom first. */
  ThreadValue sum(ThreadType type, List<ThreadValue> parts) {
    ThreadValue sum = integer(type, 0);
    for (int depth = 0; depth <= ops.depth(); depth++) {
      for (ThreadValue part : parts) {
        if (depth(part) == depth) {
          sum = add(sum, part);
        }
      }
    }
    return sum;
  }

  // ---------------------------------------------------------------- predicates, in their place

  /** Whether {@code 0 <= x < limit}, for a limit that is not negative: one unsigned comparison. */
  ThreadValue within(ThreadValue x, ThreadValue limit) {
    ThreadValue below = unsigned(x);
    ThreadValue end = unsigned(limit);
    return here(
        ComparePredicate.LT,
        List.of(below, end),
        () -> ops.compare(ComparePredicate.LT, below, end));
  }

  private ThreadValue unsigned(ThreadValue x) {
    ThreadType type = ThreadType.scalar(DType.U32);
    return place("unsigned", type, List.of(x), r -> new ThreadOp.Bitcast(r, x, location()));
  }

  ThreadValue equal(ThreadValue x, long constant) {
    ThreadValue y = integer(x.type(), constant);
    return here(ComparePredicate.EQ, List.of(x, y), () -> ops.compare(ComparePredicate.EQ, x, y));
  }

  ThreadValue both(ThreadValue p, ThreadValue q) {
    return here(BinaryKind.AND, List.of(p, q), () -> ops.binary(BinaryKind.AND, p, q));
  }

  ThreadValue select(ThreadValue condition, ThreadValue x, ThreadValue y) {
    return here("select", List.of(condition, x, y), () -> ops.select(condition, x, y));
  }

  /** Predicate registers are few: they are not carried through a loop but made again. */
  private ThreadValue here(Object what, List<ThreadValue> operands, Supplier<ThreadValue> write) {
    Expression expression = new Expression(what, operands.getLast().type(), List.copyOf(operands));
    ThreadValue known = computed.getLast().get(expression);
    if (known != null) {
      return known;
    }
    ThreadValue result = write.get();
    depths.put(result, ops.depth());
    computed.getLast().put(expression, result);
    return result;
  }

  /** The body of the function, when it is complete. */
  ThreadBlock body() {
    return ops.block(List.of());
  }
}
