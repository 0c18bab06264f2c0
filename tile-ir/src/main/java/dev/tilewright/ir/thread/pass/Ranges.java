package dev.tilewright.ir.thread.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Between which bounds integers lie, from the sizes of blocks and warps, masks and remainders.
 * Values that are not known to be smaller than their type are not listed.
 */
final class Ranges {

  /** {@code least <= x <= greatest}. */
  record Range(long least, long greatest) {
    boolean isWithin(long low, long high) {
      return low <= least && greatest <= high;
    }

    boolean isNonNegative() {
      return least >= 0;
    }
  }

  /** No warp has fewer or more threads. */
  private static final int FEWEST_LANES = 32;

  private static final int MOST_LANES = 64;

  private final int blockThreads;
  private final int cluster;
  private final Map<Integer, Range> byId = new HashMap<>();

  /** The values that are the index of a thread, or of its warp. */
  private final List<Integer> threadIndices = new ArrayList<>();

  private final List<Integer> warpIndices = new ArrayList<>();
  private Range threads;
  private Range warps;

  Ranges(ThreadFunction function) {
    this.blockThreads = function.threads();
    this.cluster = function.cluster();
    this.threads = new Range(0, blockThreads - 1L);
    this.warps = new Range(0, (blockThreads - 1L) / FEWEST_LANES);
    for (ThreadParameter parameter : function.parameters()) {
      if (parameter instanceof ThreadParameter.Dimension size) {
        byId.put(size.value().id(), new Range(0, Integer.MAX_VALUE));
      }
    }
  }

  /** The range of a scalar; null when all that is known is its type, or that is 64 bits wide. */
  @Nullable Range of(ThreadValue value) {
    Range known = byId.get(value.id());
    return known != null ? known : ofType(value.type());
  }

  private static @Nullable Range ofType(ThreadType type) {
    return type.isScalar() && type.element() instanceof IntType t && t.bits() <= 32
        ? new Range(t.min(), t.max())
        : null;
  }

  boolean isNonNegative(ThreadValue value) {
    Range range = of(value);
    return range != null && range.isNonNegative();
  }

  void induction(ThreadOp.For loop) {
    Range lower = of(loop.lower());
    Range upper = of(loop.upper());
    if (lower != null && upper != null) {
      put(
          loop.induction(),
          new Range(lower.least(), Math.max(lower.least(), upper.greatest() - 1)));
    }
  }

  /**
   * Learns in {@code body} what holds in some warps only.
   *
   * @param of all warps of the block
   */
  <T> T inWarps(int first, int count, int of, Supplier<T> body) {
    Range outerThreads = threads;
    Range outerWarps = warps;
    int lanes = blockThreads / of;
    setWarps(
        new Range((long) first * lanes, (long) (first + count) * lanes - 1),
        new Range(first, first + count - 1L));
    try {
      return body.get();
    } finally {
      setWarps(outerThreads, outerWarps);
    }
  }

  private void setWarps(Range newThreads, Range newWarps) {
    threads = newThreads;
    warps = newWarps;
    threadIndices.forEach(id -> byId.put(id, newThreads));
    warpIndices.forEach(id -> byId.put(id, newWarps));
  }

  /** Learns the range of an operation's result. */
  void learn(ThreadOp.Pure op) {
    Range range =
        switch (op) {
          case ThreadOp.Constant o ->
              o.value() instanceof Literal.Int(long n) ? new Range(n, n) : null;
          case ThreadOp.Special o -> special(o);
          case ThreadOp.Binary o -> binary(o);
          case ThreadOp.Select o -> union(of(o.x()), of(o.y()));
          case ThreadOp.Convert o -> isInteger(o.x().type().element()) ? of(o.x()) : null;
          case ThreadOp.Bitcast o -> isInteger(o.x().type().element()) ? of(o.x()) : null;
          case ThreadOp.Unary _,
              ThreadOp.Fma _,
              ThreadOp.Compare _,
              ThreadOp.BytePermute _,
              ThreadOp.ByteLookup _,
              ThreadOp.FunnelShift _,
              ThreadOp.Build _,
              ThreadOp.Extract _,
              ThreadOp.MatrixDescriptor _ ->
              null;
        };
    if (range != null) {
      put(op.result(), range);
    }
  }

  private void put(ThreadValue value, Range range) {
    ThreadType type = value.type();
    if (type.isScalar()
        && type.element() instanceof IntType t
        && t.bits() > 1
        && (t.signed() || t.bits() < Long.SIZE || range.least() >= 0)
        && range.isWithin(t.min(), t.bits() == Long.SIZE ? Long.MAX_VALUE : t.max())) {
      byId.put(value.id(), range);
    }
  }

  private static boolean isInteger(DType type) {
    return type instanceof IntType t && t.bits() > 1;
  }

  /** Between which bounds the hardware's value lies here. */
  @Nullable Range of(SpecialRegister register) {
    return switch (register) {
      case THREAD -> threads;
      case WARP -> warps;
      case LANE -> new Range(0, Math.min(MOST_LANES, blockThreads) - 1L);
      case BLOCK_X, BLOCK_Y, BLOCK_Z -> new Range(0, Integer.MAX_VALUE);
      case CLUSTER_RANK -> new Range(0, cluster - 1L);
      case SHARED_BASE -> null;
    };
  }

  private @Nullable Range special(ThreadOp.Special op) {
    switch (op.register()) {
      case THREAD -> threadIndices.add(op.result().id());
      case WARP -> warpIndices.add(op.result().id());
      case LANE, BLOCK_X, BLOCK_Y, BLOCK_Z, CLUSTER_RANK, SHARED_BASE -> {}
    }
    return of(op.register());
  }

  private @Nullable Range binary(ThreadOp.Binary op) {
    Range x = of(op.x());
    Range y = of(op.y());
    if (op.kind() == BinaryKind.AND) {
      return and(x, y);
    }
    if (x == null || y == null || small(x) == null || small(y) == null) {
      return null;
    }
    return switch (op.kind()) {
      case ADD -> new Range(x.least() + y.least(), x.greatest() + y.greatest());
      case SUB -> new Range(x.least() - y.greatest(), x.greatest() - y.least());
      case MUL -> product(x, y);
      case DIV ->
          x.isNonNegative() && y.least() > 0
              ? new Range(x.least() / y.greatest(), x.greatest() / y.least())
              : null;
      case REM ->
          x.isNonNegative() && y.least() > 0
              ? new Range(0, Math.min(x.greatest(), y.greatest() - 1))
              : null;
      case MIN -> new Range(Math.min(x.least(), y.least()), Math.min(x.greatest(), y.greatest()));
      case MAX -> new Range(Math.max(x.least(), y.least()), Math.max(x.greatest(), y.greatest()));
      case AND -> and(x, y);
      case OR, XOR ->
          x.isNonNegative() && y.isNonNegative()
              ? new Range(0, mask(Math.max(x.greatest(), y.greatest())))
              : null;
      case SHL ->
          y.isWithin(0, 31) && y.least() == y.greatest()
              ? product(x, new Range(1L << y.least(), 1L << y.least()))
              : null;
      case SHR ->
          x.isNonNegative() && y.isWithin(0, 31)
              ? new Range(x.least() >> y.greatest(), x.greatest() >> y.least())
              : null;
    };
  }

  /** Wider ranges might overflow in what follows. */
  private static @Nullable Range small(Range range) {
    return range.isWithin(-(1L << 31), 1L << 32) ? range : null;
  }

  private static @Nullable Range and(@Nullable Range x, @Nullable Range y) {
    if (x != null && x.isNonNegative()) {
      return y != null && y.isNonNegative()
          ? new Range(0, Math.min(x.greatest(), y.greatest()))
          : new Range(0, x.greatest());
    }
    return y != null && y.isNonNegative() ? new Range(0, y.greatest()) : null;
  }

  /** All ones below and at the highest bit set. */
  private static long mask(long x) {
    return x == 0 ? 0 : (Long.highestOneBit(x) << 1) - 1;
  }

  private static @Nullable Range product(Range x, Range y) {
    if (!x.isWithin(-(1L << 31), 1L << 31) || !y.isWithin(-(1L << 31), 1L << 31)) {
      return null;
    }
    long a = x.least() * y.least();
    long b = x.least() * y.greatest();
    long c = x.greatest() * y.least();
    long d = x.greatest() * y.greatest();
    return new Range(
        Math.min(Math.min(a, b), Math.min(c, d)), Math.max(Math.max(a, b), Math.max(c, d)));
  }

  private static @Nullable Range union(@Nullable Range x, @Nullable Range y) {
    return x == null || y == null
        ? null
        : new Range(Math.min(x.least(), y.least()), Math.max(x.greatest(), y.greatest()));
  }
}
