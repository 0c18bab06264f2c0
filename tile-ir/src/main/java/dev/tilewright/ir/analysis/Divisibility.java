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
import java.util.List;
import java.util.Map;

/**
 * For every integer scalar of a function, a number that divides it.
 *
 * <p>Zero is divisible by everything: its divisor is 0, the identity of {@code gcd}. Loops are
 * solved to a fixed point, starting from the initial values: the divisor of a carried value only
 * ever shrinks. Arithmetic is taken not to overflow, as everywhere in coordinates.
 */
public final class Divisibility {
  private final Map<Value, Long> divisors = new HashMap<>();
  private final Map<String, Long> dimensions = new HashMap<>();
  private final Map<Value, Long> constants = new HashMap<>();

  private Divisibility() {}

  public static Divisibility of(KernelFunction function) {
    Divisibility facts = new Divisibility();
    for (Parameter parameter : function.parameters()) {
      if (parameter instanceof Parameter.Dimension dimension) {
        facts.divisors.put(dimension.value(), (long) dimension.divisor());
        facts.dimensions.put(dimension.name(), (long) dimension.divisor());
      }
    }
    facts.visit(function.body());
    return facts;
  }

  /** A number that divides {@code value} whenever it is computed; 0 if it is always zero. */
  public long of(Value value) {
    return divisors.getOrDefault(value, 1L);
  }

  /** A number that divides {@code size} at every launch. */
  public long of(SizeExpr size) {
    return switch (size) {
      case SizeExpr.Constant(long value) -> Math.abs(value);
      case SizeExpr.Dimension(String name) -> dimensions.getOrDefault(name, 1L);
      case SizeExpr.Product(SizeExpr left, SizeExpr right) -> multiply(of(left), of(right));
      case SizeExpr.Sum(SizeExpr left, SizeExpr right) -> gcd(of(left), of(right));
      case SizeExpr.CeilDiv(SizeExpr dividend, SizeExpr.Constant(long divisor)) ->
          divide(of(dividend), divisor);
      case SizeExpr.CeilDiv _ -> 1;
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
          when result.type() instanceof Type.Scalar -> {
        constants.put(result, value);
        divisors.put(result, Math.abs(value));
      }
      case Op.Binary binary when binary.result().type() instanceof Type.Scalar ->
          divisors.put(binary.result(), ofBinary(binary));
      case Op.Select select when select.result().type() instanceof Type.Scalar ->
          divisors.put(select.result(), gcd(of(select.x()), of(select.y())));
      case Op.For loop -> {
        divisors.put(loop.induction(), gcd(of(loop.lower()), of(loop.step())));
        visitLoop(loop.inits(), List.of(loop.carried()), List.of(loop.body()));
        meet(loop.results(), loop.inits(), loop.body().yielded());
      }
      case Op.While loop -> {
        List<Block> regions = loop.regions();
        visitLoop(loop.inits(), regions.stream().map(Block::arguments).toList(), regions);
        meet(loop.results(), loop.inits(), loop.body().yielded());
      }
      case Op.If branch -> {
        visit(branch.thenBlock());
        visit(branch.elseBlock());
        meet(branch.results(), branch.thenBlock().yielded(), branch.elseBlock().yielded());
      }
      case AsyncOp.Roles roles -> roles.bodies().forEach(this::visit);
      default -> {
        // Everything else yields no integer scalar of which more than 1 is known.
      }
    }
  }

  /**
   * @param arguments what is carried, as each of the regions takes it; the last region yields it
   */
  private void visitLoop(List<Value> inits, List<List<Value>> arguments, List<Block> regions) {
    for (List<Value> carried : arguments) {
      meet(carried, inits, inits);
    }
    boolean changed = true;
    while (changed) {
      regions.forEach(this::visit);
      changed = false;
      List<Value> next = regions.getLast().yielded();
      for (int i = 0; i < inits.size(); i++) {
        long known = of(arguments.getFirst().get(i));
        long met = gcd(known, of(next.get(i)));
        changed |= met != known;
        for (List<Value> carried : arguments) {
          divisors.put(carried.get(i), met);
        }
      }
    }
  }

  private void meet(List<Value> results, List<Value> left, List<Value> right) {
    for (int i = 0; i < results.size(); i++) {
      divisors.put(results.get(i), gcd(of(left.get(i)), of(right.get(i))));
    }
  }

  private long ofBinary(Op.Binary op) {
    long x = of(op.x());
    long y = of(op.y());
    Long constant = constants.get(op.y());
    return switch (op.kind()) {
      case ADD, SUB, MIN, MAX, REM -> gcd(x, y);
      case MUL -> multiply(x, y);
      case DIV -> constant == null ? 1 : divide(x, Math.abs(constant));
      case SHL ->
          constant != null && constant >= 0 && constant < 31 ? multiply(x, 1L << constant) : x;
      case AND -> Math.max(powerOfTwo(x), powerOfTwo(y));
      case OR, XOR -> Math.min(powerOfTwo(x), powerOfTwo(y));
      case SHR -> 1;
    };
  }

  private static long powerOfTwo(long divisor) {
    return divisor == 0 ? 1L << 31 : Long.lowestOneBit(divisor);
  }

  private static long divide(long dividend, long divisor) {
    return divisor != 0 && dividend % divisor == 0 ? dividend / divisor : 1;
  }

  /** A divisor beyond 31 bits says no more than a factor of it. */
  private static long multiply(long x, long y) {
    long product = x * y;
    return product > 1L << 31 ? x : product;
  }

  static long gcd(long x, long y) {
    return y == 0 ? x : gcd(y, x % y);
  }
}
