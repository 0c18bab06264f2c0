package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/**
 * Puts a barrier between any two accesses to shared memory that other threads must see in order:
 * one of them writes, and their buffers share bytes. A forward analysis of the accesses since the
 * last barrier; a loop's end flows into its start.
 *
 * <p>Different slots of one ring are not compared with each other: which slot is free when is
 * decided, and its barriers are placed, where the ring is made.
 */
final class Barriers {

  /**
   * @param buffer the allocation
   * @param slot whether only a slice of it, chosen at run time, is meant
   * @param view the slice; empty for an iteration's that is over, whose index has changed
   */
  private record Access(Value buffer, boolean slot, Optional<Value> view, boolean writes) {
    Access before() {
      return new Access(buffer, slot, Optional.empty(), writes);
    }

    boolean otherSlot(Access other) {
      return slot
          && other.slot
          && buffer.equals(other.buffer)
          && (view.isEmpty() || !view.equals(other.view));
    }
  }

  private final BiPredicate<Value, Value> shareBytes;
  private final Map<Value, Value> buffers = new HashMap<>();

  private Barriers(BiPredicate<Value, Value> shareBytes) {
    this.shareBytes = shareBytes;
  }

  /**
   * @param shareBytes whether two allocations have a byte in common, each with itself included
   */
  static KernelFunction place(KernelFunction function, BiPredicate<Value, Value> shareBytes) {
    Barriers barriers = new Barriers(shareBytes);
    Set<Access> open = new LinkedHashSet<>();
    return function.withBody(barriers.place(function.body(), open));
  }

  /**
   * @param open the accesses since the last barrier: those before the region on entry, those before
   *     its end on return
   */
  private Block place(Block block, Set<Access> open) {
    List<Op> ops = new ArrayList<>(block.ops().size());
    boolean changed = false;
    for (Op op : block.ops()) {
      if (op instanceof Op.Barrier) {
        open.clear();
      }
      if (conflicts(open, firstAccesses(op))) {
        ops.add(new Op.Barrier(op.location()));
        open.clear();
      }
      Op placed = place(op, open);
      changed |= placed != op;
      ops.add(placed);
    }
    return changed || ops.size() != block.ops().size() ? new Block(block.arguments(), ops) : block;
  }

  private Op place(Op op, Set<Access> open) {
    return switch (op) {
      case Op.For _, Op.While _ -> placeInLoop(op, open);
      case AsyncOp.Roles roles -> {
        // All threads meet before their roles begin.
        open.clear();
        List<Block> bodies = new ArrayList<>();
        for (int i = 0; i < roles.bodies().size(); i++) {
          // One thread waits for nobody.
          Block body = roles.bodies().get(i);
          boolean single = roles.roles().get(i).single();
          bodies.add(single ? body : place(body, new LinkedHashSet<>()));
        }
        yield roles.with(List.of(), List.of(), bodies);
      }
      case Op.If branch -> {
        Set<Access> otherwise = new LinkedHashSet<>(open);
        Block thenBlock = place(branch.thenBlock(), open);
        Block elseBlock = place(branch.elseBlock(), otherwise);
        open.addAll(otherwise);
        yield thenBlock == branch.thenBlock() && elseBlock == branch.elseBlock()
            ? branch
            : branch.with(branch.operands(), branch.results(), List.of(thenBlock, elseBlock));
      }
      case Op.SharedAlloc alloc -> {
        buffers.put(alloc.result(), alloc.result());
        yield alloc;
      }
      case Op.SharedSlice slice -> {
        buffers.put(slice.result(), buffers.getOrDefault(slice.shared(), slice.shared()));
        yield slice;
      }
      default -> {
        access(op).ifPresent(open::add);
        yield op;
      }
    };
  }

  /** The regions of a loop run one after the other, and again; it may end after any of them. */
  private Op placeInLoop(Op loop, Set<Access> open) {
    Set<Access> atStart = new LinkedHashSet<>(open);
    while (true) {
      Set<Access> atEnd = new LinkedHashSet<>(atStart);
      List<Block> regions = new ArrayList<>();
      boolean same = true;
      for (Block region : loop.regions()) {
        Block placed = place(region, atEnd);
        same &= placed == region;
        regions.add(placed);
        if (loop.regions().size() > 1) {
          open.addAll(atEnd);
        }
      }
      atEnd =
          atEnd.stream().map(Access::before).collect(Collectors.toCollection(LinkedHashSet::new));
      if (atStart.containsAll(atEnd)) {
        open.addAll(atEnd);
        return same ? loop : loop.with(loop.operands(), loop.results(), regions);
      }
      atStart.addAll(atEnd);
    }
  }

  private Optional<Access> access(Op op) {
    return switch (op) {
      case Op.SharedLoad load -> Optional.of(access(load.shared(), false));
      case Op.SharedStore store -> Optional.of(access(store.shared(), true));
      case Op.CopyAsync copy -> Optional.of(access(copy.shared(), true));
      case WorkspaceOp.FetchIncrement fetch -> Optional.of(access(fetch.shared(), true));
      default -> Optional.empty();
    };
  }

  private Access access(Value shared, boolean writes) {
    Value buffer = buffers.getOrDefault(shared, shared);
    return new Access(
        buffer,
        !buffer.equals(shared),
        buffer.equals(shared) ? Optional.empty() : Optional.of(shared),
        writes);
  }

  /** What an operation may access before it comes to a barrier of its own. */
  private Set<Access> firstAccesses(Op op) {
    Set<Access> first = new LinkedHashSet<>();
    collectFirst(op, first);
    return first;
  }

  /** Whether a barrier surely follows. */
  private boolean collectFirst(Op op, Set<Access> first) {
    if (op instanceof Op.Barrier) {
      return true;
    }
    if (op instanceof Op.SharedSlice || op instanceof Op.SharedAlloc) {
      place(op, first);
    }
    access(op).ifPresent(first::add);
    int closed = 0;
    for (Block region : op.regions()) {
      for (Op inner : region.ops()) {
        if (collectFirst(inner, first)) {
          closed++;
          break;
        }
      }
    }
    // A loop may not run at all, but then it accesses nothing either; what follows it is not asked.
    return op instanceof Op.If && closed == op.regions().size();
  }

  private boolean conflicts(Set<Access> open, Set<Access> next) {
    for (Access later : next) {
      for (Access earlier : open) {
        if ((earlier.writes() || later.writes())
            && !earlier.otherSlot(later)
            && shareBytes.test(earlier.buffer(), later.buffer())) {
          return true;
        }
      }
    }
    return false;
  }
}
