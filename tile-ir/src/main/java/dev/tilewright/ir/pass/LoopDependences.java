package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.schedule.LoopGraph;
import dev.tilewright.ir.schedule.Unit;
import dev.tilewright.ir.text.Printer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What the operations of a loop of a role wait for, as the graph that is scheduled.
 *
 * <p>A node is an operation with the slots that it is the first to read acquired before, and those
 * that it is the last to read released after. Operations that only name what is there, shapes and
 * slices, and those that follow from the induction variable alone, such as masks, are no nodes:
 * they are written again right where their values are used, so that no register keeps them.
 */
final class LoopDependences {

  /** Why a loop is left as it is. */
  static final class Obstacle extends RuntimeException {
    private static final long serialVersionUID = 1;

    Obstacle(String reason) {
      super(reason, null, false, false);
    }

    String reason() {
      return Objects.requireNonNull(getMessage());
    }
  }

  /** A value of a node, of this iteration or an earlier one. */
  record Source(Value value, int distance) {}

  private final Op.For loop;
  private final Uses uses;

  /** The operations of each node, in order. */
  private final List<List<Op>> nodes = new ArrayList<>();

  private final Map<Value, Integer> nodeOf = new HashMap<>();
  private final Map<Value, Op> free = new HashMap<>();

  /** Nodes of which the second must be in the stage of the first. */
  private final List<int[]> together = new ArrayList<>();

  private final LoopGraph graph;

  /**
   * @throws Obstacle if the loop cannot be scheduled
   */
  LoopDependences(Op.For loop, Uses uses, UnitCosts costs) {
    this.loop = loop;
    this.uses = uses;
    loop.body().ops().forEach(this::check);
    findFree();
    group();
    checkYields();
    this.graph = build(costs);
  }

  Op.For loop() {
    return loop;
  }

  LoopGraph graph() {
    return graph;
  }

  List<Op> ops(int node) {
    return nodes.get(node);
  }

  int nodeOf(Value value) {
    return Objects.requireNonNull(nodeOf.get(value), () -> value + " is of no node");
  }

  boolean isOfNode(Value value) {
    return nodeOf.containsKey(value);
  }

  /** The operation that is written again wherever this value is used. */
  Optional<Op> free(Value value) {
    return Optional.ofNullable(free.get(value));
  }

  List<int[]> together() {
    return together;
  }

  // ---------------------------------------------------------------- what may stand in the loop

  private void check(Op op) {
    switch (op) {
      case Op.For _, Op.If _ -> throw new Obstacle("it has a condition or a loop inside");
      case Op.Pure _,
          Op.SharedLoad _,
          Op.Load _,
          Op.Yield _,
          AsyncOp.MmaAsync _,
          AsyncOp.AcquireRead _,
          AsyncOp.Release _ -> {}
      default -> throw new Obstacle("it does more than compute: '" + Printer.headline(op) + "'");
    }
  }

  // ---------------------------------------------------------------- what is written again

  private void findFree() {
    Set<Value> varying = new HashSet<>(loop.carried());
    Set<Value> yielded = new HashSet<>(loop.body().yielded());
    for (Op op : loop.body().ops()) {
      boolean names =
          switch (op) {
            case Op.Broadcast _,
                Op.Reshape _,
                Op.Splat _,
                Op.Iota _,
                Op.Constant _,
                Op.Transpose _,
                Op.SharedSlice _ ->
                true;
            case Op.Reduce _, Op.ConvertLayout _ -> false;
            case Op.Pure pure -> pure.operands().stream().noneMatch(varying::contains);
            default -> false;
          };
      if (names && op.results().stream().noneMatch(yielded::contains)) {
        op.results().forEach(result -> free.put(result, op));
        if (op.operands().stream().anyMatch(varying::contains)) {
          varying.addAll(op.results());
        }
      } else {
        varying.addAll(op.results());
      }
    }
  }

  // ---------------------------------------------------------------- nodes

  private void group() {
    Map<Op, List<Op>> before = new LinkedHashMap<>();
    Map<Op, List<Op>> after = new LinkedHashMap<>();
    Map<Value, AsyncOp.AcquireRead> acquired = new LinkedHashMap<>();
    for (Op op : loop.body().ops()) {
      if (op instanceof AsyncOp.AcquireRead acquire) {
        acquired.put(acquire.token(), acquire);
      }
    }
    for (Op op : loop.body().ops()) {
      if (op instanceof AsyncOp.Release release) {
        AsyncOp.AcquireRead acquire = acquired.remove(release.token());
        if (acquire == null) {
          throw new Obstacle("it carries a slot from one iteration to the next");
        }
        List<Op> users = users(acquire, release);
        Op first = users.isEmpty() ? release : users.getFirst();
        Op last = users.isEmpty() ? release : users.getLast();
        before.computeIfAbsent(first, _ -> new ArrayList<>()).add(acquire);
        if (last != release) {
          after.computeIfAbsent(last, _ -> new ArrayList<>()).add(release);
        }
      }
    }
    if (!acquired.isEmpty()) {
      throw new Obstacle("it carries a slot from one iteration to the next");
    }
    Set<Op> attached = new LinkedHashSet<>();
    before.values().forEach(attached::addAll);
    after.values().forEach(attached::addAll);
    for (Op op : loop.body().ops()) {
      boolean isFree = !op.results().isEmpty() && free.containsKey(op.results().getFirst());
      if (!isFree && !attached.contains(op) && !(op instanceof Op.Yield)) {
        List<Op> node = new ArrayList<>(before.getOrDefault(op, List.of()));
        node.add(op);
        node.addAll(after.getOrDefault(op, List.of()));
        node.forEach(o -> o.results().forEach(r -> nodeOf.put(r, nodes.size())));
        nodes.add(node);
      }
    }
  }

  /** The operations that read a slot, in program order, and those its release comes after. */
  private List<Op> users(AsyncOp.AcquireRead acquire, AsyncOp.Release release) {
    Set<Value> views = new HashSet<>(acquire.views());
    List<Op> users = new ArrayList<>();
    for (Op op : loop.body().ops()) {
      boolean named = op.results().stream().anyMatch(release.after()::contains);
      if (op.operands().stream().anyMatch(views::contains) || named) {
        if (op instanceof Op.SharedSlice slice) {
          views.add(slice.result());
        } else if (op != release) {
          users.add(op);
        }
      }
    }
    return users;
  }

  private void checkYields() {
    Map<Value, Value> inits = new HashMap<>();
    for (int i = 0; i < loop.carried().size(); i++) {
      Value value = loop.body().yielded().get(i);
      if (!nodeOf.containsKey(value) || !(value.type() instanceof Type.Tile || isScalar(value))) {
        throw new Obstacle("it hands on what it has not computed in the same iteration");
      }
      Value init = inits.putIfAbsent(value, loop.inits().get(i));
      if (init != null && !init.equals(loop.inits().get(i))) {
        throw new Obstacle("it hands on one value as two");
      }
    }
  }

  private static boolean isScalar(Value value) {
    return value.type() instanceof Type.Scalar;
  }

  // ---------------------------------------------------------------- dependences

  private LoopGraph build(UnitCosts costs) {
    List<LoopGraph.Node> built = new ArrayList<>();
    for (List<Op> node : nodes) {
      List<LoopGraph.Use> units = new ArrayList<>();
      Set<Op> written = new LinkedHashSet<>(node);
      node.forEach(op -> addFree(op, written));
      written.forEach(op -> units.addAll(costs.of(op)));
      boolean whole =
          node.stream().anyMatch(op -> op instanceof AsyncOp.MmaAsync mma && !goesOn(mma));
      built.add(new LoopGraph.Node(name(node), units, whole));
    }
    Set<LoopGraph.Edge> edges = new LinkedHashSet<>();
    for (int to = 0; to < nodes.size(); to++) {
      for (Op op : nodes.get(to)) {
        for (Op inner : Traversal.ops(op).toList()) {
          for (Value operand : inner.operands()) {
            for (Source source : sources(operand)) {
              int from = nodeOf(source.value());
              if (from != to || source.distance() > 0) {
                int delay = delay(source.value(), op, operand, built.get(from));
                edges.add(new LoopGraph.Edge(from, to, delay, source.distance()));
              }
              boolean bound =
                  !(source.value().type() instanceof Type.Tile) && !isScalar(source.value());
              if (bound && from != to) {
                together.add(new int[] {from, to});
              }
            }
          }
        }
      }
    }
    edges.addAll(acquisitions());
    return new LoopGraph(built, List.copyOf(edges));
  }

  /** Slots of one aref are acquired in the order in which they are filled. */
  private List<LoopGraph.Edge> acquisitions() {
    Map<Value, List<Integer>> acquiring = new LinkedHashMap<>();
    for (int node = 0; node < nodes.size(); node++) {
      for (Op op : nodes.get(node)) {
        if (op instanceof AsyncOp.AcquireRead acquire) {
          acquiring.computeIfAbsent(acquire.aref(), _ -> new ArrayList<>()).add(node);
        }
      }
    }
    List<LoopGraph.Edge> order = new ArrayList<>();
    for (List<Integer> each : acquiring.values()) {
      for (int i = 1; i < each.size(); i++) {
        if (!each.get(i - 1).equals(each.get(i))) {
          order.add(new LoopGraph.Edge(each.get(i - 1), each.get(i), 0, 0));
        }
      }
      order.add(new LoopGraph.Edge(each.getLast(), each.getFirst(), 0, 1));
    }
    return order;
  }

  /** The operations that are written again for this one. */
  private void addFree(Op op, Set<Op> written) {
    for (Value operand : op.operands()) {
      Op named = free.get(operand);
      if (named != null && written.add(named)) {
        addFree(named, written);
      }
    }
  }

  private static String name(List<Op> node) {
    Op main =
        node.stream()
            .filter(op -> !(op instanceof AsyncOp.AcquireRead || op instanceof AsyncOp.Release))
            .findFirst()
            .orElse(node.getFirst());
    String text = Printer.headline(main);
    return text.substring(text.indexOf('=') + 1).strip().split("[ (]", 2)[0];
  }

  /** A slot that has been acquired can be read at once, and products accumulate in order. */
  private static int delay(Value value, Op user, Value operand, LoopGraph.Node from) {
    boolean chained =
        user instanceof AsyncOp.MmaAsync mma
            && mma.acc().equals(operand)
            && from.uses().stream().anyMatch(use -> use.unit() == Unit.TENSOR_CORE);
    boolean computed = value.type() instanceof Type.Tile || isScalar(value);
    return chained || !computed ? 0 : from.cycles();
  }

  /** The values of nodes that a value is made of by operations that only name. */
  List<Source> sources(Value value) {
    int carried = loop.carried().indexOf(value);
    if (carried >= 0) {
      return List.of(new Source(loop.body().yielded().get(carried), 1));
    }
    if (nodeOf.containsKey(value)) {
      return List.of(new Source(value, 0));
    }
    Op op = free.get(value);
    return op == null
        ? List.of()
        : op.operands().stream().flatMap(operand -> sources(operand).stream()).toList();
  }

  /** Whether the product may be under way from one iteration to the next: see {@link Flight}. */
  private boolean goesOn(AsyncOp.MmaAsync product) {
    boolean made = nodeOf.containsKey(product.a()) || loop.carried().contains(product.a());
    Value value = product.result();
    while (uses.users(value).size() == 1
        && uses.users(value).getFirst() instanceof AsyncOp.MmaAsync next
        && next.acc().equals(value)) {
      value = next.result();
    }
    return !(product.a().isTile() && (made || free.containsKey(product.a())))
        && Flight.goesOn(loop, uses, value);
  }
}
