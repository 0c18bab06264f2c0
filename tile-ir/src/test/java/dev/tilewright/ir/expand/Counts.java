package dev.tilewright.ir.expand;

import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import java.util.Map;
import java.util.TreeMap;

/** How many operations of each kind a function has, as written. */
final class Counts {
  private Counts() {}

  /** By a short text that says how wide an access is. */
  static Map<String, Integer> of(ThreadFunction function) {
    return of(function.body());
  }

  static Map<String, Integer> of(ThreadBlock block) {
    Map<String, Integer> counts = new TreeMap<>();
    count(block, counts);
    return counts;
  }

  private static void count(ThreadBlock block, Map<String, Integer> counts) {
    for (ThreadOp op : block.ops()) {
      counts.merge(name(op), 1, Integer::sum);
      op.regions().forEach(region -> count(region, counts));
    }
  }

  private static String name(ThreadOp op) {
    String name = op.getClass().getSimpleName();
    return switch (op) {
      case ThreadOp.GlobalLoad o -> name + " " + o.result().type().bytes();
      case ThreadOp.GlobalStore o -> name + " " + o.value().type().bytes();
      case ThreadOp.SharedLoad o -> name + " " + o.result().type().bytes();
      case ThreadOp.SharedStore o -> name + " " + o.value().type().bytes();
      case ThreadOp.AsyncCopy o -> name + " " + o.bytes();
      case ThreadOp.LoadMatrix o ->
          name + " x" + o.results().size() + (o.transposed() ? " trans" : "");
      default -> name;
    };
  }
}
