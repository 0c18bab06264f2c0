package dev.tilewright.ir.analysis;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For every integer scalar of a function, between which affine functions of the dimensions it lies.
 *
 * <p>Program ids run below the grid's sizes, induction variables between their bounds, and a
 * quotient {@code ceildiv(m, 128)} is exactly {@code m / 128} where {@code m} is known to be a
 * multiple. Arithmetic is taken not to overflow.
 */
public final class Ranges {

  /**
   * The inclusive bounds of a value; null where nothing is known.
   *
   * @param exact whether both bounds are the value itself
   */
  private record Range(@Nullable Affine least, @Nullable Affine greatest, boolean exact) {
    static final Range UNKNOWN = new Range(null, null, false);

    static Range exactly(Affine value) {
      return new Range(value, value, true);
    }

    static Range between(@Nullable Affine least, @Nullable Affine greatest) {
      return new Range(least, greatest, false);
    }
  }

  private final KernelFunction function;
  private final Map<String, Long> divisors = new HashMap<>();
  private final Map<Value, Range> ranges = new HashMap<>();

  private Ranges(KernelFunction function) {
    this.function = function;
  }

  public static Ranges of(KernelFunction function) {
    Ranges facts = new Ranges(function);
    for (Parameter parameter : function.parameters()) {
      if (parameter instanceof Parameter.Dimension dimension) {
        facts.divisors.put(dimension.name(), (long) dimension.divisor());
        facts.ranges.put(dimension.value(), Range.exactly(Affine.dimension(dimension.name())));
      }
    }
    facts.visit(function.body());
    return facts;
  }

  /** Whether {@code 0 <= offset} and {@code offset + extent <= size} at every launch. */
  public boolean inside(Value offset, long extent, SizeExpr size) {
    Range range = of(offset);
    Range limit = of(size);
    return range.least() != null
        && range.greatest() != null
        && limit.least() != null
        && range.least().isNonNegative()
        && limit.least().minus(range.greatest()).plus(-extent).isNonNegative();
  }

  private Range of(Value value) {
    return ranges.getOrDefault(value, Range.UNKNOWN);
  }

  private Range of(SizeExpr size) {
    return switch (size) {
      case SizeExpr.Constant(long value) -> Range.exactly(Affine.of(value));
      case SizeExpr.Dimension(String name) -> Range.exactly(Affine.dimension(name));
      case SizeExpr.Sum(SizeExpr left, SizeExpr right) -> sum(of(left), of(right));
      case SizeExpr.Product(SizeExpr left, SizeExpr right) -> product(of(left), of(right));
      case SizeExpr.CeilDiv(SizeExpr dividend, SizeExpr.Constant(long by)) when by > 0 ->
          quotient(sum(of(dividend), Range.exactly(Affine.of(by - 1))), by);
      case SizeExpr.CeilDiv _ -> Range.UNKNOWN;
    };
  }

  private void visit(Block block) {
    for (Op op : block.ops()) {
      visit(op);
    }
  }

  private void visit(Op op) {
    switch (op) {
      case Op.Constant(Value result, Literal.Int(long value), var _)
          when result.type() instanceof Type.Scalar ->
          ranges.put(result, Range.exactly(Affine.of(value)));
      case Op.ProgramId(Value result, int axis, var _) ->
          ranges.put(result, below(Affine.of(0), gridSize(axis), Range.exactly(Affine.of(1))));
      case Op.Binary binary when binary.result().type() instanceof Type.Scalar ->
          ranges.put(binary.result(), ofBinary(binary));
      case Op.For loop -> {
        Affine least = of(loop.lower()).least();
        ranges.put(loop.induction(), below(least, of(loop.upper()), of(loop.step())));
        visit(loop.body());
      }
      case Op.While loop -> {
        visit(loop.condition());
        visit(loop.body());
      }
      case Op.If branch -> {
        visit(branch.thenBlock());
        visit(branch.elseBlock());
      }
      case AsyncOp.Roles roles -> roles.bodies().forEach(this::visit);
      default -> {
        // Nothing is known of what else yields scalars.
      }
    }
  }

  private Range gridSize(int axis) {
    return axis < function.grid().size()
        ? of(function.grid().get(axis))
        : Range.exactly(Affine.of(1));
  }

  /** What counts from {@code least} in steps and stays below {@code upper}. */
  private Range below(@Nullable Affine least, Range upper, Range step) {
    if (upper.greatest() == null) {
      return Range.between(least, null);
    }
    long by = constant(step);
    if (upper.exact() && least != null && by > 0) {
      // If the distance is a whole number of steps, the last value is one step before the end.
      Affine distance = upper.greatest().minus(least);
      Affine steps = distance.floorOver(by, divisors);
      if (steps != null && steps.times(by).equals(distance)) {
        return Range.between(least, upper.greatest().plus(-by));
      }
    }
    return Range.between(least, upper.greatest().plus(-1));
  }

  private Range ofBinary(Op.Binary op) {
    Range x = of(op.x());
    Range y = of(op.y());
    return switch (op.kind()) {
      case ADD -> sum(x, y);
      case SUB -> sum(x, negative(y));
      case MUL -> product(x, y);
      case DIV -> constant(y) > 0 ? quotient(x, constant(y)) : Range.UNKNOWN;
      case REM -> remainder(x, y);
      case MIN -> Range.between(both(x.least(), y.least()), first(y.greatest(), x.greatest()));
      case MAX -> Range.between(first(y.least(), x.least()), same(x.greatest(), y.greatest()));
      case SHL ->
          constant(y) > 0 && constant(y) < 31
              ? product(x, Range.exactly(Affine.of(1L << constant(y))))
              : Range.UNKNOWN;
      case SHR ->
          constant(y) > 0 && constant(y) < 31 ? quotient(x, 1L << constant(y)) : Range.UNKNOWN;
      case AND, OR, XOR -> Range.UNKNOWN;
    };
  }

  private static @Nullable Affine first(@Nullable Affine a, @Nullable Affine b) {
    return a != null ? a : b;
  }

  /** The bound that holds for both of two values, when it is plain to see. */
  private static @Nullable Affine same(@Nullable Affine a, @Nullable Affine b) {
    return a != null && a.equals(b) ? a : null;
  }

  /** A lower bound of two values. */
  private static @Nullable Affine both(@Nullable Affine a, @Nullable Affine b) {
    Affine same = same(a, b);
    boolean positive = a != null && b != null && a.isNonNegative() && b.isNonNegative();
    return same == null && positive ? Affine.of(0) : same;
  }

  /** A positive constant, or 0. */
  private static long constant(Range range) {
    Affine value = range.least();
    return range.exact() && value != null && value.isConstant() && value.isNonNegative()
        ? value.constant().longValueExact()
        : 0;
  }

  private static Range sum(Range x, Range y) {
    Affine least = x.least() == null || y.least() == null ? null : x.least().plus(y.least());
    Affine greatest =
        x.greatest() == null || y.greatest() == null ? null : x.greatest().plus(y.greatest());
    return new Range(least, greatest, x.exact() && y.exact());
  }

  private static Range negative(Range x) {
    return scaled(x, -1);
  }

  private static Range scaled(Range x, long by) {
    Affine a = x.least() == null ? null : x.least().times(by);
    Affine b = x.greatest() == null ? null : x.greatest().times(by);
    return by < 0 ? new Range(b, a, x.exact()) : new Range(a, b, x.exact());
  }

  private static Range product(Range x, Range y) {
    if (constant(y) > 0) {
      return scaled(x, constant(y));
    }
    return constant(x) > 0 ? scaled(y, constant(x)) : Range.UNKNOWN;
  }

  /** Of a quotient that is truncated toward zero; {@code by} is positive. */
  private Range quotient(Range x, long by) {
    if (x.least() == null || !x.least().isNonNegative()) {
      return Range.UNKNOWN;
    }
    Affine least = x.least().floorOver(by, divisors);
    if (x.exact() && least != null) {
      return Range.exactly(least);
    }
    Affine greatest = x.greatest() == null ? null : x.greatest().floorOver(by, divisors);
    if (greatest == null && x.greatest() != null) {
      greatest = x.greatest().over(by);
    }
    return Range.between(least == null ? Affine.of(0) : least, greatest);
  }

  private static Range remainder(Range x, Range y) {
    if (x.least() == null || !x.least().isNonNegative() || y.greatest() == null) {
      return Range.UNKNOWN;
    }
    return y.least() != null && y.least().isNonNegative()
        ? Range.between(Affine.of(0), y.greatest().plus(-1))
        : Range.UNKNOWN;
  }
}
