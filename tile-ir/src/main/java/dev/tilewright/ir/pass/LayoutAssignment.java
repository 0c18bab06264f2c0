package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.BitView;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.target.Target;
import dev.tilewright.layout.Layout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The decisions of {@link AssignLayouts}, before anything is rewritten: who holds what, and in
 * which layout every operation takes its operands and makes its results.
 */
final class LayoutAssignment {
  private final AssignLayouts pass;
  private final KernelFunction function;
  private final PassContext context;
  private final Target target;
  private final LayoutFlow flow;
  private final int warps;
  private final AccessCost cost;
  private final Map<Value, MmaGrid> grids = new LinkedHashMap<>();
  private final Map<Value, GroupGrid> groupGrids = new LinkedHashMap<>();
  private final Map<Op, Layout> storeLayouts = new HashMap<>();

  LayoutAssignment(
      AssignLayouts pass,
      KernelFunction function,
      PassContext context,
      LayoutFlow flow,
      int warps) {
    this.pass = pass;
    this.function = function;
    this.context = context;
    this.target = context.target();
    this.flow = flow;
    this.warps = warps;
    this.cost = new AccessCost(target, Divisibility.of(function));
  }

  LayoutFlow flow() {
    return flow;
  }

  MmaGrid grid(Op.Mma mma) {
    return Objects.requireNonNull(grids.get(mma.result()));
  }

  void assign() {
    List<Op> ops = Traversal.ops(function).toList();
    ops.forEach(this::startWritten);
    ops.forEach(op -> startIf(op, Op.Mma.class, this::startAccumulator));
    ops.forEach(op -> startIf(op, AsyncOp.MmaAsync.class, this::startAccumulator));
    checkAccumulators(ops);
    ops.forEach(op -> startIf(op, Op.Mma.class, this::wishFactors));
    ops.forEach(op -> startIf(op, AsyncOp.MmaAsync.class, this::wishFactor));
    ops.forEach(op -> startIf(op, Op.Load.class, this::startLoad));
    ops.forEach(this::startShaped);
    ops.forEach(op -> startIf(op, Op.Store.class, this::wishStore));
    ops.forEach(this::startRest);
    chooseLoads(ops);
    ops.forEach(op -> startIf(op, Op.Store.class, this::chooseStore));
  }

  private static <T extends Op> void startIf(Op op, Class<T> kind, Consumer<T> start) {
    if (kind.isInstance(op)) {
      start.accept(kind.cast(op));
    }
  }

  private void startWritten(Op op) {
    for (Value result : op.results()) {
      if (result.isTile()) {
        result
            .tile()
            .layout()
            .ifPresent(layout -> flow.start(result, RegisterLayouts.inOrder(layout)));
      }
    }
  }

  // ---------------------------------------------------------------- matrix instructions

  private void startAccumulator(Op.Mma mma) {
    MmaInstruction instruction = target.mma(mma.instruction().orElseThrow()).orElseThrow();
    MmaGrid grid =
        flow.layout(mma.result())
            .flatMap(layout -> sameGrid(mma, instruction, layout))
            .orElseGet(
                () ->
                    MmaGrid.choose(
                        mma,
                        instruction,
                        warps,
                        flow.reducedDimensions(mma.result()).contains(1)
                            || flow.feedsMmaA(mma.result())));
    grids.put(mma.result(), grid);
    flow.start(mma.result(), grid.c());
    context.report().note(pass, mma.location(), "the mma is shared by " + grid);
  }

  private void startAccumulator(AsyncOp.MmaAsync mma) {
    GroupMma instruction = target.groupMma(mma.instruction()).orElseThrow();
    int groupWarps = target.warpSpecialization().orElseThrow().groupWarps();
    GroupGrid grid = GroupGrid.of(mma, instruction, warps / groupWarps);
    groupGrids.put(mma.result(), grid);
    flow.start(mma.result(), grid.accumulator());
    context
        .report()
        .note(pass, mma.location(), "%s, shared by %s".formatted(mma.instruction(), grid));
  }

  private void wishFactor(AsyncOp.MmaAsync mma) {
    if (mma.a().isTile()) {
      flow.wish(mma.a(), grid(mma).a());
    }
  }

  private GroupGrid grid(AsyncOp.MmaAsync mma) {
    return Objects.requireNonNull(groupGrids.get(mma.result()));
  }

  /** The grid under which an earlier mma gave the accumulator its layout, if it suits this one. */
  private Optional<MmaGrid> sameGrid(Op.Mma mma, MmaInstruction instruction, Layout layout) {
    int k = mma.a().tile().shape().get(1);
    return grids.values().stream()
        .map(g -> new MmaGrid(instruction, g.m(), g.n(), k, g.warpsM(), g.warpsN(), warps))
        .filter(
            g ->
                mma.result().tile().shape().equals(List.of(g.m(), g.n()))
                    && g.m() % (g.warpsM() * instruction.m()) == 0
                    && g.n() % (g.warpsN() * instruction.n()) == 0
                    && g.c().equals(layout))
        .findFirst();
  }

  /** Loop-carried accumulators, and others, live in registers all the time: they must fit. */
  private void checkAccumulators(List<Op> ops) {
    Set<Value> counted = new HashSet<>();
    Map<Value, Accumulator> accumulators = new LinkedHashMap<>();
    for (Op op : ops) {
      Optional<Accumulator> made =
          switch (op) {
            case Op.Mma mma -> Optional.of(new Accumulator(mma.acc(), mma.result(), op.location()));
            case AsyncOp.MmaAsync mma ->
                Optional.of(new Accumulator(mma.acc(), mma.result(), op.location()));
            default -> Optional.empty();
          };
      if (made.isPresent()) {
        if (!counted.contains(made.get().before())) {
          accumulators.put(made.get().after(), made.get());
        }
        counted.add(made.get().after());
      }
    }
    long registers = 0;
    for (Accumulator accumulator : accumulators.values()) {
      long own = registersOf(accumulator);
      registers = Math.max(registers, own);
      if (own > target.registersPerThread()) {
        refuse(List.of(accumulator), own);
      }
    }
    for (Op op : ops) {
      List<Value> arguments =
          switch (op) {
            case Op.For loop -> loop.carried();
            case Op.While loop -> loop.body().arguments();
            default -> List.of();
          };
      if (!arguments.isEmpty()) {
        List<Accumulator> carried =
            accumulators.values().stream()
                .filter(accumulator -> arguments.contains(accumulator.before()))
                .toList();
        long sum = carried.stream().mapToLong(this::registersOf).sum();
        registers = Math.max(registers, sum);
        if (sum > target.registersPerThread()) {
          refuse(carried, sum);
        }
      }
    }
    if (registers > WarpChoice.ACCUMULATORS) {
      context
          .report()
          .note(
              pass,
              accumulators.values().iterator().next().location(),
              "accumulators take %d registers of each thread; more than %d may spill, more warps"
                      .formatted(registers, WarpChoice.ACCUMULATORS)
                  + " or a smaller tile take fewer");
    }
  }

  /** What a product adds to, and the sum. */
  private record Accumulator(Value before, Value after, Location location) {}

  private long registersOf(Accumulator accumulator) {
    long bits = accumulator.after().type().dtype().bits();
    MmaGrid grid = grids.get(accumulator.after());
    Layout layout =
        grid != null
            ? grid.c()
            : Objects.requireNonNull(groupGrids.get(accumulator.after())).accumulator();
    return Math.ceilDiv(RegisterLayouts.registers(layout) * bits, 32L);
  }

  private void refuse(List<Accumulator> accumulators, long registers) {
    String tiles =
        accumulators.stream()
            .map(
                accumulator ->
                    "%s of %s at %s takes %d"
                        .formatted(
                            accumulator.after().tile().shape(),
                            accumulator.after().type().dtype().name(),
                            accumulator.location(),
                            registersOf(accumulator)))
            .collect(Collectors.joining("; "));
    throw new CompileException(
        "TW-C013",
        accumulators.getFirst().location(),
        ("the accumulators of one loop need %d registers of each thread, %s has %d: %s."
                + " Use smaller tiles or more warps than %d")
            .formatted(registers, target.name(), target.registersPerThread(), tiles, warps));
  }

  private void wishFactors(Op.Mma mma) {
    flow.wish(mma.a(), grid(mma).a());
    flow.wish(mma.b(), grid(mma).b());
  }

  // ---------------------------------------------------------------- global memory

  private GlobalAccess access(Op op) {
    return GlobalAccess.of(function, op).orElseThrow();
  }

  private Layout widest(Op op, Set<Integer> withoutWarps) {
    GlobalAccess access = access(op);
    int vector = access.vectorElements(cost.divisibility(), cost.widest());
    int unit = access.unit() >= 0 ? access.unit() : Math.max(0, access.shape().size() - 1);
    Set<Integer> without = spread(access.shape(), unit, vector, withoutWarps);
    // Lanes in several rows would take the rows from the warps, where those have nothing else.
    int run = without.isEmpty() ? cost.lineLanes(access, vector, target.lanes()) : target.lanes();
    return RegisterLayouts.blocked(
        access.shape(), unit, vector, run, target.lanes(), warps, without);
  }

  /**
   * The dimensions to keep within warps: those that are wished for, unless warps would then hold
   * the same elements.
   */
  private Set<Integer> spread(List<Integer> shape, int unit, int vector, Set<Integer> wished) {
    return RegisterLayouts.usableWarps(shape, unit, vector, target.lanes(), wished) < warps
        ? Set.of()
        : wished;
  }

  private void startLoad(Op.Load load) {
    flow.start(load.result(), widest(load, flow.reducedDimensions(load.result())));
  }

  private void wishStore(Op.Store store) {
    flow.wish(store.value(), widest(store, Set.of()));
  }

  /** Reductions and reshapes of tiles that must change their layout first. */
  private void startShaped(Op op) {
    boolean shaped =
        op instanceof Op.Reduce r && flow.layout(r.x()).isPresent()
            || op instanceof Op.Reshape s && flow.layout(s.x()).isPresent()
            || op instanceof Op.View v && flow.layout(v.x()).isPresent();
    if (shaped) {
      flow.start(op.results().getFirst(), madeLayout(op, 0));
    }
  }

  /** Tiles that no memory and no mma has to do with. */
  private void startRest(Op op) {
    for (Value operand : op.operands()) {
      startPlain(operand);
    }
    startShaped(op);
    for (Value result : op.results()) {
      startPlain(result);
    }
  }

  private void startPlain(Value value) {
    if (value.isTile() && flow.layout(value).isEmpty()) {
      flow.start(value, plain(value.tile(), flow.reducedDimensions(value)));
    }
  }

  /** A layout for a tile that comes from no memory and goes to none. */
  Layout plain(Type.Tile tile, Set<Integer> withoutWarps) {
    int unit = Math.max(0, tile.rank() - 1);
    int vector = 1;
    if (tile.rank() > 0) {
      long threads = (long) target.lanes() * warps;
      long most = Math.min(cost.widest() * 8 / tile.dtype().bits(), tile.elements() / threads);
      long even = Integer.lowestOneBit(tile.shape().get(unit));
      vector = (int) Math.clamp(Long.highestOneBit(Math.max(1, most)), 1, even);
    }
    return RegisterLayouts.blocked(tile.shape(), unit, vector, target.lanes(), warps, withoutWarps);
  }

  /**
   * A load may read straight into the one layout that is asked of it. Loads in loops that feed
   * matrix instructions keep their own: they are to be made asynchronous.
   */
  private void chooseLoads(List<Op> ops) {
    Set<Op> inLoops = new HashSet<>();
    for (Op op : ops) {
      switch (op) {
        case Op.For loop -> Traversal.ops(loop.body()).forEach(inLoops::add);
        case Op.While loop -> Traversal.ops(loop.body()).forEach(inLoops::add);
        default -> {}
      }
    }
    for (Op op : ops) {
      if (op instanceof Op.Load load
          && load.result().tile().layout().isEmpty()
          && !(inLoops.contains(load) && flow.feedsMma(load.result()))) {
        List<Layout> asked = askedOf(load.result());
        Layout own = flow.layoutOf(load.result());
        if (asked.size() == 1 && !asked.contains(own)) {
          Layout other = asked.getFirst();
          long direct = cost.global(access(load), other);
          long through =
              cost.global(access(load), own) + cost.conversion(load.result().tile(), own, other);
          if (direct <= through) {
            flow.set(load.result(), other);
          }
        }
      }
    }
  }

  /** The layouts that the users of a tile ask of it. */
  private List<Layout> askedOf(Value value) {
    Map<Layout, Boolean> asked = new LinkedHashMap<>();
    for (Op user : flow.uses().users(value)) {
      for (int i = 0; i < user.operands().size(); i++) {
        if (user.operands().get(i).equals(value)) {
          if (user instanceof Op.Yield) {
            return List.of();
          }
          asked.put(operandLayout(user, i), true);
        }
      }
    }
    return List.copyOf(asked.keySet());
  }

  private void chooseStore(Op.Store store) {
    Layout widest = widest(store, Set.of());
    Optional<Layout> held = flow.layout(store.value());
    Layout chosen =
        held.filter(
                layout ->
                    cost.global(access(store), layout)
                        <= cost.global(access(store), widest)
                            + cost.conversion(store.value().tile(), layout, widest))
            .orElse(widest);
    storeLayouts.put(store, chosen);
  }

  // ---------------------------------------------------------------- what operations ask for

  /** The layout in which an operation makes its result. */
  Layout madeLayout(Op op, int result) {
    return switch (op) {
      case Op.Mma mma -> grid(mma).c();
      case AsyncOp.MmaAsync mma -> grid(mma).accumulator();
      case Op.Reduce r -> LayoutFlow.reduced(operandLayout(r, 0), r);
      case Op.Reshape r ->
          RegisterLayouts.reshape(
                  operandLayout(r, 0), r.x().tile().shape(), r.result().tile().shape())
              .orElseThrow();
      case Op.View v -> seen(v, operandLayout(v, 0)).orElseThrow();
      case Op.Cast cast when cast.result().isTile() -> operandLayout(cast, 0);
      case Op.For loop -> flow.layoutOf(loop.carried().get(result));
      case Op.While loop -> flow.layoutOf(loop.body().arguments().get(result));
      default -> flow.layoutOf(op.results().get(result));
    };
  }

  /** The layout in which an operation takes its operand, a tile. */
  Layout operandLayout(Op op, int operand) {
    return switch (op) {
      case Op.Mma mma -> {
        MmaGrid grid = grid(mma);
        yield operand == 0 ? grid.a() : operand == 1 ? grid.b() : grid.c();
      }
      case AsyncOp.MmaAsync mma -> operand == 0 ? grid(mma).a() : grid(mma).accumulator();
      case Op.Store store ->
          storeLayouts.containsKey(store) ? storeLayouts.get(store) : widest(store, Set.of());
      case Op.Reduce r -> reduceOperand(r);
      case Op.Reshape r -> reshapeOperand(r);
      case Op.View v -> viewOperand(v);
      case Op.Cast cast -> flow.castOperand(cast, flow.layoutOf(cast.result()));
      case Op.Transpose t ->
          RegisterLayouts.transpose(
              flow.layoutOf(t.result()), RegisterLayouts.inverse(t.permutation()));
      case Op.Broadcast b ->
          RegisterLayouts.broadcastOperand(flow.layoutOf(b.result()), b.x().tile().shape());
      case Op.For loop -> flow.layoutOf(loop.carried().get(operand - 3));
      case Op.While loop -> flow.layoutOf(loop.body().arguments().get(operand));
      default ->
          LayoutFlow.isElementwise(op)
              ? flow.layoutOf(op.results().getFirst())
              : held(op.operands().get(operand));
    };
  }

  /** Which thread copies what in a copy that the program wrote. */
  Layout copyLayout(Op.CopyAsync copy) {
    return AsyncCopies.layout(access(copy), cost.divisibility(), target, warps)
        .orElseThrow(
            () ->
                new CompileException(
                    "TW-C014",
                    copy.location(),
                    ("%s copies %s bytes at a time asynchronously, but the rows of '%s' may start"
                            + " at any multiple of %d bytes; load the tile and store it instead")
                        .formatted(
                            target.name(),
                            target.asyncCopyBytes(),
                            access(copy).tensor().name(),
                            access(copy).tensor().alignment())));
  }

  private Layout held(Value value) {
    return flow.layout(value).orElseGet(() -> plain(value.tile(), Set.of()));
  }

  private Layout reduceOperand(Op.Reduce r) {
    Layout held = held(r.x());
    return LayoutFlow.reduces(held, r)
        ? held
        : plain(r.x().tile(), new TreeSet<>(Set.of(r.axis())));
  }

  private Layout reshapeOperand(Op.Reshape r) {
    List<Integer> from = r.x().tile().shape();
    List<Integer> to = r.result().tile().shape();
    Layout held = held(r.x());
    return flow.layout(r.result())
        .flatMap(layout -> RegisterLayouts.reshape(layout, to, from))
        .or(() -> Optional.of(held).filter(l -> RegisterLayouts.reshape(l, from, to).isPresent()))
        .orElseGet(() -> RegisterLayouts.reshapeable(from, to, target.lanes(), warps));
  }

  /** A layout in which every thread holds whole elements of both widths. */
  private Layout viewOperand(Op.View v) {
    Type.Tile x = v.x().tile();
    Type.Tile result = v.result().tile();
    int from = x.dtype().bits();
    int to = result.dtype().bits();
    Layout held = held(v.x());
    return flow.layout(v.result())
        .flatMap(layout -> BitView.layout(layout, to, x.shape(), from))
        .map(RegisterLayouts::inOrder)
        .or(() -> Optional.of(held).filter(layout -> seen(v, layout).isPresent()))
        .orElseGet(
            () ->
                RegisterLayouts.blocked(
                    x.shape(),
                    x.rank() - 1,
                    BitView.run(from, to),
                    target.lanes(),
                    warps,
                    Set.of()));
  }

  private static Optional<Layout> seen(Op.View v, Layout layout) {
    Type.Tile result = v.result().tile();
    return BitView.layout(
            layout, v.x().type().dtype().bits(), result.shape(), result.dtype().bits())
        .map(RegisterLayouts::inOrder);
  }
}
