package dev.tilewright.ir.thread;

import java.util.Arrays;
import java.util.List;

/**
 * One sweep over a thread function in program order that writes another: the twin of tile IR's
 * {@code Rewriter}.
 *
 * <p>A {@link Rule} is shown each operation, its operands replaced by what stands for them, its
 * regions still old. It {@linkplain #keep keeps} the operation, or writes others through {@link
 * #out()} and {@linkplain #replace says} which values stand for its results, or does nothing, and
 * the operation vanishes.
 */
public final class ThreadRewriter {

  /** What becomes of one operation. */
  @FunctionalInterface
  public interface Rule {
    void rewrite(ThreadOp op, ThreadRewriter rewriter);
  }

  private final Rule rule;
  private final ThreadBuilder out;
  private ThreadValue[] replaced;

  private ThreadRewriter(Rule rule, int nextId) {
    this.rule = rule;
    this.out = new ThreadBuilder(nextId);
    this.replaced = new ThreadValue[nextId];
  }

  /** Sweeps the function. */
  public static ThreadFunction rewrite(ThreadFunction function, Rule rule) {
    ThreadRewriter rewriter = new ThreadRewriter(rule, function.nextId());
    rewriter.sweep(function.body().ops());
    return function.withBody(rewriter.out.block(function.body().arguments()));
  }

  /** Where replacements are written, with the location of the operation at hand. */
  public ThreadBuilder out() {
    return out;
  }

  /** The value that stands for a value of the old function. */
  public ThreadValue map(ThreadValue value) {
    ThreadValue current = value;
    while (current.id() < replaced.length && replaced[current.id()] != null) {
      current = replaced[current.id()];
    }
    return current;
  }

  public List<ThreadValue> map(List<ThreadValue> values) {
    for (ThreadValue value : values) {
      if (map(value) != value) {
        return values.stream().map(this::map).toList();
      }
    }
    return values;
  }

  /** Later uses of {@code old} become uses of {@code replacement}. */
  public void replace(ThreadValue old, ThreadValue replacement) {
    if (old.equals(replacement)) {
      return;
    }
    if (old.id() >= replaced.length) {
      replaced = Arrays.copyOf(replaced, Math.max(old.id() + 1, 2 * replaced.length));
    }
    replaced[old.id()] = replacement;
  }

  /** The operation stays, its regions swept. */
  public void keep(ThreadOp op) {
    if (op.regions().isEmpty()) {
      out.add(op);
    } else {
      List<ThreadBlock> regions = op.regions().stream().map(this::region).toList();
      out.add(op.with(op.operands(), op.results(), regions));
    }
  }

  /** Sweeps a region, its terminator included. */
  public ThreadBlock region(ThreadBlock block) {
    return out.region(block.arguments(), _ -> inline(block));
  }

  /**
   * Sweeps the operations of a region into the place at hand, without its terminator.
   *
   * @return the values that stand for what the region yields
   */
  public List<ThreadValue> inline(ThreadBlock block) {
    List<ThreadOp> ops = block.ops();
    boolean terminated = !ops.isEmpty() && ops.getLast() instanceof ThreadOp.Yield;
    sweep(terminated ? ops.subList(0, ops.size() - 1) : ops);
    return map(block.yielded());
  }

  private void sweep(List<ThreadOp> ops) {
    for (ThreadOp op : ops) {
      List<ThreadValue> operands = op.operands();
      List<ThreadValue> mapped = map(operands);
      out.at(op.location());
      rule.rewrite(mapped == operands ? op : op.with(mapped, op.results(), op.regions()), this);
    }
  }
}
