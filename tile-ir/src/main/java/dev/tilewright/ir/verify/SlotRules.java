package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The buffers of an aref: its rings belong to it alone, and a view of a slot is used while its
 * token is held, to write by the writer, to read by a reader.
 */
final class SlotRules {

  /**
   * A slot in hand.
   *
   * @param views of it, slices of views included
   * @param writes what fills it
   * @param reads the products that read it
   */
  private record Slot(
      Value token,
      Type.Side side,
      List<Value> views,
      List<Op> writes,
      List<AsyncOp.MmaAsync> reads) {}

  private final Problems problems;
  private final Uses uses;
  private final Map<Value, Slot> slots = new HashMap<>();

  /** Products in program order, which is the order in which those of a role end. */
  private final List<AsyncOp.MmaAsync> products = new ArrayList<>();

  /** What has taken the token of a slot. */
  private final Map<Value, Op> given = new LinkedHashMap<>();

  private SlotRules(Problems problems, Uses uses) {
    this.problems = problems;
    this.uses = uses;
  }

  static void check(KernelFunction function, Problems problems) {
    Uses uses = Uses.of(function);
    Traversal.ops(function)
        .filter(AsyncOp.ArefCreate.class::isInstance)
        .map(AsyncOp.ArefCreate.class::cast)
        .forEach(create -> rings(create, uses, problems));
    new SlotRules(problems, uses).block(function.body());
  }

  private static void rings(AsyncOp.ArefCreate create, Uses uses, Problems problems) {
    for (Value ring : create.rings()) {
      if (uses.definition(ring).filter(Op.SharedAlloc.class::isInstance).isEmpty()) {
        problems.add(
            "TW-V16", create, "the ring " + ring + " is part of a buffer; expected a whole one");
      }
      List<Op> users = uses.users(ring);
      if (users.size() > 1) {
        Op other = users.stream().filter(op -> op != create).findFirst().orElse(create);
        problems.add(
            "TW-V16",
            other,
            "uses the ring "
                + ring
                + ", which belongs to "
                + create.result()
                + (create.location().known() ? " from " + create.location() : "")
                + " alone; acquire a slot");
      }
    }
  }

  // ---------------------------------------------------------------- slots

  private void block(Block block) {
    for (Op op : block.ops()) {
      op.operands().forEach(operand -> use(op, operand));
      switch (op) {
        case AsyncOp.AcquireWrite o -> acquired(o.token(), Type.Side.WRITE, o.views());
        case AsyncOp.AcquireRead o -> acquired(o.token(), Type.Side.READ, o.views());
        case Op.SharedSlice o -> {
          Slot slot = slots.get(o.shared());
          if (slot != null) {
            slots.put(o.result(), slot);
          }
        }
        case AsyncOp.MmaAsync o -> products.add(o);
        case AsyncOp.Commit o -> committed(o);
        case AsyncOp.Release o -> released(o);
        default -> {}
      }
      op.regions().forEach(this::block);
      for (Value operand : op.operands()) {
        if (operand.type() instanceof Type.Token) {
          given.put(operand, op);
        }
      }
    }
  }

  private void acquired(Value token, Type.Side side, List<Value> views) {
    Slot slot = new Slot(token, side, views, new ArrayList<>(), new ArrayList<>());
    slots.put(token, slot);
    views.forEach(view -> slots.put(view, slot));
  }

  private void use(Op op, Value operand) {
    Slot slot = slots.get(operand);
    if (slot == null || operand.equals(slot.token())) {
      return;
    }
    Op taker = given.get(slot.token());
    if (taker != null) {
      problems.add(
          "TW-V16",
          op,
          operand
              + " is a view of a slot that '"
              + Printer.headline(taker)
              + "'"
              + (taker.location().known() ? " at " + taker.location() : "")
              + " has taken; use it before");
    }
    boolean writes =
        switch (op) {
          case Op.SharedStore _, Op.CopyAsync _, AsyncOp.BulkLoad _ -> true;
          case WorkspaceOp.FetchIncrement _ -> true;
          default -> false;
        };
    if (writes) {
      slot.writes().add(op);
    }
    if (writes && slot.side() == Type.Side.READ) {
      problems.add(
          "TW-V16", op, "writes " + operand + ", a view of a slot that is held for reading");
    }
    if (op instanceof AsyncOp.MmaAsync mma && !slot.reads().contains(mma)) {
      slot.reads().add(mma);
    }
  }

  /** A slot is full when what fills it has arrived; one completion is for one kind of writes. */
  private void committed(AsyncOp.Commit commit) {
    Slot slot = slots.get(commit.token());
    if (slot == null) {
      return;
    }
    for (Op write : slot.writes()) {
      boolean covered =
          switch (commit.completion()) {
            case BULK -> write instanceof AsyncOp.BulkLoad;
            case COPY_GROUP -> !(write instanceof AsyncOp.BulkLoad);
            // Copies that have been waited for are as good as stores.
            case GENERIC -> !(write instanceof AsyncOp.BulkLoad);
            case MMA -> false;
          };
      if (!covered) {
        problems.add(
            "TW-V16",
            commit,
            "does not cover '"
                + Printer.headline(write)
                + "'"
                + (write.location().known() ? " at " + write.location() : "")
                + ", which writes the slot; expected "
                + (write instanceof AsyncOp.BulkLoad ? "bulk" : "generic or copy_group")
                + " for all writes");
      }
    }
  }

  /**
   * Products that read the slot must have ended: those named, those before, and those whose value
   * is read.
   */
  private void released(AsyncOp.Release release) {
    Slot slot = slots.get(release.token());
    if (slot == null) {
      return;
    }
    for (AsyncOp.MmaAsync product : slot.reads()) {
      boolean named =
          products.subList(products.indexOf(product), products.size()).stream()
              .anyMatch(later -> release.after().contains(later.pending()));
      if (!named && !isRead(product)) {
        problems.add(
            "TW-V16",
            release,
            "gives the slot back while '"
                + Printer.headline(product)
                + "'"
                + (product.location().known() ? " at " + product.location() : "")
                + " may still be reading it; release it after "
                + product.pending());
      }
    }
  }

  /** Whether something computes with the product's value, or its end is passed on. */
  private boolean isRead(AsyncOp.MmaAsync product) {
    return uses.users(product.pending()).stream().anyMatch(u -> !(u instanceof AsyncOp.Release))
        || uses.users(product.result()).stream()
            .anyMatch(user -> !(user instanceof AsyncOp.MmaAsync) && !(user instanceof Op.Yield));
  }
}
