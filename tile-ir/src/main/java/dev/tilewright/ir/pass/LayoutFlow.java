package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.analysis.BitView;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * How layouts flow along the data: which tiles get a layout because another tile has one.
 *
 * <p>A layout spreads from a tile through elementwise operations, transposes, reshapes, loops and
 * branches in both directions, from a broadcast to its operand and from an operand to its
 * reduction. It stops at tiles that have one already, at loads, and at tiles that cost nothing to
 * make again (constants, splats, iotas), which take a layout at each use.
 */
final class LayoutFlow {
  private final Uses uses;
  private final Map<Value, Layout> layouts = new HashMap<>();

  /** Values that are one value at different times: those of one place in a loop or branch. */
  private final Map<Value, List<List<Value>>> groups = new HashMap<>();

  LayoutFlow(KernelFunction function) {
    uses = Uses.of(function);
    collectGroups(function.body());
  }

  private void collectGroups(Block block) {
    for (Op op : block.ops()) {
      switch (op) {
        case Op.For loop -> {
          for (int i = 0; i < loop.results().size(); i++) {
            group(
                loop.inits().get(i),
                loop.carried().get(i),
                loop.body().yielded().get(i),
                loop.results().get(i));
          }
        }
        case Op.While loop -> {
          for (int i = 0; i < loop.results().size(); i++) {
            group(
                loop.inits().get(i),
                loop.condition().arguments().get(i),
                loop.body().arguments().get(i),
                loop.body().yielded().get(i),
                loop.results().get(i));
          }
        }
        case Op.If branch -> {
          for (int i = 0; i < branch.results().size(); i++) {
            group(
                branch.thenBlock().yielded().get(i),
                branch.elseBlock().yielded().get(i),
                branch.results().get(i));
          }
        }
        default -> {}
      }
      op.regions().forEach(this::collectGroups);
    }
  }

  private void group(Value... values) {
    for (Value value : values) {
      if (value.isTile()) {
        groups.computeIfAbsent(value, _ -> new ArrayList<>()).add(List.of(values));
      }
    }
  }

  Uses uses() {
    return uses;
  }

  Optional<Layout> layout(Value value) {
    return Optional.ofNullable(layouts.get(value));
  }

  /** The layout of a tile that surely has one. */
  Layout layoutOf(Value value) {
    return layout(value).orElseThrow(() -> new IllegalStateException(value + " has no layout"));
  }

  /** Changes the layout of one tile, without spreading it. */
  void set(Value value, Layout layout) {
    layouts.put(value, layout);
  }

  /** Whether the tile is made from nothing and so has no layout of its own. */
  boolean isLeaf(Value value) {
    return uses.definition(value).filter(LayoutFlow::isLeaf).isPresent();
  }

  static boolean isLeaf(Op op) {
    return op instanceof Op.Constant || op instanceof Op.Splat || op instanceof Op.Iota;
  }

  /** Gives a tile a layout and spreads it, unless the tile has one. */
  void start(Value value, Layout layout) {
    if (isLeaf(value) || layouts.containsKey(value)) {
      return;
    }
    Deque<Value> pending = new ArrayDeque<>();
    layouts.put(value, layout);
    pending.add(value);
    while (!pending.isEmpty()) {
      Value next = pending.remove();
      spread(
          next,
          layoutOf(next),
          (other, itsLayout) -> {
            if (layouts.putIfAbsent(other, itsLayout) == null) {
              pending.add(other);
            }
          });
    }
  }

  /** As {@link #start}, for a layout that a use wishes for: a load keeps to its own. */
  void wish(Value value, Layout layout) {
    if (takesWishes(value)) {
      start(value, layout);
    }
  }

  private boolean takesWishes(Value value) {
    return value.isTile()
        && uses.definition(value)
            .filter(op -> isLeaf(op) || op instanceof Op.Load || op instanceof Op.Reduce)
            .isEmpty();
  }

  private void spread(Value value, Layout layout, BiConsumer<Value, Layout> found) {
    BiConsumer<Value, Layout> wished =
        (other, itsLayout) -> {
          if (takesWishes(other)) {
            found.accept(other, itsLayout);
          }
        };
    uses.definition(value).ifPresent(op -> spreadToOperands(op, layout, wished));
    for (Op user : uses.users(value)) {
      spreadToResult(user, value, layout, found);
      // Operands of one operation that must agree get the layout of the one that has it.
      if (isElementwise(user)) {
        user.operands().forEach(operand -> wished.accept(operand, layout));
      }
    }
    for (List<Value> group : groups.getOrDefault(value, List.of())) {
      group.forEach(other -> wished.accept(other, layout));
    }
  }

  /** Whether all tiles of the operation have one shape and one layout. */
  static boolean isElementwise(Op op) {
    return switch (op) {
      case Op.Unary _, Op.Binary _, Op.Fma _, Op.Compare _, Op.Select _, Op.Cast _ -> true;
      case WorkspaceOp.AddKept _ -> true;
      default -> false;
    };
  }

  private void spreadToOperands(Op op, Layout result, BiConsumer<Value, Layout> wished) {
    switch (op) {
      case Op.Cast c -> wished.accept(c.x(), castOperand(c, result));
      case Op.Transpose t ->
          wished.accept(
              t.x(), RegisterLayouts.transpose(result, RegisterLayouts.inverse(t.permutation())));
      case Op.Reshape r ->
          RegisterLayouts.reshape(result, r.result().tile().shape(), r.x().tile().shape())
              .ifPresent(layout -> wished.accept(r.x(), layout));
      case Op.View v ->
          BitView.layout(result, bits(v.result()), v.x().tile().shape(), bits(v.x()))
              .ifPresent(layout -> wished.accept(v.x(), RegisterLayouts.inOrder(layout)));
      case Op.Broadcast b ->
          wished.accept(b.x(), RegisterLayouts.broadcastOperand(result, b.x().tile().shape()));
      case Op.Mma m -> wished.accept(m.acc(), result);
      case AsyncOp.MmaAsync m -> wished.accept(m.acc(), result);
      default -> {
        if (isElementwise(op)) {
          op.operands().forEach(operand -> wished.accept(operand, result));
        }
      }
    }
  }

  private static void spreadToResult(
      Op op, Value operand, Layout layout, BiConsumer<Value, Layout> found) {
    switch (op) {
      case Op.Transpose t ->
          found.accept(t.result(), RegisterLayouts.transpose(layout, t.permutation()));
      case Op.Reshape r ->
          RegisterLayouts.reshape(layout, r.x().tile().shape(), r.result().tile().shape())
              .ifPresent(reshaped -> found.accept(r.result(), reshaped));
      case Op.View v ->
          BitView.layout(layout, bits(v.x()), v.result().tile().shape(), bits(v.result()))
              .ifPresent(seen -> found.accept(v.result(), RegisterLayouts.inOrder(seen)));
      case Op.Reduce r when reduces(layout, r) -> found.accept(r.result(), reduced(layout, r));
      case Op.Mma m when m.acc().equals(operand) -> found.accept(m.result(), layout);
      case AsyncOp.MmaAsync m when m.acc().equals(operand) -> found.accept(m.result(), layout);
      default -> {
        if (isElementwise(op) && op.results().getFirst().isTile()) {
          found.accept(op.results().getFirst(), layout);
        }
      }
    }
  }

  /** Whether a tile can be reduced as it lies: within each warp, or in whole parts over warps. */
  static boolean reduces(Layout layout, Op.Reduce reduce) {
    return RegisterLayouts.isWithinWarp(layout, reduce.axis())
        || WarpParts.of(layout, reduce.x().tile().shape(), reduce.axis()).isPresent();
  }

  /**
   * The layout of a reduction's result. What warps exchange is spread over the block's threads
   * where there is enough of it, so that every part is read once.
   */
  static Layout reduced(Layout layout, Op.Reduce reduce) {
    Type.Tile result = reduce.result().tile();
    int lanes = Math.toIntExact(layout.domain().extent(Axis.LANE));
    if (RegisterLayouts.isWithinWarp(layout, reduce.axis()) || result.elements() < lanes) {
      return RegisterLayouts.reduce(layout, reduce.axis());
    }
    int warps = Math.toIntExact(layout.domain().extent(Axis.WARP));
    return RegisterLayouts.blocked(result.shape(), result.rank() - 1, 1, lanes, warps, Set.of());
  }

  /**
   * The layout in which a cast takes its operand when its result is to have {@code result}: the
   * same elements in every thread. Where they were cut from wider ones by a view, they stay in the
   * order in which they lie in a thread's bits, since it is the wider elements of the result that
   * change places for nothing.
   */
  Layout castOperand(Op.Cast cast, Layout result) {
    return cast.result().isTile() && bits(cast.x()) < bits(cast.result())
        ? asCut(cast.x(), result).orElse(result)
        : result;
  }

  /** The layout with registers in the order of the view that the tile comes from, if it does. */
  private Optional<Layout> asCut(Value value, Layout layout) {
    return switch (uses.definition(value).orElse(null)) {
      case Op.View v ->
          RegisterLayouts.inRowOrder(layout, v.result().tile().shape())
              .filter(
                  ordered ->
                      BitView.layout(ordered, bits(v.result()), v.x().tile().shape(), bits(v.x()))
                          .isPresent());
      case Op.Reshape r -> {
        List<Integer> from = r.x().tile().shape();
        List<Integer> to = r.result().tile().shape();
        yield RegisterLayouts.reshape(layout, to, from)
            .flatMap(before -> asCut(r.x(), before))
            .flatMap(before -> RegisterLayouts.reshape(before, from, to));
      }
      case Op.Transpose t ->
          asCut(t.x(), RegisterLayouts.transpose(layout, RegisterLayouts.inverse(t.permutation())))
              .map(before -> RegisterLayouts.transpose(before, t.permutation()));
      case null, default -> Optional.empty();
    };
  }

  private static int bits(Value value) {
    return value.type().dtype().bits();
  }

  // ---------------------------------------------------------------- what becomes of a tile

  /** The dimensions along which the tile, or what is computed from its elements, is reduced. */
  Set<Integer> reducedDimensions(Value value) {
    Set<Integer> reduced = new TreeSet<>();
    follow(
        value,
        (op, operand) -> {
          if (op instanceof Op.Reduce r) {
            reduced.add(r.axis());
          }
        });
    return reduced;
  }

  /** Whether the tile, or what is computed elementwise from it, is the first factor of an mma. */
  boolean feedsMmaA(Value value) {
    boolean[] feeds = {false};
    follow(value, (op, operand) -> feeds[0] |= op instanceof Op.Mma m && m.a().equals(operand));
    return feeds[0];
  }

  /** Whether the tile becomes a factor of an mma through operations that move no data. */
  boolean feedsMma(Value value) {
    return computedFrom(value).stream()
        .anyMatch(
            tile ->
                uses.users(tile).stream()
                    .anyMatch(
                        user ->
                            user instanceof Op.Mma m
                                && (m.a().equals(tile) || m.b().equals(tile))));
  }

  /** Whether {@code tile} is computed from the value by operations that move no data. */
  boolean feeds(Value value, Value tile) {
    return computedFrom(value).contains(tile);
  }

  /** The tile, and all that is computed from it by operations that move no data. */
  private Set<Value> computedFrom(Value value) {
    Deque<Value> pending = new ArrayDeque<>(List.of(value));
    Set<Value> seen = new LinkedHashSet<>(pending);
    while (!pending.isEmpty()) {
      for (Op user : uses.users(pending.remove())) {
        boolean shapes =
            user instanceof Op.ConvertLayout
                || user instanceof Op.Transpose
                || user instanceof Op.Reshape
                || user instanceof Op.View
                || user instanceof Op.Broadcast;
        if ((shapes || isElementwise(user)) && seen.add(user.results().getFirst())) {
          pending.add(user.results().getFirst());
        }
      }
    }
    return seen;
  }

  /** Visits the users of the tile and of every tile of the same shape computed from it. */
  private void follow(Value value, BiConsumer<Op, Value> visitor) {
    Deque<Value> pending = new ArrayDeque<>(List.of(value));
    Set<Value> seen = new HashSet<>(pending);
    while (!pending.isEmpty()) {
      Value next = pending.remove();
      List<Value> same = new ArrayList<>();
      for (Op user : uses.users(next)) {
        visitor.accept(user, next);
        if (isElementwise(user)) {
          same.addAll(user.results());
        }
      }
      groups.getOrDefault(next, List.of()).forEach(same::addAll);
      same.stream().filter(seen::add).forEach(pending::add);
    }
  }
}
