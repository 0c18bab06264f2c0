package dev.tilewright.ir;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Looking at all operations, in program order. */
public final class Traversal {
  private Traversal() {}

  /** Every operation, each before those of its regions. */
  public static Stream<Op> ops(KernelFunction function) {
    return ops(function.body());
  }

  /** Every operation of a region and of the regions inside, each before those of its regions. */
  public static Stream<Op> ops(Block block) {
    return block.ops().stream().flatMap(Traversal::ops);
  }

  /** The operation itself, then those of its regions. */
  public static Stream<Op> ops(Op op) {
    if (op.regions().isEmpty()) {
      return Stream.of(op);
    }
    return Stream.concat(Stream.of(op), op.regions().stream().flatMap(Traversal::ops));
  }

  /**
   * The values a region uses and does not define, regions inside included, in order of first use.
   */
  public static Set<Value> freeValues(Block block) {
    Set<Value> free = new LinkedHashSet<>();
    collectFree(block, free::add);
    return Collections.unmodifiableSet(free);
  }

  /** The values that the operation's regions use and do not define, in order of first use. */
  public static Set<Value> freeValues(Op op) {
    Set<Value> free = new LinkedHashSet<>();
    op.regions().forEach(region -> collectFree(region, free::add));
    return Collections.unmodifiableSet(free);
  }

  private static void collectFree(Block block, Consumer<Value> free) {
    Set<Value> defined = new LinkedHashSet<>(block.arguments());
    Consumer<Value> use =
        value -> {
          if (!defined.contains(value)) {
            free.accept(value);
          }
        };
    for (Op op : block.ops()) {
      op.operands().forEach(use);
      op.regions().forEach(region -> collectFree(region, use));
      defined.addAll(op.results());
    }
  }
}
