package dev.tilewright.ir.interpret;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.text.Printer;
import org.jspecify.annotations.Nullable;

/**
 * The places of a workspace: the tiles that blocks have kept there, the flags they have raised, or
 * the numbers they have fetched. Blocks run in order, so that a flag that is down when a block
 * awaits it would never be raised on a machine that starts blocks in order either.
 */
final class WorkspaceMemory {
  private final Parameter.Workspace parameter;
  private final @Nullable Data[] kept;
  private final boolean[] raised;
  private final long[] counts;

  WorkspaceMemory(Parameter.Workspace parameter, long places) {
    this.parameter = parameter;
    this.kept = new @Nullable Data[Math.toIntExact(places)];
    this.raised = new boolean[Math.toIntExact(places)];
    this.counts = new long[Math.toIntExact(places)];
  }

  WorkspaceMemory copy() {
    WorkspaceMemory copy = new WorkspaceMemory(parameter, kept.length);
    copy.restore(this);
    return copy;
  }

  /** Becomes what {@code other} is now. */
  void restore(WorkspaceMemory other) {
    System.arraycopy(other.kept, 0, kept, 0, kept.length);
    System.arraycopy(other.raised, 0, raised, 0, raised.length);
    System.arraycopy(other.counts, 0, counts, 0, counts.length);
  }

  private int place(WorkspaceOp op, long index, String block) {
    if (index < 0 || index >= kept.length) {
      throw error(op, block, "there is no place " + index + " among " + kept.length);
    }
    return (int) index;
  }

  private InterpreterException error(Op op, String block, String problem) {
    return new InterpreterException(
        op.location(),
        "'%s' in block %s, workspace '%s': %s"
            .formatted(Printer.headline(op), block, parameter.name(), problem));
  }

  void keep(WorkspaceOp.Keep op, long index, Data tile, String block) {
    kept[place(op, index, block)] = tile;
  }

  Data add(WorkspaceOp.AddKept op, long index, Data x, Elementwise elementwise, String block) {
    Data other = kept[place(op, index, block)];
    if (other == null) {
      throw error(op, block, "nothing was kept in place " + index);
    }
    return elementwise.binary(BinaryKind.ADD, op.x().type().dtype(), x, other);
  }

  void signal(WorkspaceOp.Signal op, long index, String block) {
    int place = place(op, index, block);
    if (raised[place]) {
      throw error(op, block, "flag " + index + " is raised already, and nobody has awaited it");
    }
    raised[place] = true;
  }

  void await(WorkspaceOp.Await op, long index, String block) {
    int place = place(op, index, block);
    if (!raised[place]) {
      throw error(
          op,
          block,
          "flag " + index + " is not raised by any block before this one: it would wait for ever");
    }
    raised[place] = false;
  }

  long fetchIncrement(WorkspaceOp.FetchIncrement op, long index, long limit, String block) {
    if (limit < 1) {
      throw error(op, block, "the limit is " + limit + "; it must be positive");
    }
    int place = place(op, index, block);
    long before = counts[place];
    counts[place] = before >= limit - 1 ? 0 : before + 1;
    return before;
  }

  /** Flags must be down when the launch ends, and counters zero: the next one begins with them. */
  void finish() {
    for (int place = 0; place < raised.length; place++) {
      if (counts[place] != 0) {
        throw new InterpreterException(
            parameter.location(),
            ("workspace '%s': counter %d is %d when the launch ends; it becomes zero when it has"
                    + " been fetched from as often as its limit says")
                .formatted(parameter.name(), place, counts[place]));
      }
      if (raised[place]) {
        throw new InterpreterException(
            parameter.location(),
            "workspace '%s': flag %d is raised when the launch ends, and nobody has awaited it"
                .formatted(parameter.name(), place));
      }
    }
  }
}
