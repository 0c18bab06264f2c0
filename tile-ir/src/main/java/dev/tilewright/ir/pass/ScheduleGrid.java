package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.RegionCopy;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Decides which block computes which tiles, and in which order.
 *
 * <p>Persistent: as many blocks as the device has multiprocessors each take every so many-th tile
 * of the grid, so that what a producer loads for the next tile overlaps with the end of this one.
 * Tiles are counted in groups of a few along x, all of y within a group, so that those under way at
 * once share rows and columns in the second-level cache (Triton's grouped order). Chosen for
 * programs whose warps can take roles, unless the schedule says otherwise.
 */
public final class ScheduleGrid implements Pass {
  private static final int DEFAULT_GROUP = 8;

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    boolean wanted =
        context
            .schedule()
            .persistent()
            .orElseGet(
                () ->
                    context.target().warpSpecialization().isPresent()
                        && Traversal.ops(function).anyMatch(Op.Mma.class::isInstance)
                        && RolePlan.of(function, oneConsumer(context)) instanceof RolePlan.Split);
    if (!wanted || Traversal.ops(function).anyMatch(AsyncOp.class::isInstance)) {
      return function;
    }
    int cluster = cluster(context);
    int most = context.schedule().blocks().orElse(context.target().multiprocessors());
    int blocks = Math.max(1, most / cluster) * cluster;
    int group = context.schedule().rasterGroup().orElse(DEFAULT_GROUP);
    Location location = function.body().ops().getFirst().location();
    context
        .report()
        .note(
            this,
            location,
            "%d persistent blocks take the tiles of the grid in turn, in groups of %d along x%s"
                .formatted(
                    blocks,
                    group,
                    cluster == 1 ? "" : "; %d neighbours are a cluster".formatted(cluster)));
    boolean pairs = context.schedule().pingPong().orElse(false);
    return new Writer(function, location).persistent(blocks, group, cluster, pairs);
  }

  /** Two consumers ask for the loop over tiles that is still to be written. */
  private static PassContext oneConsumer(PassContext context) {
    return new PassContext(
        context.target(), context.schedule().withPingPong(false), new CompileReport());
  }

  /** The schedule's cluster, where the target has clusters of that size. */
  private static int cluster(PassContext context) {
    int wanted = context.schedule().cluster().orElse(1);
    int most = context.target().warpSpecialization().map(w -> w.clusterMost()).orElse(1);
    if (wanted < 1 || wanted > most || Integer.bitCount(wanted) != 1) {
      throw new CompileException(
          "TW-C018",
          Location.UNKNOWN,
          "a cluster of %d blocks is not possible on %s; use a power of two of at most %d"
              .formatted(wanted, context.target().name(), most));
    }
    return wanted;
  }

  /** Writes one function. */
  private static final class Writer {
    private final KernelFunction function;
    private final OpBuilder out;

    Writer(KernelFunction function, Location location) {
      this.function = function;
      this.out = new OpBuilder(function.nextId()).at(location);
    }

    /**
     * A cluster takes tiles that are neighbours along x, so that all of its blocks do the same
     * number of tiles; where the grid is no multiple of it, the last lie beyond the grid's end.
     *
     * @param pairs whether the loop takes two tiles at a time, for two consumers in turn
     */
    KernelFunction persistent(int blocks, int group, int cluster, boolean pairs) {
      List<Value> grid = new ArrayList<>(function.grid().stream().map(this::size).toList());
      Value program = out.programId(0);
      if (cluster > 1) {
        grid.set(0, out.ceilDiv(grid.get(0), cluster));
      }
      Value rank =
          cluster == 1 ? out.i32(0) : out.binary(BinaryKind.REM, program, out.i32(cluster));
      Value start = cluster == 1 ? program : out.binary(BinaryKind.DIV, program, out.i32(cluster));
      Value tiles = grid.stream().reduce(out::mul).orElseThrow();
      Value number = out.fresh(tiles.type());
      Block one =
          out.region(
              List.of(number),
              _ -> {
                List<Value> tile = new ArrayList<>(tile(number, grid, group));
                if (cluster > 1) {
                  tile.set(0, out.add(out.mul(tile.get(0), out.i32(cluster)), rank));
                }
                body(tile, cluster > 1);
                return List.of();
              });
      int step = blocks / cluster;
      out.forLoop(
          start,
          tiles,
          out.i32(pairs ? 2L * step : step),
          List.of(),
          arguments -> {
            Value first = arguments.getFirst();
            RegionCopy.inline(one, List.of(first), out);
            if (pairs) {
              Value second = out.add(first, out.i32(step));
              out.when(
                  out.compare(ComparePredicate.LT, second, tiles),
                  _ -> RegionCopy.inline(one, List.of(second), out));
            }
            return List.of();
          });
      Block body = out.block(function.body().arguments());
      return new KernelFunction(
          function.name(),
          function.parameters(),
          List.of(new SizeExpr.Constant(blocks)),
          function.launch(),
          body);
    }

    /** The function's body, for the tile at these coordinates of the old grid. */
    private void body(List<Value> tile, boolean beyond) {
      Substitution substitution = new Substitution();
      for (Op op : function.body().ops()) {
        write(op, tile, substitution)
            .map(written -> beyond ? checked(written) : written)
            .ifPresent(out::add);
      }
    }

    /** With all bounds checked: what was proved of tiles inside the grid is not true outside. */
    private static Op checked(Op op) {
      return switch (op) {
        case Op.Load l ->
            new Op.Load(
                l.result(), l.tensor(), l.offsets(), all(l.bounds()), l.fill(), l.location());
        case Op.Store s ->
            new Op.Store(s.tensor(), s.offsets(), s.value(), all(s.bounds()), s.location());
        case Op.CopyAsync c ->
            new Op.CopyAsync(
                c.shared(), c.tensor(), c.offsets(), all(c.bounds()), c.layout(), c.location());
        default -> {
          if (op.regions().isEmpty()) {
            yield op;
          }
          List<Block> regions =
              op.regions().stream()
                  .map(
                      r -> new Block(r.arguments(), r.ops().stream().map(Writer::checked).toList()))
                  .toList();
          yield op.with(op.operands(), op.results(), regions);
        }
      };
    }

    private static List<Boolean> all(List<Boolean> bounds) {
      return Collections.nCopies(bounds.size(), true);
    }

    private Optional<Op> write(Op op, List<Value> tile, Substitution substitution) {
      if (op instanceof Op.ProgramId id) {
        Value at = id.axis() < tile.size() ? tile.get(id.axis()) : out.i32(0);
        substitution.replace(id.result(), at);
        return Optional.empty();
      }
      if (op.regions().isEmpty()) {
        return Optional.of(substitution.operands(op));
      }
      List<Block> regions = new ArrayList<>();
      for (Block region : op.regions()) {
        List<Op> ops =
            out.collect(
                () -> region.ops().forEach(o -> write(o, tile, substitution).ifPresent(out::add)));
        regions.add(new Block(region.arguments(), ops));
      }
      return Optional.of(op.with(substitution.of(op.operands()), op.results(), regions));
    }

    /** The coordinates of the tile of that number. */
    private List<Value> tile(Value number, List<Value> grid, int group) {
      if (grid.size() == 1) {
        return List.of(number);
      }
      List<Value> tile = new ArrayList<>();
      Value plane = number;
      Value rest = number;
      if (grid.size() == 3) {
        Value size = out.mul(grid.get(0), grid.get(1));
        rest = out.binary(BinaryKind.DIV, number, size);
        plane = out.binary(BinaryKind.REM, number, size);
      }
      Value groupSize = out.mul(out.i32(group), grid.get(1));
      Value groupNumber = out.binary(BinaryKind.DIV, plane, groupSize);
      Value within = out.binary(BinaryKind.REM, plane, groupSize);
      Value first = out.mul(groupNumber, out.i32(group));
      Value width = out.binary(BinaryKind.MIN, out.sub(grid.get(0), first), out.i32(group));
      tile.add(out.add(first, out.binary(BinaryKind.REM, within, width)));
      tile.add(out.binary(BinaryKind.DIV, within, width));
      if (grid.size() == 3) {
        tile.add(rest);
      }
      return tile;
    }

    private Value size(SizeExpr size) {
      return switch (size) {
        case SizeExpr.Constant(long value) -> out.i32(value);
        case SizeExpr.Dimension(String name) -> dimension(name);
        case SizeExpr.Product(SizeExpr left, SizeExpr right) -> out.mul(size(left), size(right));
        case SizeExpr.Sum(SizeExpr left, SizeExpr right) -> out.add(size(left), size(right));
        case SizeExpr.CeilDiv(SizeExpr dividend, SizeExpr divisor) -> {
          Value by = size(divisor);
          Value last = out.sub(out.add(size(dividend), by), out.i32(1));
          yield out.binary(BinaryKind.DIV, last, by);
        }
      };
    }

    private Value dimension(String name) {
      return function.parameters().stream()
          .filter(p -> p instanceof Parameter.Dimension && p.name().equals(name))
          .map(Parameter::value)
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no dimension '" + name + "'"));
    }
  }
}
