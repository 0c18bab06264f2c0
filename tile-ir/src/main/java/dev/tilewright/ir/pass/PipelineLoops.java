package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.Divisibility;
import dev.tilewright.ir.analysis.GlobalAccess;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Overlaps the loads of a loop's later iterations with the matrix products of this one.
 *
 * <p>In an innermost loop, each load whose tile changes its layout on the way to an {@code mma} and
 * whose offsets follow from the induction variable goes through a ring in shared memory: iteration
 * {@code i} copies the tiles of iteration {@code i + stages - 1} asynchronously while it reads its
 * own, with one wait and one barrier ({@link LoopPipeline} writes it). Where asynchronous copies do
 * not apply, the next iteration's tile is loaded to registers instead and stored to the other half
 * of a double buffer. Trip counts of any size, 0 included, stay right. What is not pipelined stays
 * as it was, with the reason in the report.
 */
public final class PipelineLoops implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    if (context.schedule().stages().orElse(0) == 1 || AsyncOp.Roles.of(function).isPresent()) {
      return function;
    }
    Sweep sweep = new Sweep(this, function, context);
    Block body = sweep.rewrite(function.body(), false);
    return function.withBody(body);
  }

  /** A load that goes through shared memory. */
  sealed interface Stream {
    Op.Load load();

    /** Copied asynchronously under the given layout. */
    record Async(Op.Load load, Layout layout) implements Stream {}

    /** Loaded one iteration ahead into registers. */
    record Staged(Op.Load load) implements Stream {}

    /** Bytes of one tile. */
    default long bytes() {
      Type.Tile tile = load().result().tile();
      return Math.ceilDiv(tile.elements() * tile.dtype().bits(), 8L);
    }
  }

  /**
   * The offsets of a load in a loop's body as a region of the induction variable alone.
   *
   * @return empty if they depend on values that an earlier iteration or a memory holds
   */
  static Optional<Block> offsets(Op.For loop, Op.Load load) {
    List<Op> needed = new ArrayList<>();
    Set<Value> wanted = new HashSet<>(load.offsets());
    int at = loop.body().ops().indexOf(load);
    for (Op op : loop.body().ops().subList(0, at).reversed()) {
      if (op.results().stream().anyMatch(wanted::contains)) {
        if (!(op instanceof Op.Pure) || !op.regions().isEmpty()) {
          return Optional.empty();
        }
        needed.add(op);
        wanted.addAll(op.operands());
      }
    }
    if (loop.carried().stream().anyMatch(wanted::contains)) {
      return Optional.empty();
    }
    List<Op> ops = new ArrayList<>(needed.reversed());
    ops.add(new Op.Yield(load.offsets(), load.location()));
    return Optional.of(new Block(List.of(loop.induction()), ops));
  }

  /** One run over a function. */
  private static final class Sweep {
    private final PipelineLoops pass;
    private final KernelFunction function;
    private final PassContext context;
    private final LayoutFlow flow;
    private final Divisibility divisibility;
    private final OpBuilder out;

    Sweep(PipelineLoops pass, KernelFunction function, PassContext context) {
      this.pass = pass;
      this.function = function;
      this.context = context;
      this.flow = new LayoutFlow(function);
      this.divisibility = Divisibility.of(function);
      this.out = new OpBuilder(function.nextId());
    }

    /**
     * @param inLoop whether the region runs more than once
     */
    Block rewrite(Block block, boolean inLoop) {
      List<Op> ops =
          out.collect(
              () -> {
                for (Op op : block.ops()) {
                  rewrite(op, inLoop);
                }
              });
      return ops.equals(block.ops()) ? block : new Block(block.arguments(), ops);
    }

    private void rewrite(Op op, boolean inLoop) {
      if (op instanceof Op.For loop) {
        List<Stream> streams = streams(loop);
        if (!streams.isEmpty()) {
          int stages = stages(loop, streams);
          if (stages > 1) {
            new LoopPipeline(out, loop, streams, stages, inLoop).write();
            return;
          }
        }
      }
      boolean nowInLoop = inLoop || isLoop(op);
      List<Block> regions =
          op instanceof Op.Reduce
              ? op.regions()
              : op.regions().stream().map(region -> rewrite(region, nowInLoop)).toList();
      out.add(regions.equals(op.regions()) ? op : op.with(op.operands(), op.results(), regions));
    }

    private List<Stream> streams(Op.For loop) {
      List<Stream> streams = new ArrayList<>();
      boolean innermost = Traversal.ops(loop.body()).noneMatch(Sweep::isLoop);
      for (Op op : loop.body().ops()) {
        if (op instanceof Op.Load load && changesLayout(load) && flow.feedsMma(load.result())) {
          if (innermost) {
            stream(loop, load).ifPresent(streams::add);
          } else {
            keep(load, "its loop has a loop inside");
          }
        }
      }
      return streams;
    }

    private static boolean isLoop(Op op) {
      return op instanceof Op.For || op instanceof Op.While;
    }

    private boolean changesLayout(Op.Load load) {
      return flow.uses().users(load.result()).stream().anyMatch(Op.ConvertLayout.class::isInstance);
    }

    private Optional<Stream> stream(Op.For loop, Op.Load load) {
      Parameter.Tensor tensor = function.tensorOf(load.tensor());
      boolean written =
          Traversal.ops(loop.body())
              .anyMatch(op -> op instanceof Op.Store s && s.tensor().equals(load.tensor()));
      if (written) {
        keep(load, "the loop writes '" + tensor.name() + "' too");
        return Optional.empty();
      }
      if (offsets(loop, load).isEmpty()) {
        keep(load, "its offsets depend on values that an earlier iteration computes");
        return Optional.empty();
      }
      if (tensor.dtype().bits() < Byte.SIZE) {
        keep(
            load,
            "elements of %s share bytes; view bytes as %s to have them copied ahead"
                .formatted(tensor.dtype().name(), tensor.dtype().name()));
        return Optional.empty();
      }
      if (context.target().asyncCopyBytes().isEmpty()) {
        return staged(load, context.target().name() + " has no asynchronous copies");
      }
      if (!load.fill().isZero()) {
        return staged(load, "elements outside the tensor read as " + load.fill() + ", not as zero");
      }
      GlobalAccess access = GlobalAccess.of(function, load).orElseThrow();
      Optional<Layout> layout =
          AsyncCopies.layout(
              access, divisibility, context.target(), function.launch().orElseThrow().warps());
      if (layout.isEmpty()) {
        return staged(
            load,
            "its rows may start at any multiple of %d bytes, asynchronous copies at multiples of %d"
                .formatted(
                    Math.min(tensor.alignment(), tensor.dtype().bits() / 8),
                    context.target().asyncCopyBytes().iterator().next()));
      }
      return Optional.of(new Stream.Async(load, layout.get()));
    }

    private Optional<Stream> staged(Op.Load load, String reason) {
      context
          .report()
          .note(
              pass,
              load.location(),
              "the load is staged through registers, one iteration ahead: " + reason);
      return Optional.of(new Stream.Staged(load));
    }

    private void keep(Op.Load load, String reason) {
      context.report().note(pass, load.location(), "the load is not pipelined: " + reason);
    }

    /**
     * The schedule's stages; else four if that leaves room for a second block, three if that leaves
     * room for padding, two.
     */
    private int stages(Op.For loop, List<Stream> streams) {
      long staged = 0;
      long async = 0;
      for (Stream stream : streams) {
        switch (stream) {
          case Stream.Async a -> async += a.bytes();
          case Stream.Staged s -> staged += 2 * s.bytes();
        }
      }
      long room = context.target().sharedBytesPerBlock() - staged;
      int stages = context.schedule().stages().orElse(0);
      if (stages == 0) {
        stages = async * 4 <= room / 2 ? 4 : async * 4 <= room ? 3 : 2;
        if (async * stages > room) {
          context
              .report()
              .note(
                  pass,
                  loop.location(),
                  "the loop is not pipelined: two stages of its tiles take %d bytes, a block has %d"
                      .formatted(2 * async + staged, context.target().sharedBytesPerBlock()));
          return 1;
        }
      }
      context
          .report()
          .note(
              pass,
              loop.location(),
              async == 0
                  ? "%d loads go through double buffers of %d bytes"
                      .formatted(streams.size(), staged)
                  : "%d loads go through a ring of %d stages of %d bytes"
                      .formatted(streams.size(), stages, async));
      return stages;
    }
  }
}
