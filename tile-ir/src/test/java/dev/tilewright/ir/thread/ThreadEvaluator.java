package dev.tilewright.ir.thread;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.FloatType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.dtype.Overflow;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.UnaryKind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What thread IR means, for one thread: the oracle of the passes over it. Values are the codes of
 * their elements; memories are arrays of bytes, of which address 0 is the first. What needs other
 * threads is replaced by some function of the operands that no pass can know.
 */
public final class ThreadEvaluator {
  private static final int LANES = 32;

  private final byte[] global;
  private final byte[] shared;
  private final int thread;
  private final int block;
  private final Map<Integer, long[]> values = new HashMap<>();
  private final List<String> executed = new ArrayList<>();

  /** Of the role that is running. */
  private int firstWarp;

  public ThreadEvaluator(byte[] global, byte[] shared, int thread, int block) {
    this.global = global;
    this.shared = shared;
    this.thread = thread;
    this.block = block;
  }

  /** Runs the function with one code for each parameter. */
  public void run(ThreadFunction function, List<Long> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      set(function.parameters().get(i).value(), arguments.get(i));
    }
    run(function.body());
  }

  /** The codes of a value after the run. */
  public long[] codes(ThreadValue value) {
    long[] codes = values.get(value.id());
    if (codes == null) {
      throw new AssertionError(value + " is not defined");
    }
    return codes;
  }

  private void set(ThreadValue value, long... codes) {
    if (codes.length != value.type().lanes()) {
      throw new AssertionError(value + ": " + value.type() + " is not " + codes.length + " codes");
    }
    values.put(value.id(), codes);
  }

  private void run(ThreadBlock block) {
    block.ops().forEach(this::run);
  }

  private void run(ThreadOp op) {
    switch (op) {
      case ThreadOp.Constant o -> {
        long[] codes = new long[o.result().type().lanes()];
        Arrays.fill(codes, literal(o.result().type().element(), o.value()));
        set(o.result(), codes);
      }
      case ThreadOp.Special o -> set(o.result(), special(o.register()));
      case ThreadOp.Unary o -> elementwise(o, x -> unary(o.kind(), o.x().type().element(), x[0]));
      case ThreadOp.Binary o ->
          elementwise(o, x -> binary(o.kind(), o.x().type().element(), x[0], x[1]));
      case ThreadOp.Fma o -> elementwise(o, x -> fma(o.x().type().element(), x));
      case ThreadOp.Compare o ->
          set(
              o.result(),
              compare(o.predicate(), o.x().type().element(), codes(o.x())[0], codes(o.y())[0])
                  ? 1
                  : 0);
      case ThreadOp.Select o ->
          set(o.result(), (codes(o.condition())[0] & 1) != 0 ? codes(o.x()) : codes(o.y()));
      case ThreadOp.Convert o -> elementwise(o, x -> convert(o, x[0]));
      case ThreadOp.Bitcast o -> set(o.result(), fromBits(o.result().type(), bits(o.x())));
      case ThreadOp.BytePermute o -> {
        long both = codes(o.high())[0] << 32 | codes(o.low())[0];
        long word = 0;
        for (int i = 0; i < 4; i++) {
          word |= (both >>> 8 * o.source(i) & 0xFF) << 8 * i;
        }
        set(o.result(), word);
      }
      case ThreadOp.ByteLookup o -> {
        long both = codes(o.high())[0] << 32 | codes(o.low())[0];
        long places = codes(o.places())[0];
        long word = 0;
        for (int i = 0; i < 4; i++) {
          word |= (both >>> 8 * (places >> 4 * i & 7) & 0xFF) << 8 * i;
        }
        set(o.result(), word);
      }
      case ThreadOp.FunnelShift o -> {
        long both = codes(o.high())[0] << 32 | codes(o.low())[0];
        set(o.result(), both >>> o.amount() & 0xFFFFFFFFL);
      }
      case ThreadOp.Build o ->
          set(o.result(), o.elements().stream().mapToLong(e -> codes(e)[0]).toArray());
      case ThreadOp.Extract o ->
          set(
              o.result(),
              Arrays.copyOfRange(
                  codes(o.vector()), o.index(), o.index() + o.result().type().lanes()));
      case ThreadOp.GlobalLoad o -> {
        boolean off = o.predicate().isPresent() && !isTrue(o.predicate().get());
        BigInteger bits =
            off
                ? BigInteger.ZERO
                : load(global, address(o.address(), o.offset()), o.result().type().bytes());
        set(o.result(), fromBits(o.result().type(), bits));
      }
      case ThreadOp.GlobalStore o ->
          store(global, o.address(), o.offset(), o.value(), o.predicate());
      case ThreadOp.SharedLoad o ->
          set(
              o.result(),
              fromBits(
                  o.result().type(),
                  load(shared, address(o.address(), o.offset()), o.result().type().bytes())));
      case ThreadOp.SharedStore o ->
          store(shared, o.address(), o.offset(), o.value(), o.predicate());
      case ThreadOp.LoadMatrix o -> {
        for (int i = 0; i < o.results().size(); i++) {
          ThreadValue result = o.results().get(i);
          int at = address(o.address(), o.offset()) + 16 * i;
          set(result, fromBits(result.type(), load(shared, at, result.type().bytes())));
        }
      }
      case ThreadOp.AsyncCopy o -> copy(o);
      case ThreadOp.StoreMatrix o -> {
        for (int i = 0; i < o.values().size(); i++) {
          store(shared, o.address(), o.offset() + 16 * i, o.values().get(i), Optional.empty());
        }
      }
      case ThreadOp.MatrixDescriptor o ->
          set(o.result(), ((address(o.address(), o.offset()) & 0x3FFFF) >> 4) | o.bits());
      case ThreadOp.AsyncCommit _, ThreadOp.AsyncWait _, ThreadOp.Barrier _ -> {}
      case AsyncThreadOp.Roles o -> {
        int role = 0;
        while (thread / LANES >= o.firstWarp(role + 1)) {
          role++;
        }
        firstWarp = o.firstWarp(role);
        run(o.bodies().get(role));
        firstWarp = 0;
      }
      case AsyncThreadOp.Single o -> {
        if (thread == firstWarp * LANES) {
          run(o.body());
        }
      }
      case AsyncThreadOp.WarpLeader o -> {
        if (thread % LANES == 0) {
          run(o.body());
        }
      }
      case AsyncThreadOp.Ordered o -> ordered(o);
      case ThreadOp.Mma o -> mix(o.instruction(), o);
      case ThreadOp.ShuffleXor o -> set(o.result(), codes(o.x()));
      case ThreadOp.ShuffleIndex o -> set(o.result(), codes(o.x()));
      case ThreadOp.For o -> loop(o);
      case ThreadOp.While o -> loop(o);
      case ThreadOp.If o -> {
        ThreadBlock taken = isTrue(o.condition()) ? o.thenBlock() : o.elseBlock();
        run(taken);
        assign(o.results(), taken.yielded());
      }
      case ThreadOp.Yield _ -> {}
    }
  }

  /** Its effect is that it was executed, with these operands. */
  private void ordered(AsyncThreadOp.Ordered op) {
    List<List<Long>> operands = new ArrayList<>();
    for (int i = 0; i < op.operands().size(); i++) {
      ThreadValue operand = op.operands().get(i);
      operands.add(
          op.sharedOperands().contains(i)
              ? List.of((long) address(operand, offset(op, i)))
              : Arrays.stream(codes(operand)).boxed().toList());
    }
    executed.add(op.getClass().getSimpleName() + operands);
    switch (op) {
      case AsyncThreadOp.GroupMma o -> mix(o.instruction(), o);
      case AsyncThreadOp.GroupMmaWait o -> assign(o.results(), o.values());
      default -> {}
    }
  }

  private static int offset(AsyncThreadOp.Ordered op, int operand) {
    return switch (op) {
      case AsyncThreadOp.MbarrierInit o -> o.offset();
      case AsyncThreadOp.MbarrierExpect o -> o.offset();
      case AsyncThreadOp.MbarrierArrive o -> o.offset();
      case AsyncThreadOp.MbarrierWait o -> o.offset();
      case AsyncThreadOp.BulkLoad o -> operand == 0 ? o.sharedOffset() : o.barrierOffset();
      case AsyncThreadOp.BulkStore o -> o.sharedOffset();
      default -> throw new AssertionError(op + " has no address");
    };
  }

  /** The asynchronous operations executed, in order, and the codes of their operands. */
  public List<String> executed() {
    return List.copyOf(executed);
  }

  private boolean isTrue(ThreadValue predicate) {
    return (codes(predicate)[0] & 1) != 0;
  }

  private void assign(List<ThreadValue> to, List<ThreadValue> from) {
    List<long[]> codes = from.stream().map(this::codes).toList();
    for (int i = 0; i < to.size(); i++) {
      set(to.get(i), codes.get(i));
    }
  }

  private void loop(ThreadOp.For loop) {
    int upper = (int) codes(loop.upper())[0];
    int step = (int) codes(loop.step())[0];
    assign(loop.carried(), loop.inits());
    for (long i = (int) codes(loop.lower())[0]; i < upper; i += step) {
      set(loop.induction(), i & 0xFFFF_FFFFL);
      run(loop.body());
      assign(loop.carried(), loop.body().yielded());
    }
    assign(loop.results(), loop.carried());
  }

  private void loop(ThreadOp.While loop) {
    assign(loop.results(), loop.inits());
    while (true) {
      assign(loop.condition().arguments(), loop.results());
      run(loop.condition());
      if (!isTrue(loop.decision())) {
        return;
      }
      assign(loop.body().arguments(), loop.results());
      run(loop.body());
      assign(loop.results(), loop.body().yielded());
    }
  }

  private long special(SpecialRegister register) {
    return switch (register) {
      case THREAD -> thread;
      case LANE -> thread % LANES;
      case WARP -> thread / LANES;
      case BLOCK_X -> block;
      case BLOCK_Y -> block + 1;
      case BLOCK_Z, CLUSTER_RANK, SHARED_BASE -> 0;
    };
  }

  // ---------------------------------------------------------------- memory and bits

  private int address(ThreadValue base, int offset) {
    DType type = base.type().element();
    return Math.toIntExact(((IntType) type).decodeLong(codes(base)[0]) + offset);
  }

  private static BigInteger load(byte[] memory, int address, int bytes) {
    BigInteger bits = BigInteger.ZERO;
    for (int i = bytes - 1; i >= 0; i--) {
      bits = bits.shiftLeft(8).or(BigInteger.valueOf(memory[address + i] & 0xFF));
    }
    return bits;
  }

  private void store(
      byte[] memory,
      ThreadValue base,
      int offset,
      ThreadValue value,
      Optional<ThreadValue> predicate) {
    if (predicate.isPresent() && !isTrue(predicate.get())) {
      return;
    }
    BigInteger bits = bits(value);
    int at = address(base, offset);
    for (int i = 0; i < value.type().bytes(); i++) {
      memory[at + i] = bits.shiftRight(8 * i).byteValue();
    }
  }

  private void copy(ThreadOp.AsyncCopy op) {
    if (op.predicate().isPresent() && !isTrue(op.predicate().get())) {
      return;
    }
    long read = op.sourceBytes().isPresent() ? codes(op.sourceBytes().get())[0] : op.bytes();
    int to = address(op.shared(), op.sharedOffset());
    int from = address(op.global(), op.globalOffset());
    for (int i = 0; i < op.bytes(); i++) {
      shared[to + i] = i < read ? global[from + i] : 0;
    }
  }

  private BigInteger bits(ThreadValue value) {
    BigInteger bits = BigInteger.ZERO;
    int width = value.type().element().bits();
    long[] codes = codes(value);
    for (int i = codes.length - 1; i >= 0; i--) {
      BigInteger code = BigInteger.valueOf(codes[i]).and(mask(width));
      bits = bits.shiftLeft(width).or(code);
    }
    return bits;
  }

  private static long[] fromBits(ThreadType type, BigInteger bits) {
    int width = type.element().bits();
    long[] codes = new long[type.lanes()];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = bits.shiftRight(i * width).and(mask(width)).longValue();
    }
    return codes;
  }

  private static BigInteger mask(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  private void mix(String instruction, ThreadOp op) {
    long all = instruction.length();
    for (ThreadValue operand : op.operands()) {
      for (long code : codes(operand)) {
        all = all * 1_000_003 + code;
      }
    }
    for (ThreadValue result : op.results()) {
      long[] codes = new long[result.type().lanes()];
      for (int i = 0; i < codes.length; i++) {
        all = all * 1_000_003 + i;
        codes[i] = all & mask(result.type().element().bits()).longValue();
      }
      set(result, codes);
    }
  }

  // ---------------------------------------------------------------- elements

  private interface Element {
    long of(long[] operands);
  }

  private void elementwise(ThreadOp.Pure op, Element element) {
    long[] codes = new long[op.result().type().lanes()];
    for (int i = 0; i < codes.length; i++) {
      int lane = i;
      codes[i] = element.of(op.operands().stream().mapToLong(x -> codes(x)[lane]).toArray());
    }
    set(op.result(), codes);
  }

  private static long literal(DType type, Literal value) {
    return switch (value) {
      case Literal.Int(long n) ->
          type instanceof IntType t ? t.encodeLong(n, Overflow.NATURAL) : type.encode(n);
      case Literal.Float(double f) -> type.encode(f);
    };
  }

  private static long unary(UnaryKind kind, DType type, long x) {
    if (type instanceof IntType t) {
      long n = t.decodeLong(x);
      long result =
          switch (kind) {
            case NEG -> -n;
            case ABS -> t.signed() && n < 0 ? -n : n;
            case NOT -> ~n;
            default -> throw new AssertionError(kind + " of " + type);
          };
      return t.encodeLong(result, Overflow.NATURAL);
    }
    double f = type.decode(x);
    double result =
        switch (kind) {
          case NEG -> -f;
          case ABS -> Math.abs(f);
          case EXP2 -> Math.pow(2, f);
          case EXP -> Math.exp(f);
          case LOG2 -> Math.log(f) / Math.log(2);
          case LOG -> Math.log(f);
          case SQRT -> Math.sqrt(f);
          case RSQRT -> 1 / Math.sqrt(f);
          case RECIP -> 1 / f;
          case SIN -> Math.sin(f);
          case COS -> Math.cos(f);
          case TANH -> Math.tanh(f);
          case FLOOR -> Math.floor(f);
          case CEIL -> Math.ceil(f);
          case ROUND -> Math.rint(f);
          case NOT -> throw new AssertionError(kind + " of " + type);
        };
    return type.encode(result);
  }

  private static long binary(BinaryKind kind, DType type, long x, long y) {
    if (type instanceof IntType t) {
      // Wide enough for every intermediate result, so that signs need no thought.
      BigInteger a = exact(t, x);
      BigInteger b = exact(t, y);
      return integer(kind, t, a, b).and(mask(t.bits())).longValue();
    }
    double a = type.decode(x);
    double b = type.decode(y);
    double result =
        switch (kind) {
          case ADD -> a + b;
          case SUB -> a - b;
          case MUL -> a * b;
          case DIV -> a / b;
          case MIN -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
          case MAX -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
          default -> throw new AssertionError(kind + " of " + type);
        };
    return type.encode(result);
  }

  private static BigInteger exact(IntType type, long code) {
    BigInteger bits = BigInteger.valueOf(code).and(mask(type.bits()));
    return type.signed() && bits.testBit(type.bits() - 1)
        ? bits.subtract(BigInteger.ONE.shiftLeft(type.bits()))
        : bits;
  }

  private static BigInteger integer(BinaryKind kind, IntType t, BigInteger a, BigInteger b) {
    // By zero is undefined: any answer will do, as long as it is always the same.
    return switch (kind) {
      case ADD -> a.add(b);
      case SUB -> a.subtract(b);
      case MUL -> a.multiply(b);
      case DIV -> b.signum() == 0 ? BigInteger.ZERO : a.divide(b);
      case REM -> b.signum() == 0 ? BigInteger.ZERO : a.remainder(b);
      case MIN -> a.min(b);
      case MAX -> a.max(b);
      case AND -> a.and(b);
      case OR -> a.or(b);
      case XOR -> a.xor(b);
      case SHL -> a.shiftLeft(amount(t, b));
      case SHR -> a.shiftRight(amount(t, b));
    };
  }

  private static int amount(IntType t, BigInteger b) {
    boolean inside = b.signum() >= 0 && b.compareTo(BigInteger.valueOf(t.bits())) < 0;
    return inside ? b.intValue() : t.bits();
  }

  private static long fma(DType type, long[] x) {
    if (type.equals(DType.F32)) {
      return type.encode(
          Math.fma(
              (float) type.decode(x[0]), (float) type.decode(x[1]), (float) type.decode(x[2])));
    }
    return type.encode(Math.fma(type.decode(x[0]), type.decode(x[1]), type.decode(x[2])));
  }

  private static boolean compare(ComparePredicate predicate, DType type, long x, long y) {
    if (type instanceof IntType t) {
      int order = exact(t, x).compareTo(exact(t, y));
      return switch (predicate) {
        case EQ -> order == 0;
        case NE -> order != 0;
        case LT -> order < 0;
        case LE -> order <= 0;
        case GT -> order > 0;
        case GE -> order >= 0;
      };
    }
    double a = type.decode(x);
    double b = type.decode(y);
    return switch (predicate) {
      case EQ -> a == b;
      case NE -> a != b;
      case LT -> a < b;
      case LE -> a <= b;
      case GT -> a > b;
      case GE -> a >= b;
    };
  }

  private static long convert(ThreadOp.Convert op, long x) {
    DType from = op.x().type().element();
    DType to = op.result().type().element();
    Overflow overflow = op.saturate() ? Overflow.SATURATE : Overflow.NATURAL;
    dev.tilewright.dtype.Rounding rounding =
        op.rounding() == Rounding.NEAREST_EVEN
            ? dev.tilewright.dtype.Rounding.NEAREST_EVEN
            : dev.tilewright.dtype.Rounding.TOWARD_ZERO;
    if (from instanceof IntType f && to instanceof IntType t) {
      BigInteger n = exact(f, x);
      if (op.saturate()) {
        BigInteger least = exactLeast(t);
        BigInteger most = exactMost(t);
        n = n.max(least).min(most);
      }
      return n.and(mask(t.bits())).longValue();
    }
    Overflow effective =
        from instanceof FloatType && to instanceof IntType ? Overflow.SATURATE : overflow;
    return to.encode(from.decode(x), rounding, effective);
  }

  private static BigInteger exactLeast(IntType t) {
    return t.signed() ? BigInteger.ONE.shiftLeft(t.bits() - 1).negate() : BigInteger.ZERO;
  }

  private static BigInteger exactMost(IntType t) {
    return mask(t.signed() ? t.bits() - 1 : t.bits());
  }
}
