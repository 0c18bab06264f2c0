package dev.tilewright.ir.thread;

import java.util.List;

/** A region of thread IR; the body of an operation ends with {@link ThreadOp.Yield}. */
public record ThreadBlock(List<ThreadValue> arguments, List<ThreadOp> ops) {
  public ThreadBlock {
    arguments = List.copyOf(arguments);
    ops = List.copyOf(ops);
  }

  /** The values this region hands to its operation. */
  public List<ThreadValue> yielded() {
    return ops.getLast() instanceof ThreadOp.Yield yield ? yield.values() : List.of();
  }
}
