package dev.tilewright.ir;

import java.util.List;

/**
 * A region: arguments and operations in order. The body of an operation ends with {@link Op.Yield};
 * the body of a function has no terminator.
 */
public record Block(List<Value> arguments, List<Op> ops) {
  public Block {
    arguments = List.copyOf(arguments);
    ops = List.copyOf(ops);
  }

  /** The values this region hands to its operation. */
  public List<Value> yielded() {
    return !ops.isEmpty() && ops.getLast() instanceof Op.Yield yield ? yield.values() : List.of();
  }
}
