package dev.tilewright.ir.interpret;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Op;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Where an actor is in its program; it can stop before any operation and go on later. */
final class Walk {

  /** A region that is being executed. */
  private static final class Frame {
    private final Block block;
    private final @Nullable Op owner;
    private int next;

    /** Of a counted loop. */
    private long induction;

    /** Of a loop with a condition: how often its body has been executed. */
    private int iterations;

    Frame(Block block, @Nullable Op owner) {
      this.block = block;
      this.owner = owner;
    }
  }

  /** A loop with a condition that runs more often is taken never to end. */
  private static final int MOST_ITERATIONS = 1_000_000;

  private final BlockRun run;
  private final Actor actor;
  private final Deque<Frame> frames = new ArrayDeque<>();
  private @Nullable Op at;

  Walk(BlockRun run, Actor actor, Block block) {
    this.run = run;
    this.actor = actor;
    frames.push(new Frame(block, null));
  }

  Actor actor() {
    return actor;
  }

  boolean ended() {
    return frames.isEmpty();
  }

  /** The operation it stands before, which concerns others, too; null at the beginning and end. */
  @Nullable Op at() {
    return at;
  }

  /** Executes the operation it stands before, and on to the next that concerns others. */
  void advance() {
    if (at != null) {
      if (!(at instanceof AsyncOp.Roles)) {
        run.execute(at, actor);
      }
      at = null;
    }
    while (!frames.isEmpty()) {
      Frame frame = frames.getFirst();
      if (frame.next == frame.block.ops().size()) {
        leave(frame);
        continue;
      }
      Op op = frame.block.ops().get(frame.next++);
      switch (op) {
        case Op.For loop -> enter(loop);
        case Op.While loop -> {
          run.set(loop.results(), loop.inits());
          decide(loop, 0);
        }
        case Op.If branch ->
            frames.push(
                new Frame(
                    run.scalar(branch.condition()) != 0 ? branch.thenBlock() : branch.elseBlock(),
                    branch));
        case AsyncOp async when concernsOthers(async) -> {
          at = op;
          return;
        }
        default -> run.execute(op, actor);
      }
    }
  }

  private static boolean concernsOthers(AsyncOp op) {
    return switch (op) {
      case AsyncOp.Roles _ -> true;
      case AsyncOp.AcquireWrite _, AsyncOp.Commit _ -> true;
      case AsyncOp.AcquireRead _, AsyncOp.Release _ -> true;
      case AsyncOp.MbarrierWait _, AsyncOp.MbarrierExpect _, AsyncOp.MbarrierArrive _ -> true;
      case AsyncOp.ArefCreate _, AsyncOp.MbarrierCreate _ -> false;
      case AsyncOp.BulkLoad _, AsyncOp.BulkStore _ -> false;
      case AsyncOp.BulkCommit _, AsyncOp.BulkWait _, AsyncOp.ProxyFence _ -> false;
      case AsyncOp.MmaAsync _, AsyncOp.MmaWait _ -> false;
    };
  }

  private void enter(Op.For loop) {
    if (run.scalar(loop.step()) <= 0) {
      throw new InterpreterException(
          loop.location(),
          "the step of the loop in block %s is %d; it must be positive"
              .formatted(run.where(), run.scalar(loop.step())));
    }
    run.set(loop.results(), loop.inits());
    iterate(loop, run.scalar(loop.lower()));
  }

  private void iterate(Op.For loop, long i) {
    if (i < run.scalar(loop.upper())) {
      Frame frame = new Frame(loop.body(), loop);
      frame.induction = i;
      run.set(loop.induction(), new Data.Ints(new long[] {i}));
      run.set(loop.carried(), loop.results());
      frames.push(frame);
    }
  }

  /** Executes the condition, for what the results are now. */
  private void decide(Op.While loop, int iterations) {
    if (iterations == MOST_ITERATIONS) {
      throw new InterpreterException(
          loop.location(),
          "the loop in block %s has run %d times, and its condition still holds; it seems never to end"
              .formatted(run.where(), iterations));
    }
    run.set(loop.condition().arguments(), loop.results());
    enter(loop.condition(), loop, iterations);
  }

  private void enter(Block block, Op.While loop, int iterations) {
    Frame frame = new Frame(block, loop);
    frame.iterations = iterations;
    frames.push(frame);
  }

  private void leave(Frame frame) {
    frames.pop();
    switch (frame.owner) {
      case Op.While loop when frame.block == loop.condition() -> {
        if (run.scalar(loop.decision()) != 0) {
          run.set(loop.body().arguments(), loop.results());
          enter(loop.body(), loop, frame.iterations);
        }
      }
      case Op.While loop -> {
        run.set(loop.results(), frame.block.yielded());
        decide(loop, frame.iterations + 1);
      }
      case Op.For loop -> {
        run.set(loop.results(), frame.block.yielded());
        iterate(loop, frame.induction + run.scalar(loop.step()));
      }
      case Op.If branch -> run.set(branch.results(), frame.block.yielded());
      case null, default -> {}
    }
  }
}
