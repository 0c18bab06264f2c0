package dev.tilewright;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Loops, branches and combiners: lambdas that are traced once into regions. */
final class ControlFlow {
  private ControlFlow() {}

  static void range(
      Trace trace, Site site, Value lower, Value upper, int step, Consumer<Scalar> body) {
    if (step < 1) {
      throw trace.fail(
          site,
          Misuse.STEP_NOT_POSITIVE,
          "step " + step + " is not positive",
          List.of(),
          "count upward and compute the descending index from the loop's: last.minus(i)");
    }
    trace.checkNoCombiner(site);
    OpBuilder ops = trace.ops();
    Value stepValue = trace.scalars().i32(step);
    Region region = trace.nested(Region.Kind.LOOP, site);
    List<Value> arguments = new ArrayList<>();
    arguments.add(ops.fresh(new Type.Scalar(DType.I32)));
    Block block =
        ops.region(
            arguments,
            _ ->
                trace.inside(
                    region,
                    loop -> {
                      body.accept(trace.scalar(site, arguments.getFirst()));
                      ops.at(site.location());
                      List<Tile> carried = loop.updated();
                      carried.forEach(tile -> arguments.add(loop.argument(tile)));
                      return carried.stream().map(loop::read).toList();
                    }));
    List<Tile> carried = region.updated();
    List<Value> inits = carried.stream().map(region::initial).toList();
    List<Value> results = inits.stream().map(init -> ops.fresh(init.type())).toList();
    Block pruned = region.superfluous(carried).apply(block);
    ops.add(new Op.For(results, lower, upper, stepValue, inits, pruned, site.location()));
    rebind(trace, site, carried, results);
  }

  static void whileLoop(Trace trace, Site site, Supplier<Scalar> condition, Runnable body) {
    trace.checkNoCombiner(site);
    OpBuilder ops = trace.ops();
    Region decides = trace.nested(Region.Kind.LOOP, site);
    List<Value> decided = new ArrayList<>();
    Block decision =
        ops.region(
            decided,
            _ -> trace.inside(decides, _ -> List.of(decision(trace, site, condition.get()))));
    checkOnlyComputes(trace, site, decides, decision);
    Region loop = trace.nested(Region.Kind.LOOP, site);
    List<Value> arguments = new ArrayList<>();
    Block iteration =
        ops.region(
            arguments,
            _ ->
                trace.inside(
                    loop,
                    _ -> {
                      body.run();
                      ops.at(site.location());
                      List<Tile> carried = loop.updated();
                      carried.forEach(tile -> arguments.add(loop.argument(tile)));
                      return carried.stream().map(loop::read).toList();
                    }));
    List<Tile> carried = loop.updated();
    carried.forEach(tile -> decided.add(decides.argument(tile)));
    List<Value> inits = carried.stream().map(loop::initial).toList();
    List<Value> results = inits.stream().map(init -> ops.fresh(init.type())).toList();
    Block first = new Block(decided, decision.ops());
    ops.add(
        new Op.While(
            results,
            inits,
            decides.superfluous(carried).apply(first),
            loop.superfluous(carried).apply(iteration),
            site.location()));
    rebind(trace, site, carried, results);
  }

  private static Value decision(Trace trace, Site site, Scalar condition) {
    trace.checkUsable(site, condition);
    checkCondition(trace, site, condition);
    trace.ops().at(site.location());
    return condition.read();
  }

  /** It runs once more than the body, and for the answer only. */
  private static void checkOnlyComputes(Trace trace, Site site, Region region, Block condition) {
    boolean computes =
        region.updated().isEmpty()
            && condition.ops().stream()
                .flatMap(Traversal::ops)
                .allMatch(
                    op ->
                        switch (op) {
                          case Op.Pure _, Op.Load _, Op.SharedLoad _ -> true;
                          case Op.For _, Op.While _, Op.If _, Op.Yield _ -> true;
                          default -> false;
                        });
    if (!computes) {
      throw trace.fail(
          site,
          Misuse.CONDITION_EFFECT,
          region.updated().isEmpty()
              ? "the condition of this loop does more than to compute and load"
              : "the condition of this loop updates a tile",
          region.updated().stream()
              .map(tile -> tile.note("this " + tile.describe() + " was made here"))
              .toList(),
          "do it in the body; the condition is asked once more than the body runs");
    }
  }

  private static void checkCondition(Trace trace, Site site, Scalar condition) {
    if (!condition.dtype().equals(DType.I1)) {
      throw trace.fail(
          site,
          Misuse.CONDITION,
          "the condition is of type " + condition.dtype() + ", not i1",
          List.of(condition.note("the condition is computed here")),
          "compare it: x.ne(0)");
    }
  }

  static void when(Trace trace, Site site, Scalar condition, Runnable then, Runnable otherwise) {
    checkCondition(trace, site, condition);
    trace.checkNoCombiner(site);
    OpBuilder ops = trace.ops();
    Region thenRegion = trace.nested(Region.Kind.BRANCH, site);
    Region elseRegion = trace.nested(Region.Kind.BRANCH, site);
    Block thenOps = branch(trace, thenRegion, then);
    Block elseOps = branch(trace, elseRegion, otherwise);
    TreeSet<Tile> either = new TreeSet<>(Comparator.comparingInt(tile -> tile.id));
    either.addAll(thenRegion.updated());
    either.addAll(elseRegion.updated());
    List<Tile> updated = List.copyOf(either);
    ops.at(site.location());
    Block thenBlock = yielding(thenOps, thenRegion, updated, site);
    Block elseBlock = yielding(elseOps, elseRegion, updated, site);
    List<Value> results =
        thenBlock.yielded().stream().map(value -> ops.fresh(value.type())).toList();
    ops.add(new Op.If(results, condition.read(), thenBlock, elseBlock, site.location()));
    rebind(trace, site, updated, results);
  }

  private static Block branch(Trace trace, Region region, Runnable body) {
    return trace
        .ops()
        .region(
            List.of(),
            _ ->
                trace.inside(
                    region,
                    _ -> {
                      body.run();
                      return List.of();
                    }));
  }

  /** The branch, ended with the values that {@code tiles} hold at its end. */
  private static Block yielding(Block branch, Region region, List<Tile> tiles, Site site) {
    List<Op> ops = new ArrayList<>(branch.ops());
    ops.removeLast();
    ops.add(new Op.Yield(tiles.stream().map(region::read).toList(), site.location()));
    return new Block(branch.arguments(), ops);
  }

  private static void rebind(Trace trace, Site site, List<Tile> tiles, List<Value> values) {
    for (int i = 0; i < tiles.size(); i++) {
      trace.write(site, tiles.get(i), values.get(i));
    }
  }

  /** Reduces along {@code axis}; a tile of one dimension becomes one of extent 1. */
  static Value reduce(
      Trace trace, Site site, Value tile, int axis, BinaryOperator<Scalar> combiner) {
    OpBuilder ops = trace.ops();
    boolean vector = tile.tile().rank() == 1;
    Value x = vector ? ops.reshape(tile, List.of(1, tile.tile().shape().getFirst())) : tile;
    Region region = trace.nested(Region.Kind.COMBINER, site);
    return ops.reduce(
        x,
        vector ? 1 : axis,
        arguments ->
            trace.inside(
                region,
                _ -> {
                  Scalar result =
                      combiner.apply(
                          trace.scalar(site, arguments.get(0)),
                          trace.scalar(site, arguments.get(1)));
                  trace.checkUsable(site, result);
                  if (!result.dtype().equals(tile.type().dtype())) {
                    throw trace.fail(
                        site,
                        Misuse.DTYPE_MISMATCH,
                        "the combiner of "
                            + tile.type().dtype()
                            + " numbers returns "
                            + result.dtype(),
                        List.of(result.note("returned from here")),
                        "return the type of the arguments: cast the result back");
                  }
                  ops.at(site.location());
                  return result.read();
                }));
  }
}
