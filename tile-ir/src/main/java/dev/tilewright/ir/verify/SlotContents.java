package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which loads read what travels through an aref: in a reader, those of a slot's buffers; in the
 * writer, those that follow the one operation which writes the buffer. Arefs of which a role
 * acquires slots at several places are left out, since there the places do not tell which slot it
 * is.
 */
final class SlotContents {

  /**
   * What the slots of an aref hold.
   *
   * @param buffer the number of the buffer in the tuple
   */
  record Content(Value aref, int buffer) {}

  private final Map<Op.SharedLoad, Content> contents = new HashMap<>();

  private SlotContents() {}

  static SlotContents of(KernelFunction function) {
    SlotContents slots = new SlotContents();
    Set<Value> several = new HashSet<>();
    Traversal.ops(function)
        .filter(AsyncOp.Roles.class::isInstance)
        .map(AsyncOp.Roles.class::cast)
        .forEach(roles -> roles.bodies().forEach(body -> slots.role(body, several)));
    slots.contents.values().removeIf(content -> several.contains(content.aref()));
    return slots;
  }

  /** What the load reads, if it is the content of a slot. */
  Optional<Content> of(Op.SharedLoad load) {
    return Optional.ofNullable(contents.get(load));
  }

  private void role(Block body, Set<Value> several) {
    Set<Value> acquired = new HashSet<>();
    Map<Value, Content> views = new HashMap<>();
    Map<Value, Integer> writes = new HashMap<>();
    List<Op> ops = Traversal.ops(body).toList();
    for (Op op : ops) {
      switch (op) {
        case AsyncOp.AcquireWrite o -> acquire(o.aref(), o.views(), acquired, views, several);
        case AsyncOp.AcquireRead o -> acquire(o.aref(), o.views(), acquired, views, several);
        case Op.SharedStore o -> writes.merge(o.shared(), 1, Integer::sum);
        case WorkspaceOp.FetchIncrement o -> writes.merge(o.shared(), 1, Integer::sum);
        case Op.CopyAsync o -> writes.merge(o.shared(), 2, Integer::sum);
        case AsyncOp.BulkLoad o -> writes.merge(o.shared(), 2, Integer::sum);
        default -> {}
      }
    }
    collect(body, views, writes);
  }

  private static void acquire(
      Value aref,
      List<Value> buffers,
      Set<Value> acquired,
      Map<Value, Content> views,
      Set<Value> several) {
    if (!acquired.add(aref)) {
      several.add(aref);
    }
    for (int i = 0; i < buffers.size(); i++) {
      views.put(buffers.get(i), new Content(aref, i));
    }
  }

  /** Within one region a load that comes after the write reads what was written. */
  private void collect(Block block, Map<Value, Content> views, Map<Value, Integer> writes) {
    Set<Value> written = new HashSet<>();
    for (Op op : block.ops()) {
      switch (op) {
        case Op.SharedStore o -> written.add(o.shared());
        case WorkspaceOp.FetchIncrement o -> written.add(o.shared());
        case Op.SharedLoad load -> {
          Content content = views.get(load.shared());
          int its = writes.getOrDefault(load.shared(), 0);
          if (content != null && (its == 0 || its == 1 && written.contains(load.shared()))) {
            contents.put(load, content);
          }
        }
        default -> op.regions().forEach(region -> collect(region, views, writes));
      }
    }
  }
}
