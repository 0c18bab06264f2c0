package dev.tilewright.ir.pass;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes the layouts of an {@link LayoutAssignment} into the types and places the conversions:
 * first it collects in which layouts each tile is needed, then it writes the function with every
 * tile followed by its other forms.
 */
final class LayoutRewrite {
  /** More operations than this are not repeated to avoid a conversion. */
  private static final int CHEAP_OPS = 8;

  private final AssignLayouts pass;
  private final KernelFunction function;
  private final PassContext context;
  private final LayoutAssignment assignment;
  private final LayoutFlow flow;
  private final OpBuilder out;

  /** For each tile the layouts in which it is needed, with the value that holds it so. */
  private final Map<Value, Map<Layout, Value>> forms = new HashMap<>();

  private final Map<Value, Integer> costs = new HashMap<>();

  LayoutRewrite(
      AssignLayouts pass,
      KernelFunction function,
      PassContext context,
      LayoutAssignment assignment,
      int firstId) {
    this.pass = pass;
    this.function = function;
    this.context = context;
    this.assignment = assignment;
    this.flow = assignment.flow();
    this.out = new OpBuilder(firstId);
  }

  KernelFunction run() {
    Traversal.ops(function).forEach(this::collectNeeds);
    List<Op> ops = out.collect(() -> function.body().ops().forEach(this::write));
    return function.withBody(new Block(function.body().arguments(), ops));
  }

  // ---------------------------------------------------------------- needs

  private void collectNeeds(Op op) {
    switch (op) {
      case Op.For loop -> {
        for (int i = 0; i < loop.carried().size(); i++) {
          if (loop.carried().get(i).isTile()) {
            Layout layout = flow.layoutOf(loop.carried().get(i));
            need(loop.inits().get(i), layout);
            need(loop.body().yielded().get(i), layout);
          }
        }
      }
      case Op.While loop -> {
        for (int i = 0; i < loop.inits().size(); i++) {
          Value carried = loop.body().arguments().get(i);
          if (carried.isTile()) {
            Layout layout = flow.layoutOf(carried);
            need(loop.inits().get(i), layout);
            need(loop.body().yielded().get(i), layout);
          }
        }
      }
      case Op.If branch -> {
        for (int i = 0; i < branch.results().size(); i++) {
          if (branch.results().get(i).isTile()) {
            Layout layout = flow.layoutOf(branch.results().get(i));
            need(branch.thenBlock().yielded().get(i), layout);
            need(branch.elseBlock().yielded().get(i), layout);
          }
        }
      }
      case Op.Yield _ -> {}
      default -> {
        for (int i = 0; i < op.operands().size(); i++) {
          if (op.operands().get(i).isTile() && !LayoutFlow.isLeaf(op)) {
            need(op.operands().get(i), assignment.operandLayout(op, i));
          }
        }
      }
    }
  }

  private void need(Value value, Layout layout) {
    Map<Layout, Value> known = forms.computeIfAbsent(value, _ -> new LinkedHashMap<>());
    if (known.containsKey(layout)) {
      return;
    }
    boolean own = flow.layout(value).map(layout::equals).orElse(known.isEmpty());
    known.put(
        layout,
        own
            ? new Value(value.id(), value.tile().withLayout(layout))
            : out.fresh(value.tile().withLayout(layout)));
    if (!own && isCheap(value)) {
      Op definition = flow.uses().definition(value).orElseThrow();
      for (int i = 0; i < definition.operands().size(); i++) {
        if (definition.operands().get(i).isTile()) {
          need(definition.operands().get(i), operandLayout(definition, layout));
        }
      }
    }
  }

  /** Whether computing the tile again in another layout costs less than moving it. */
  private boolean isCheap(Value value) {
    return cost(value) <= CHEAP_OPS;
  }

  private int cost(Value value) {
    Integer known = costs.get(value);
    if (known != null) {
      return known;
    }
    int cost =
        flow.uses()
            .definition(value)
            .filter(
                op ->
                    LayoutFlow.isLeaf(op)
                        || LayoutFlow.isElementwise(op)
                        || op instanceof Op.Broadcast
                        || op instanceof Op.Transpose)
            .map(
                op ->
                    op.operands().stream()
                        .filter(Value::isTile)
                        .mapToInt(this::cost)
                        .reduce(1, (a, b) -> Math.min(a + b, CHEAP_OPS + 1)))
            .orElse(CHEAP_OPS + 1);
    costs.put(value, cost);
    return cost;
  }

  /** What a cheap operation takes when it makes its result in the given layout. */
  private static Layout operandLayout(Op op, Layout result) {
    return switch (op) {
      case Op.Broadcast b -> RegisterLayouts.broadcastOperand(result, b.x().tile().shape());
      case Op.Transpose t ->
          RegisterLayouts.transpose(result, RegisterLayouts.inverse(t.permutation()));
      default -> result;
    };
  }

  // ---------------------------------------------------------------- writing

  private Value form(Value value, Layout layout) {
    return Objects.requireNonNull(forms.getOrDefault(value, Map.of()).get(layout));
  }

  private void write(Op op) {
    out.at(op.location());
    switch (op) {
      case Op.Constant _, Op.Splat _, Op.Iota _ when op.results().getFirst().isTile() ->
          forms
              .getOrDefault(op.results().getFirst(), Map.of())
              .values()
              .forEach(form -> out.add(op.with(op.operands(), List.of(form), List.of())));
      case Op.For loop -> writeLoop(loop);
      case Op.While loop -> writeLoop(loop);
      case Op.If branch -> writeBranch(branch);
      default -> {
        List<Value> operands = new ArrayList<>();
        for (int i = 0; i < op.operands().size(); i++) {
          Value operand = op.operands().get(i);
          operands.add(operand.isTile() ? form(operand, assignment.operandLayout(op, i)) : operand);
        }
        List<Value> results = made(op);
        out.add(withCopyLayout(op.with(operands, results, op.regions()), op));
        writeForms(op, results);
      }
    }
  }

  private Op withCopyLayout(Op op, Op old) {
    return op instanceof Op.CopyAsync c && old instanceof Op.CopyAsync o && c.layout().isEmpty()
        ? new Op.CopyAsync(
            c.shared(),
            c.tensor(),
            c.offsets(),
            c.bounds(),
            Optional.of(assignment.copyLayout(o)),
            c.location())
        : op;
  }

  /** The results in the layouts in which the operation makes them. */
  private List<Value> made(Op op) {
    List<Value> made = new ArrayList<>();
    for (int i = 0; i < op.results().size(); i++) {
      Value result = op.results().get(i);
      if (result.isTile()) {
        Layout layout = assignment.madeLayout(op, i);
        boolean own = layout.equals(flow.layoutOf(result));
        made.add(
            own
                ? new Value(result.id(), result.tile().withLayout(layout))
                : out.fresh(result.tile().withLayout(layout)));
      } else {
        made.add(result);
      }
    }
    return made;
  }

  /** After an operation, its results in all other layouts in which they are needed. */
  private void writeForms(Op op, List<Value> made) {
    for (int i = 0; i < made.size(); i++) {
      Value result = op.results().get(i);
      if (!result.isTile()) {
        continue;
      }
      Layout layout = flow.layoutOf(result);
      Value held = made.get(i);
      Value own = new Value(result.id(), result.tile().withLayout(layout));
      if (!held.equals(own)) {
        convert(held, own);
      }
      for (Value form : forms.getOrDefault(result, Map.of()).values()) {
        if (form.equals(own)) {
          continue;
        }
        if (isCheap(result)) {
          Layout wanted = form.tile().layout().orElseThrow();
          List<Value> operands =
              op.operands().stream()
                  .map(o -> o.isTile() ? form(o, operandLayout(op, wanted)) : o)
                  .toList();
          out.add(op.with(operands, List.of(form), List.of()));
        } else {
          convert(own, form);
        }
      }
    }
  }

  private void convert(Value from, Value to) {
    out.add(new Op.ConvertLayout(to, from, out.location()));
    context
        .report()
        .note(
            pass,
            out.location(),
            "the tile %s of %s made here is also needed in another layout"
                .formatted(from.tile().shape(), from.type().dtype().name()));
  }

  /** The arguments of a region, and the conversions that its first operations are. */
  private List<Value> arguments(List<Value> arguments) {
    return arguments.stream()
        .map(a -> a.isTile() ? new Value(a.id(), a.tile().withLayout(flow.layoutOf(a))) : a)
        .toList();
  }

  private void writeArgumentForms(List<Value> arguments) {
    for (Value argument : arguments) {
      if (argument.isTile()) {
        Value own = new Value(argument.id(), argument.tile().withLayout(flow.layoutOf(argument)));
        forms.getOrDefault(argument, Map.of()).values().stream()
            .filter(form -> !form.equals(own))
            .forEach(form -> convert(own, form));
      }
    }
  }

  private void writeLoop(Op.For loop) {
    List<Value> operands = new ArrayList<>(loop.operands().subList(0, 3));
    List<Value> yields = new ArrayList<>();
    for (int i = 0; i < loop.carried().size(); i++) {
      Value carried = loop.carried().get(i);
      Value init = loop.inits().get(i);
      Value yield = loop.body().yielded().get(i);
      operands.add(carried.isTile() ? form(init, flow.layoutOf(carried)) : init);
      yields.add(carried.isTile() ? form(yield, flow.layoutOf(carried)) : yield);
    }
    Block body = region(loop.body(), yields);
    out.at(loop.location());
    List<Value> results = made(loop);
    out.add(loop.with(operands, results, List.of(body)));
    writeForms(loop, results);
  }

  private void writeLoop(Op.While loop) {
    List<Value> inits = new ArrayList<>();
    List<Value> yields = new ArrayList<>();
    for (int i = 0; i < loop.inits().size(); i++) {
      Value carried = loop.body().arguments().get(i);
      Value init = loop.inits().get(i);
      Value yield = loop.body().yielded().get(i);
      inits.add(carried.isTile() ? form(init, flow.layoutOf(carried)) : init);
      yields.add(carried.isTile() ? form(yield, flow.layoutOf(carried)) : yield);
    }
    Block condition = region(loop.condition(), loop.condition().yielded());
    Block body = region(loop.body(), yields);
    out.at(loop.location());
    List<Value> results = made(loop);
    out.add(loop.with(inits, results, List.of(condition, body)));
    writeForms(loop, results);
  }

  private void writeBranch(Op.If branch) {
    List<Block> regions = new ArrayList<>();
    for (Block region : branch.regions()) {
      List<Value> yields = new ArrayList<>();
      for (int i = 0; i < branch.results().size(); i++) {
        Value yield = region.yielded().get(i);
        yields.add(yield.isTile() ? form(yield, flow.layoutOf(branch.results().get(i))) : yield);
      }
      regions.add(region(region, yields));
    }
    out.at(branch.location());
    List<Value> results = made(branch);
    out.add(branch.with(branch.operands(), results, regions));
    writeForms(branch, results);
  }

  private Block region(Block region, List<Value> yields) {
    List<Op> ops =
        out.collect(
            () -> {
              writeArgumentForms(region.arguments());
              for (Op op : region.ops()) {
                if (op instanceof Op.Yield yield) {
                  out.add(yield.with(yields, List.of(), List.of()));
                } else {
                  write(op);
                }
              }
            });
    return new Block(arguments(region.arguments()), ops);
  }
}
