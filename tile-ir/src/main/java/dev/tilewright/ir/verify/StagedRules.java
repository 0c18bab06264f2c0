package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.analysis.BitView;
import dev.tilewright.ir.analysis.LayoutChange;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Digit;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Reason;
import dev.tilewright.layout.Result;
import dev.tilewright.layout.Space;
import dev.tilewright.layout.analysis.Conversion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the staged form has beyond tile IR: a launch, layouts that fit the launch, the tile and each
 * other, and (in {@link SharedMemoryRules}) a plan of shared memory.
 */
final class StagedRules {
  private static final Set<Axis> THREAD_AXES = Set.of(Axis.REGISTER, Axis.LANE, Axis.WARP);

  private final Problems problems;
  private final Map<Layout, Holdings> holdings = new HashMap<>();

  /** The lanes of the first layout: all others must have as many. */
  private long lanes = -1;

  /** The warps that execute the operation at hand: of the launch, or of a role. */
  private int warps;

  private StagedRules(int warps, Problems problems) {
    this.warps = warps;
    this.problems = problems;
  }

  static void check(KernelFunction function, Problems problems) {
    if (function.launch().isEmpty()) {
      problems.add(
          "TW-V11",
          Location.UNKNOWN,
          "kernel " + function.name() + " has no launch; the number of warps must be chosen");
      return;
    }
    KernelFunction.Launch launch = function.launch().get();
    if (launch.warps() < 1) {
      problems.add(
          "TW-V11", Location.UNKNOWN, launch.warps() + " warps in a block; expected 1 or more");
      return;
    }
    StagedRules rules = new StagedRules(launch.warps(), problems);
    rules.types(function.body());
    if (problems.none()) {
      Traversal.ops(function).forEach(rules::agreement);
      WorkspaceRules.layouts(function, problems);
      SharedMemoryRules.check(function, launch, problems);
    }
  }

  // ---------------------------------------------------------------- each value

  private void types(Block block) {
    for (Op op : block.ops()) {
      types(op);
      if (op instanceof AsyncOp.Roles roles) {
        roles(roles);
      } else {
        op.regions().forEach(this::types);
      }
    }
  }

  private void roles(AsyncOp.Roles roles) {
    int launched = warps;
    if (roles.warps() != launched) {
      problems.add(
          "TW-V11",
          roles,
          "the roles have " + roles.warps() + " warps; the launch has " + launched);
    }
    for (int i = 0; i < roles.roles().size(); i++) {
      warps = roles.roles().get(i).warps();
      types(roles.bodies().get(i));
    }
    warps = launched;
  }

  private void types(Op op) {
    op.results().forEach(result -> type(op, result));
    for (Block region : op.regions()) {
      region.arguments().forEach(argument -> type(op, argument));
    }
    switch (op) {
      case Op.Mma mma when mma.instruction().isEmpty() ->
          problems.add("TW-V12", op, "no matrix instruction is chosen; SelectMma must run before");
      case Op.CopyAsync copy -> {
        if (copy.layout().isEmpty()) {
          problems.add("TW-V12", op, "the copy has no layout; AssignLayouts must give it one");
        } else {
          registers(op, "the copy", copy.shared().shared().shape(), copy.layout().get());
        }
      }
      default -> {}
    }
  }

  private void type(Op op, Value value) {
    switch (value.type()) {
      case Type.Tile tile -> {
        if (tile.layout().isEmpty()) {
          problems.add("TW-V12", op, value + " has no layout; AssignLayouts must give it one");
        } else {
          registers(op, value.toString(), tile.shape(), tile.layout().get());
        }
      }
      case Type.Shared shared -> {
        if (shared.layout().isEmpty()) {
          problems.add("TW-V12", op, value + " has no layout; PlanMemory must give it one");
        } else {
          SharedMemoryRules.layout(op, value, shared, shared.layout().get(), problems);
        }
      }
      default -> {}
    }
  }

  private void registers(Op op, String what, List<Integer> shape, Layout layout) {
    Space tile = Space.tile(shape.stream().mapToLong(Integer::longValue).toArray());
    if (!layout.codomain().equals(tile) || !THREAD_AXES.containsAll(layout.domain().axes())) {
      problems.add(
          "TW-V12",
          op,
          "the layout of "
              + what
              + " goes from "
              + layout.domain()
              + " to "
              + layout.codomain()
              + "; expected (register, lane, warp) to "
              + tile);
      return;
    }
    if (layout.domain().extent(Axis.WARP) != warps) {
      problems.add(
          "TW-V12",
          op,
          "the layout of "
              + what
              + " is for "
              + layout.domain().extent(Axis.WARP)
              + " warps; "
              + warps
              + " execute this");
    }
    long its = layout.domain().extent(Axis.LANE);
    lanes = lanes < 0 ? its : lanes;
    if (its != lanes) {
      problems.add(
          "TW-V12",
          op,
          "the layout of " + what + " is for " + its + " lanes; others are for " + lanes);
    }
    int uncovered = holdings(layout).uncovered();
    if (uncovered >= 0) {
      problems.add(
          "TW-V12",
          op,
          "the layout of "
              + what
              + " leaves element "
              + uncovered
              + " (row-major) of the tile to no thread: "
              + layout);
    }
  }

  private Holdings holdings(Layout layout) {
    return holdings.computeIfAbsent(layout, Holdings::of);
  }

  // ---------------------------------------------------------------- values together

  private void agreement(Op op) {
    switch (op) {
      case Op.Unary o -> equal(op, o.result(), List.of(o.x()));
      case Op.Binary o -> equal(op, o.result(), o.operands());
      case Op.Fma o -> equal(op, o.result(), o.operands());
      case Op.Compare o -> equal(op, o.result(), o.operands());
      case Op.Select o -> equal(op, o.result(), o.operands());
      case Op.Cast o -> equal(op, o.result(), List.of(o.x()));
      case Op.Mma o -> equal(op, o.result(), List.of(o.acc()));
      case Op.Broadcast o -> madeFrom(op, o.result(), o.x(), broadcastOrigins(o));
      case Op.Reshape o -> madeFrom(op, o.result(), o.x(), identity(o.x()));
      case Op.View o -> view(o);
      case Op.ConvertLayout o -> withinWarps(o);
      case Op.Transpose o -> madeFrom(op, o.result(), o.x(), transposeOrigins(o));
      case Op.Reduce o -> reduce(o);
      case Op.For o -> {
        for (int i = 0; i < o.inits().size(); i++) {
          List<Value> others =
              List.of(o.inits().get(i), o.body().yielded().get(i), o.results().get(i));
          equal(op, o.carried().get(i), others);
        }
      }
      case Op.While o -> {
        for (int i = 0; i < o.inits().size(); i++) {
          List<Value> others =
              List.of(
                  o.inits().get(i),
                  o.condition().arguments().get(i),
                  o.body().yielded().get(i),
                  o.results().get(i));
          equal(op, o.body().arguments().get(i), others);
        }
      }
      case Op.If o -> {
        for (int i = 0; i < o.results().size(); i++) {
          List<Value> others =
              List.of(o.thenBlock().yielded().get(i), o.elseBlock().yielded().get(i));
          equal(op, o.results().get(i), others);
        }
      }
      case Op.SharedSlice o -> SharedMemoryRules.slice(o, problems);
      case Op.Constant _, Op.Iota _, Op.Splat _, Op.Extract _, Op.ProgramId _ -> {}
      case Op.Load _, Op.Store _, Op.CopyAsync _ -> {}
      case Op.SharedAlloc _, Op.SharedLoad _, Op.SharedStore _ -> {}
      case Op.AsyncCommit _, Op.AsyncWait _, Op.Barrier _, Op.Yield _ -> {}
      case AsyncOp.MmaAsync o -> equal(op, o.result(), List.of(o.acc()));
      case AsyncOp.MmaWait o -> {
        for (int i = 0; i < o.values().size(); i++) {
          equal(op, o.results().get(i), List.of(o.values().get(i)));
        }
      }
      case AsyncOp _ -> {}
      case WorkspaceOp.AddKept o -> equal(op, o.result(), List.of(o.x()));
      case WorkspaceOp.Keep _, WorkspaceOp.Signal _, WorkspaceOp.Await _ -> {}
      case WorkspaceOp.FetchIncrement _ -> {}
    }
  }

  private static Optional<Layout> layout(Value value) {
    return value.type() instanceof Type.Tile tile ? tile.layout() : Optional.empty();
  }

  private void equal(Op op, Value model, List<Value> others) {
    for (Value other : others) {
      if (!layout(model).equals(layout(other))) {
        problems.add(
            "TW-V12",
            op,
            other
                + " has type "
                + Printer.type(other.type())
                + ", but "
                + model
                + " has "
                + Printer.type(model.type())
                + "; their layouts must be equal: convert one");
      }
    }
  }

  private void view(Op.View o) {
    Type.Tile x = o.x().tile();
    Type.Tile seen = o.result().tile();
    Layout to = layout(o.result()).orElseThrow();
    Optional<Layout> expected =
        BitView.layout(
            layout(o.x()).orElseThrow(), x.dtype().bits(), seen.shape(), seen.dtype().bits());
    if (!expected.equals(Optional.of(to))) {
      problems.add(
          "TW-V12",
          o,
          o.result()
              + " has type "
              + Printer.type(seen)
              + "; a view leaves all bits in their places in every thread, where "
              + expected
                  .map(layout -> "they are seen under the layout " + layout)
                  .orElse("they make up no whole elements: convert the operand"));
    }
  }

  private void madeFrom(Op op, Value result, Value x, int[] origins) {
    Layout to = layout(result).orElseThrow();
    Layout from = layout(x).orElseThrow();
    if (!holdings(to).canBeMadeFrom(holdings(from), origins)) {
      stays(op, to, from);
    }
  }

  private void withinWarps(Op.ConvertLayout o) {
    LayoutChange change = LayoutChange.of(o);
    if (change.withinWarps() instanceof Result.Refused<Conversion>(Reason reason)) {
      problems.add(
          "TW-V12",
          o,
          "from %s to %s is no renaming and %s; convert through shared memory"
              .formatted(change.from(), change.to(), reason.sentence()));
    }
  }

  private void reduce(Op.Reduce o) {
    Layout to = layout(o.result()).orElseThrow();
    Layout from = layout(o.x()).orElseThrow();
    Axis reduced = Axis.dim(o.axis());
    for (Digit digit : from.digits()) {
      if (digit.axis().equals(Axis.WARP) && digit.stride(reduced) != 0) {
        problems.add(
            "TW-V12",
            o,
            "dimension "
                + o.axis()
                + " is spread over warps by "
                + from
                + "; convert it to registers and lanes");
        return;
      }
    }
    List<Integer> shape = o.x().tile().shape();
    int inner = shape.subList(o.axis() + 1, shape.size()).stream().reduce(1, (x, y) -> x * y);
    int extent = shape.get(o.axis());
    int[] image = new int[Math.toIntExact(o.x().tile().elements())];
    for (int e = 0; e < image.length; e++) {
      image[e] = e / (inner * extent) * inner + e % inner;
    }
    if (!holdings(to).canBeMadeFromAny(holdings(from), image)) {
      stays(o, to, from);
    }
  }

  private void stays(Op op, Layout to, Layout from) {
    problems.add(
        "TW-V12",
        op,
        "a thread would need elements that another one holds: from "
            + from
            + " to "
            + to
            + "; every thread must keep its elements: convert through shared memory");
  }

  private static int[] identity(Value x) {
    int[] origins = new int[Math.toIntExact(x.tile().elements())];
    java.util.Arrays.setAll(origins, e -> e);
    return origins;
  }

  private static int[] broadcastOrigins(Op.Broadcast o) {
    List<Integer> from = o.x().tile().shape();
    int[] strides = rowMajorStrides(from);
    for (int i = 0; i < strides.length; i++) {
      strides[i] = from.get(i) == 1 ? 0 : strides[i];
    }
    return origins(o.result().tile().shape(), strides);
  }

  private static int[] transposeOrigins(Op.Transpose o) {
    int[] strides = rowMajorStrides(o.x().tile().shape());
    int[] permuted = o.permutation().stream().mapToInt(i -> strides[i]).toArray();
    return origins(o.result().tile().shape(), permuted);
  }

  private static int[] rowMajorStrides(List<Integer> shape) {
    int[] strides = new int[shape.size()];
    int stride = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape.get(i);
    }
    return strides;
  }

  /** Per element of {@code shape}, the sum of its coordinates times strides. */
  private static int[] origins(List<Integer> shape, int[] strides) {
    int[] origins = new int[shape.stream().reduce(1, (x, y) -> x * y)];
    for (int e = 0; e < origins.length; e++) {
      int rest = e;
      for (int i = strides.length - 1; i >= 0; i--) {
        origins[e] += rest % shape.get(i) * strides[i];
        rest /= shape.get(i);
      }
    }
    return origins;
  }
}
