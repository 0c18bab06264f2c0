package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * From when to when each buffer of shared memory is in use, in program order. A buffer that is used
 * in a loop but made outside is in use until the loop ends.
 */
final class Lifetimes {

  /**
   * Both ends included.
   *
   * @param from the number of the allocation
   * @param to the number of the last use, or of the end of the loop around it
   * @param role the number of the role that has it for itself, or -1
   */
  record Lifetime(int from, int to, int role) {
    /** Roles run side by side: what one has, no other may use for something else meanwhile. */
    boolean overlaps(Lifetime other) {
      boolean sideBySide = role >= 0 && other.role >= 0 && role != other.role;
      return sideBySide || from <= other.to && other.from <= to;
    }
  }

  private final Map<Value, Lifetime> lifetimes = new LinkedHashMap<>();
  private final Map<Value, Integer> depths = new HashMap<>();
  private final Map<Value, Value> buffers = new HashMap<>();

  /** The buffers used in each open loop, innermost last. */
  private final List<List<Value>> usedInLoops = new ArrayList<>();

  private int clock;

  private int role = -1;

  private Lifetimes() {}

  /** By allocation, in program order. */
  static Map<Value, Lifetime> of(KernelFunction function) {
    Lifetimes analysis = new Lifetimes();
    analysis.visit(function.body());
    return analysis.lifetimes;
  }

  private void visit(Block block) {
    for (Op op : block.ops()) {
      clock++;
      if (op instanceof Op.SharedAlloc alloc) {
        lifetimes.put(alloc.result(), new Lifetime(clock, clock, role));
        depths.put(alloc.result(), usedInLoops.size());
        buffers.put(alloc.result(), alloc.result());
      }
      if (op instanceof Op.SharedSlice slice) {
        buffers.put(slice.result(), buffers.get(slice.shared()));
      }
      for (Value operand : op.operands()) {
        Value buffer = buffers.get(operand);
        if (buffer != null) {
          use(buffer);
          usedInLoops.forEach(used -> used.add(buffer));
        }
      }
      if (op instanceof AsyncOp.Roles roles) {
        visit(roles);
      } else if (op instanceof Op.For || op instanceof Op.While) {
        usedInLoops.add(new ArrayList<>());
        op.regions().forEach(this::visit);
        clock++;
        for (Value buffer : usedInLoops.removeLast()) {
          if (depths.getOrDefault(buffer, 0) <= usedInLoops.size()) {
            use(buffer);
          }
        }
      } else {
        op.regions().forEach(this::visit);
      }
    }
  }

  /** What is there before the roles is there while any of them runs. */
  private void visit(AsyncOp.Roles roles) {
    int start = clock;
    for (int i = 0; i < roles.bodies().size(); i++) {
      role = i;
      visit(roles.bodies().get(i));
    }
    role = -1;
    clock++;
    lifetimes.replaceAll(
        (_, lifetime) ->
            lifetime.from() > start || lifetime.to() <= start
                ? lifetime
                : new Lifetime(lifetime.from(), clock, -1));
  }

  private void use(Value buffer) {
    lifetimes.computeIfPresent(buffer, (_, l) -> new Lifetime(l.from(), clock, l.role()));
  }
}
