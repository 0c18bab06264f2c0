package dev.tilewright.ir;

import java.util.ArrayList;
import java.util.List;

/**
 * One sweep over a function in program order that writes another function: the frame of every pass.
 *
 * <p>A {@link Rule} is shown each operation, its operands already replaced by what stands for them,
 * its regions still old, and writes what shall be there instead:
 *
 * <ul>
 *   <li>{@link #keep}: the operation stays, its regions are swept in turn;
 *   <li>operations written through {@link #out()} and {@link #replace(Value, Value)} for each old
 *       result that is used later: the operation gives way to those;
 *   <li>nothing: the operation vanishes.
 * </ul>
 *
 * <p>What no rule touches keeps its instances, up to the whole function. Example, which drops
 * conversions between equal layouts:
 *
 * <pre>
 *   Rewriter.rewrite(function, (op, rewriter) -&gt; {
 *     if (op instanceof Op.ConvertLayout c &amp;&amp; c.x().type().equals(c.result().type())) {
 *       rewriter.replace(c.result(), c.x());
 *     } else {
 *       rewriter.keep(op);
 *     }
 *   });
 * </pre>
 *
 * <p>To give the arguments of a region other types, {@linkplain #replace replace} each by a fresh
 * value before sweeping the region with {@link #region(Block)}, and write the owning operation
 * oneself:
 *
 * <pre>
 *   case Op.For loop -&gt; {
 *     for (Value argument : loop.carried()) {
 *       rewriter.replace(argument, rewriter.out().fresh(newType(argument)));
 *     }
 *     List&lt;Value&gt; results = …;                     // fresh values of the new types, replaced too
 *     Block body = rewriter.region(loop.body());
 *     rewriter.out().add(loop.with(operands, results, List.of(body)));
 *   }
 * </pre>
 */
public final class Rewriter {

  /** What becomes of one operation; see {@link Rewriter}. */
  @FunctionalInterface
  public interface Rule {
    void rewrite(Op op, Rewriter rewriter);
  }

  private final Rule rule;
  private final OpBuilder out;
  private final Substitution substitution = new Substitution();

  private Rewriter(Rule rule, OpBuilder out) {
    this.rule = rule;
    this.out = out;
  }

  /** Sweeps the function. The same instance comes back when every operation was kept. */
  public static KernelFunction rewrite(KernelFunction function, Rule rule) {
    Rewriter rewriter = new Rewriter(rule, new OpBuilder(function.nextId()));
    return function.withBody(rewriter.region(function.body()));
  }

  /**
   * Where replacements are written. Its {@link OpBuilder#location() location} is that of the
   * operation at hand, so that what replaces an operation points to the same line.
   */
  public OpBuilder out() {
    return out;
  }

  /** The value that stands for a value of the old function. */
  public Value map(Value value) {
    return substitution.of(value);
  }

  public List<Value> map(List<Value> values) {
    return substitution.of(values);
  }

  /** Later uses of {@code old} become uses of {@code replacement}. */
  public void replace(Value old, Value replacement) {
    substitution.replace(old, replacement);
  }

  public void replace(List<Value> old, List<Value> replacements) {
    if (old.size() != replacements.size()) {
      throw new IllegalArgumentException(
          replacements.size() + " values cannot stand for " + old.size());
    }
    for (int i = 0; i < old.size(); i++) {
      if (!old.get(i).equals(replacements.get(i))) {
        replace(old.get(i), replacements.get(i));
      }
    }
  }

  /** The operation stays, over the values that stand for its operands, with its regions swept. */
  public void keep(Op op) {
    List<Block> regions = op.regions();
    if (regions.isEmpty()) {
      out.add(substitution.operands(op));
      return;
    }
    List<Block> swept = new ArrayList<>(regions.size());
    boolean same = true;
    for (Block region : regions) {
      Block newRegion = region(region);
      same &= newRegion == region;
      swept.add(newRegion);
    }
    Op mapped = substitution.operands(op);
    out.add(same ? mapped : mapped.with(mapped.operands(), mapped.results(), swept));
  }

  /**
   * Sweeps a region, its terminator included, and gives back the new region; its arguments are the
   * values that stand for the old ones.
   */
  public Block region(Block block) {
    List<Value> arguments = map(block.arguments());
    List<Op> ops = out.collect(() -> sweep(block.ops()));
    return arguments == block.arguments() && sameInstances(ops, block.ops())
        ? block
        : new Block(arguments, ops);
  }

  /**
   * Sweeps the operations of a region into the place at hand, without its terminator: how a region
   * is taken out of its operation. Arguments must have been replaced before. The operations keep
   * defining the values they defined, so this is for once; {@link RegionCopy} writes further
   * copies.
   *
   * @return the values that stand for what the region yields
   */
  public List<Value> inline(Block block) {
    List<Op> ops = block.ops();
    boolean terminated = !ops.isEmpty() && ops.getLast() instanceof Op.Yield;
    sweep(terminated ? ops.subList(0, ops.size() - 1) : ops);
    return terminated ? map(block.yielded()) : List.of();
  }

  private void sweep(List<Op> ops) {
    Location outer = out.location();
    for (Op op : ops) {
      out.at(op.location());
      rule.rewrite(substitution.operands(op), this);
    }
    out.at(outer);
  }

  private static boolean sameInstances(List<Op> some, List<Op> others) {
    if (some.size() != others.size()) {
      return false;
    }
    for (int i = 0; i < some.size(); i++) {
      if (some.get(i) != others.get(i)) {
        return false;
      }
    }
    return true;
  }
}
