package dev.tilewright.ir.pass;

import dev.tilewright.dtype.DType;
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
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Decides which block computes which tiles, and in which order.
 *
 * <p>Persistent: as many blocks as the device has multiprocessors each take every so many-th tile
 * of the grid, so that what a producer loads for the next tile overlaps with the end of this one.
 * Tiles are counted in groups of a few along x, all of y within a group, so that those under way at
 * once share rows and columns in the second-level cache (Triton's grouped order). Chosen for
 * programs whose warps can take roles, unless the schedule says otherwise.
 *
 * <p>Dynamic: a block that has done with a tile fetches the next number from a counter that all
 * blocks share, so that nobody waits for a block that was slow. One number is fetched ahead, at the
 * beginning of a tile.
 *
 * <p>Split-K and stream-K ({@link Schedule.Work}): blocks share the iterations of a tile; all but
 * one leave their sums in a workspace, and that one adds them ({@link StreamKWriter}). For programs
 * of one loop that accumulates products. Chosen where sizes are known that would leave a quarter of
 * the device without work.
 */
public final class ScheduleGrid implements Pass {
  private static final int DEFAULT_GROUP = 8;

  /** Stream-K is chosen where more than one in so many turns of a block would find no tile. */
  private static final long MOST_IDLE_WAVES = 4;

  /** A block should have more to do than to fill its pipeline. */
  private static final long LEAST_ITERATIONS = 8;

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    if (Traversal.ops(function).anyMatch(AsyncOp.class::isInstance)) {
      return function;
    }
    Optional<KernelFunction> shared = shared(function, context);
    if (shared.isPresent() && context.schedule().dynamic().orElse(false)) {
      context
          .report()
          .note(
              this,
              Location.UNKNOWN,
              "tiles are not fetched from a counter: blocks share them in parts");
    }
    return shared.orElseGet(() -> wholeTiles(function, context));
  }

  // ---------------------------------------------------------------- parts of tiles

  /** The function whose blocks share tiles, where that is wanted and possible. */
  private Optional<KernelFunction> shared(KernelFunction function, PassContext context) {
    Schedule.Work work = context.schedule().work().orElseGet(() -> chosen(function, context));
    if (work instanceof Schedule.Work.Tiles
        || Traversal.ops(function).noneMatch(Op.Mma.class::isInstance)) {
      return Optional.empty();
    }
    StreamK plan = StreamK.of(function);
    if (context.schedule().cluster().orElse(1) > 1) {
      plan = new StreamK.Refused(Location.UNKNOWN, "the blocks of a cluster take whole tiles");
    } else if (context.schedule().pingPong().orElse(false)) {
      plan = new StreamK.Refused(Location.UNKNOWN, "consumers that take turns take whole tiles");
    }
    return switch (plan) {
      case StreamK.Refused(Location location, String reason) -> {
        context.report().note(this, location, "blocks take whole tiles: " + reason);
        yield Optional.empty();
      }
      case StreamK.Shape shape -> Optional.of(shared(function, shape, work, context));
    };
  }

  private KernelFunction shared(
      KernelFunction function, StreamK.Shape shape, Schedule.Work work, PassContext context) {
    int group = context.schedule().rasterGroup().orElse(DEFAULT_GROUP);
    StreamKWriter writer = new StreamKWriter(function, shape, group);
    Location location = shape.loop().location();
    return switch (work) {
      case Schedule.Work.Tiles _ -> function;
      case Schedule.Work.SplitK(int parts) -> {
        context
            .report()
            .note(
                this,
                location,
                "split-K: %d blocks share the iterations of each tile".formatted(parts));
        yield writer.split(parts);
      }
      case Schedule.Work.StreamK _ -> {
        int blocks = blocks(context);
        context
            .report()
            .note(
                this,
                location,
                "stream-K: %d blocks share the iterations of all tiles equally".formatted(blocks));
        yield writer.stream(blocks);
      }
    };
  }

  private static int blocks(PassContext context) {
    return context.schedule().blocks().orElse(context.target().multiprocessors());
  }

  /** Stream-K where it is known that whole tiles would leave much of the device without work. */
  private static Schedule.Work chosen(KernelFunction function, PassContext context) {
    if (!function.grid().stream().allMatch(SizeExpr.Constant.class::isInstance)
        || !(StreamK.of(function) instanceof StreamK.Shape shape)) {
      return new Schedule.Work.Tiles();
    }
    OptionalLong iterations = shape.constantIterations();
    long tiles =
        function.grid().stream().mapToLong(s -> s.evaluate(Map.of())).reduce(1, (x, y) -> x * y);
    long blocks = blocks(context);
    long waves = Math.ceilDiv(tiles, blocks);
    boolean idle = tiles * MOST_IDLE_WAVES < waves * blocks * (MOST_IDLE_WAVES - 1);
    boolean enough =
        iterations.isPresent() && tiles * iterations.getAsLong() >= blocks * LEAST_ITERATIONS;
    return idle && enough ? new Schedule.Work.StreamK() : new Schedule.Work.Tiles();
  }

  // ---------------------------------------------------------------- whole tiles

  private KernelFunction wholeTiles(KernelFunction function, PassContext context) {
    boolean dynamic = context.schedule().dynamic().orElse(false);
    boolean wanted =
        context
            .schedule()
            .persistent()
            .orElseGet(
                () ->
                    dynamic
                        || context.target().warpSpecialization().isPresent()
                            && Traversal.ops(function).anyMatch(Op.Mma.class::isInstance)
                            && RolePlan.of(function, oneConsumer(context))
                                instanceof RolePlan.Split);
    if (!wanted) {
      if (dynamic) {
        context
            .report()
            .note(
                this,
                Location.UNKNOWN,
                "tiles are not fetched from a counter: blocks that are not persistent take one"
                    + " each");
      }
      return function;
    }
    int cluster = cluster(context);
    int most = blocks(context);
    int blocks = Math.max(1, most / cluster) * cluster;
    int group = context.schedule().rasterGroup().orElse(DEFAULT_GROUP);
    Location location = function.body().ops().getFirst().location();
    boolean pairs = context.schedule().pingPong().orElse(false);
    if (dynamic) {
      Optional<String> obstacle =
          cluster > 1
              ? Optional.of("the blocks of a cluster take neighbouring tiles")
              : pairs
                  ? Optional.of("consumers that take turns take two tiles at a time")
                  : Optional.empty();
      if (obstacle.isEmpty()) {
        context
            .report()
            .note(
                this,
                location,
                "%d persistent blocks fetch the numbers of their tiles from a counter, in groups of %d along x"
                    .formatted(blocks, group));
        return new Writer(function, location).dynamic(blocks, group);
      }
      context
          .report()
          .note(this, location, "tiles are not fetched from a counter: " + obstacle.get());
    }
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
    private final GridTiles grids;

    Writer(KernelFunction function, Location location) {
      this.function = function;
      this.out = new OpBuilder(function.nextId()).at(location);
      this.grids = new GridTiles(function, out);
    }

    /**
     * A cluster takes tiles that are neighbours along x, so that all of its blocks do the same
     * number of tiles; where the grid is no multiple of it, the last lie beyond the grid's end.
     *
     * @param pairs whether the loop takes two tiles at a time, for two consumers in turn
     */
    KernelFunction persistent(int blocks, int group, int cluster, boolean pairs) {
      List<Value> grid = new ArrayList<>(grids.sizes());
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
                List<Value> tile = new ArrayList<>(grids.tile(number, grid, group));
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

    /**
     * The grid's tiles for that many blocks, of which each takes the one of its own number first
     * and then whatever comes next:
     *
     * <pre>
     *   tile = program_id
     *   while tile &lt; tiles:
     *     fetch a number below tiles to buffer
     *     the tile
     *     tile = blocks + the number in buffer
     * </pre>
     *
     * One number is fetched for every tile, since that which is fetched with a block's last tile is
     * beyond the grid: the counter comes to the number of tiles, which is zero again.
     */
    KernelFunction dynamic(int blocks, int group) {
      Type.Workspace type = new Type.Workspace(List.of(), DType.I32);
      Value counter = out.fresh(type);
      List<Parameter> parameters = new ArrayList<>(function.parameters());
      String name = Parameter.freeName("tiles_taken", parameters);
      parameters.add(
          new Parameter.Workspace(name, counter, new SizeExpr.Constant(1), true, out.location()));
      List<Value> grid = grids.sizes();
      Value tiles = grid.stream().reduce(out::mul).orElseThrow();
      Value buffer = out.sharedAlloc(new Type.Shared(List.of(1), DType.I32));
      Value place = out.i32(0);
      Location location = out.location();
      out.whileLoop(
          List.of(out.programId(0)),
          carried -> out.compare(ComparePredicate.LT, carried.getFirst(), tiles),
          carried -> {
            out.add(new WorkspaceOp.FetchIncrement(counter, place, tiles, buffer, location));
            body(grids.tile(carried.getFirst(), grid, group), false);
            out.at(location).barrier();
            Value number = out.sharedLoad(buffer, new Type.Tile(List.of(1), DType.I32));
            out.barrier();
            return List.of(out.add(out.extract(number), out.i32(blocks)));
          });
      return new KernelFunction(
          function.name(),
          parameters,
          List.of(new SizeExpr.Constant(blocks)),
          function.launch(),
          out.block(function.body().arguments()));
    }

    /** The function's body, for the tile at these coordinates of the old grid. */
    private void body(List<Value> tile, boolean beyond) {
      Substitution substitution = new Substitution();
      for (Op op : function.body().ops()) {
        grids
            .write(op, tile, substitution)
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
  }
}
