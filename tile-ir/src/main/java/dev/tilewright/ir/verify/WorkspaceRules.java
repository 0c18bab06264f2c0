package dev.tilewright.ir.verify;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.text.Printer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What operations on workspaces expect of their operands. */
final class WorkspaceRules {
  private static final Type.Workspace FLAGS = new Type.Workspace(List.of(), TypeRules.I32.dtype());

  private static final Type.Shared NUMBER = new Type.Shared(List.of(1), TypeRules.I32.dtype());

  private WorkspaceRules() {}

  static void types(KernelFunction function, Problems problems, WorkspaceOp op) {
    Expectations expect = new Expectations(op, problems);
    expect.like("the number of the place", op.index(), TypeRules.I32);
    if (!(op.workspace().type() instanceof Type.Workspace type)) {
      expect.typed(
          "expected a workspace, found " + op.workspace() + " of type ", op.workspace().type());
      return;
    }
    Optional<Parameter> parameter = function.parameterOf(op.workspace());
    if (parameter.isEmpty()) {
      problems.add(
          "TW-V09", op, op.workspace() + " is not a parameter; workspaces are parameters only");
      return;
    }
    Type.Tile tile = new Type.Tile(type.shape(), type.dtype());
    switch (op) {
      case WorkspaceOp.Keep o -> expect.like("the tile", o.tile(), tile);
      case WorkspaceOp.AddKept o -> {
        expect.like("the operand", o.x(), tile);
        expect.like("the result", o.result(), tile);
      }
      case WorkspaceOp.Signal _, WorkspaceOp.Await _ -> {
        expect.like("the workspace of flags", op.workspace(), FLAGS);
        zeroed(parameter.get(), "flags must be down", expect);
      }
      case WorkspaceOp.FetchIncrement o -> {
        expect.like("the workspace of counters", op.workspace(), FLAGS);
        expect.like("the limit", o.limit(), TypeRules.I32);
        expect.like("the destination", o.shared(), NUMBER);
        zeroed(parameter.get(), "counters must be zero", expect);
      }
    }
  }

  private static void zeroed(Parameter parameter, String what, Expectations expect) {
    if (parameter instanceof Parameter.Workspace w && !w.zeroed()) {
      expect.attribute(what + " when the launch begins; declare them 'zeroed'");
    }
  }

  /** A tile must be taken up by the threads that hold it as it was kept. */
  static void layouts(KernelFunction function, Problems problems) {
    Map<Value, Value> first = new HashMap<>();
    Traversal.ops(function)
        .forEach(
            op -> {
              switch (op) {
                case WorkspaceOp.Keep o -> sameLayout(o, o.tile(), first, problems);
                case WorkspaceOp.AddKept o -> sameLayout(o, o.x(), first, problems);
                default -> {}
              }
            });
  }

  private static void sameLayout(
      WorkspaceOp op, Value tile, Map<Value, Value> first, Problems problems) {
    Value earlier = first.putIfAbsent(op.workspace(), tile);
    if (earlier != null && !earlier.type().equals(tile.type())) {
      problems.add(
          "TW-V12",
          op,
          tile
              + " has type "
              + Printer.type(tile.type())
              + ", but another place of the workspace holds "
              + earlier
              + " of type "
              + Printer.type(earlier.type())
              + "; all tiles of a workspace have one layout");
    }
  }
}
