package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.RegionCopy;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a function whose blocks share the iterations of tiles ({@link WorkRanges}):
 *
 * <pre>
 *   for the tiles of this block's range, the last one first:
 *     accumulate this block's iterations of the tile
 *     if they are not the tile's last:
 *       keep the sums in this block's place; signal
 *     else:
 *       for the blocks that have the tile's iterations before these:
 *         await the block's signal; add the sums that it kept
 *       the end of the function
 * </pre>
 *
 * A range ends inside one tile at most, the first that its block takes: the sums are there long
 * before the next block, which has that tile's last iterations, comes to its last tile and asks for
 * them. Sums are added in the order of blocks, the same in every run. Only blocks of lower numbers
 * are waited for: blocks that start in order cannot wait for one that never starts.
 */
final class StreamKWriter {
  private final KernelFunction function;
  private final StreamK.Shape shape;
  private final OpBuilder out;
  private final GridTiles grids;
  private final int group;
  private final List<Parameter> parameters;

  StreamKWriter(KernelFunction function, StreamK.Shape shape, int group) {
    this.function = function;
    this.shape = shape;
    this.out = new OpBuilder(function.nextId()).at(shape.loop().location());
    this.grids = new GridTiles(function, out);
    this.group = group;
    this.parameters = new ArrayList<>(function.parameters());
  }

  /** All iterations for that many blocks. */
  KernelFunction stream(int blocks) {
    return write(
        new SizeExpr.Constant(blocks),
        (tiles, iterations) ->
            new WorkRanges.Stream(
                iterations,
                WorkRanges.Quotient.of(out.mul(tiles, iterations), out.i32(blocks), out)));
  }

  /** Each tile's iterations for that many blocks. */
  KernelFunction split(int parts) {
    SizeExpr blocks =
        function.grid().stream()
            .reduce(new SizeExpr.Constant(parts), (x, y) -> new SizeExpr.Product(y, x));
    return write(
        blocks,
        (tiles, iterations) ->
            new WorkRanges.Split(
                iterations, parts, WorkRanges.Quotient.of(iterations, out.i32(parts), out)));
  }

  private interface Cut {
    WorkRanges ranges(Value tiles, Value iterations);
  }

  private KernelFunction write(SizeExpr blocks, Cut cut) {
    Location location = shape.loop().location();
    List<Value> sums = new ArrayList<>();
    for (Value carried : shape.loop().carried()) {
      Type.Tile tile = carried.tile();
      sums.add(workspace("sums", new Type.Workspace(tile.shape(), tile.dtype()), blocks, false));
    }
    Value signals = workspace("signals", new Type.Workspace(List.of(), DType.I32), blocks, true);

    List<Value> grid = grids.sizes();
    Value tiles = grid.stream().reduce(out::mul).orElseThrow();
    List<Value> bounds = RegionCopy.inline(shape.bounds(), List.of(), out);
    Value iterations = iterations(bounds);
    WorkRanges ranges = cut.ranges(tiles, iterations);
    Value block = out.programId(0);
    Value start = ranges.start(block, out);
    Value end = ranges.end(block, out);
    Value firstTile = out.binary(BinaryKind.DIV, start, iterations);
    Value endTile = ceilDiv(end, iterations);
    Value any = out.compare(ComparePredicate.LT, start, end);
    Value aboveTile = out.select(any, endTile, firstTile);
    // Counted from minus the end: loops go up, tiles go down.
    out.forLoop(
        out.sub(out.i32(0), aboveTile),
        out.sub(out.i32(0), firstTile),
        out.i32(1),
        List.of(),
        arguments -> {
          Value tile = out.sub(out.i32(-1), arguments.getFirst());
          Value base = out.mul(tile, iterations);
          Value from = out.binary(BinaryKind.MAX, out.sub(start, base), out.i32(0));
          Value to = out.binary(BinaryKind.MIN, out.sub(end, base), iterations);
          tile(tile, grid, new Part(block, from, to, iterations), ranges, sums, signals);
          return List.of();
        });
    out.at(location);
    return new KernelFunction(
        function.name(),
        parameters,
        List.of(blocks),
        function.launch(),
        out.block(function.body().arguments()));
  }

  private Value workspace(String name, Type.Workspace type, SizeExpr places, boolean zeroed) {
    String free = Parameter.freeName(name, parameters);
    Value value = out.fresh(type);
    parameters.add(new Parameter.Workspace(free, value, places, zeroed, shape.loop().location()));
    return value;
  }

  /** Of one tile; a loop that never runs counts as one, so that somebody has the tile's end. */
  private Value iterations(List<Value> bounds) {
    Value distance = out.sub(bounds.get(1), bounds.get(0));
    return out.binary(BinaryKind.MAX, ceilDiv(distance, bounds.get(2)), out.i32(1));
  }

  private Value ceilDiv(Value x, Value y) {
    return out.binary(BinaryKind.DIV, out.add(x, out.sub(y, out.i32(1))), y);
  }

  /**
   * A block's part of a tile.
   *
   * @param from its first iteration
   * @param to the one after its last
   * @param iterations of the tile
   */
  private record Part(Value block, Value from, Value to, Value iterations) {}

  private void tile(
      Value number,
      List<Value> grid,
      Part part,
      WorkRanges ranges,
      List<Value> workspaces,
      Value signals) {
    List<Value> tile = grids.tile(number, grid, group);
    Substitution substitution = new Substitution();
    ops(shape.before(), tile, substitution);
    Op.For loop = shape.loop();
    out.at(loop.location());
    Value lower = substitution.of(loop.lower());
    Value step = substitution.of(loop.step());
    List<Value> inits = new ArrayList<>();
    for (Value init : loop.inits()) {
      inits.add(init(substitution.of(init), part.from()));
    }
    Value upper =
        out.binary(
            BinaryKind.MIN,
            substitution.of(loop.upper()),
            out.add(lower, out.mul(part.to(), step)));
    Op.For own =
        new Op.For(
            loop.results(),
            out.add(lower, out.mul(part.from(), step)),
            upper,
            step,
            inits,
            loop.body(),
            loop.location());
    grids.write(own, tile, substitution).ifPresent(out::add);
    out.ifElse(
        out.compare(ComparePredicate.EQ, part.to(), part.iterations()),
        _ -> {
          List<Value> total = gather(number, part, ranges, workspaces, signals);
          for (int i = 0; i < total.size(); i++) {
            substitution.replace(loop.results().get(i), total.get(i));
          }
          ops(shape.after(), tile, substitution);
          out.at(loop.location());
          return List.of();
        },
        _ -> {
          for (int i = 0; i < workspaces.size(); i++) {
            out.add(
                new WorkspaceOp.Keep(
                    workspaces.get(i), part.block(), loop.results().get(i), loop.location()));
          }
          out.barrier();
          out.add(new WorkspaceOp.Signal(signals, part.block(), loop.location()));
          return List.of();
        });
  }

  private void ops(List<Op> ops, List<Value> tile, Substitution substitution) {
    for (Op op : ops) {
      out.at(op.location());
      grids.write(op, tile, substitution).ifPresent(out::add);
    }
  }

  /** What a part begins with: the first one with the tile's own beginning, the others with zero. */
  private Value init(Value init, Value from) {
    if (StreamK.isZero(init, shape.before())) {
      return init;
    }
    Literal zero = Literal.zero(init.type().dtype());
    return out.ifElse(
            out.compare(ComparePredicate.EQ, from, out.i32(0)),
            _ -> List.of(init),
            _ -> List.of(out.constant(init.type(), zero)))
        .getFirst();
  }

  /** This block's sums plus those of the blocks before it. */
  private List<Value> gather(
      Value number, Part part, WorkRanges ranges, List<Value> workspaces, Value signals) {
    Location location = shape.loop().location();
    Value first = ranges.firstBlock(number, out);
    return out.forLoop(
        first,
        part.block(),
        out.i32(1),
        shape.loop().results(),
        arguments -> {
          Value other = arguments.getFirst();
          out.add(new WorkspaceOp.Await(signals, other, location));
          out.barrier();
          List<Value> total = new ArrayList<>();
          for (int i = 0; i < workspaces.size(); i++) {
            Value sum = arguments.get(i + 1);
            Value result = out.fresh(sum.type());
            out.add(new WorkspaceOp.AddKept(result, workspaces.get(i), other, sum, location));
            total.add(result);
          }
          return total;
        });
  }
}
