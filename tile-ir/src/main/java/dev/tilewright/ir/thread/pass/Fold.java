package dev.tilewright.ir.thread.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadRewriter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Computes what is known now, rewrites by exact identities, and computes nothing twice: an
 * operation equal to one that dominates it gives way to that one's result. Branches on a known
 * condition and loops that run at most once, by literal bounds, dissolve into their surroundings.
 */
final class Fold {
  private final ThreadRewriter rewriter;
  private final Definitions definitions;
  private final Ranges ranges;
  private final Map<Key, ThreadValue> computed;
  private final List<Key> trail;

  /** What an operation computes, whatever its result is called and whoever wrote it. */
  private record Key(Object what, ThreadType type, List<ThreadValue> operands) {}

  private record Named(Class<?> operation, Object attribute) {}

  private static final int MOST_STEPS = 16;

  private Fold(
      ThreadRewriter rewriter,
      Definitions definitions,
      Ranges ranges,
      Map<Key, ThreadValue> computed,
      List<Key> trail) {
    this.rewriter = rewriter;
    this.definitions = definitions;
    this.ranges = ranges;
    this.computed = computed;
    this.trail = trail;
  }

  static ThreadFunction run(ThreadFunction function) {
    Definitions definitions = new Definitions(function.nextId());
    Ranges ranges = new Ranges(function);
    Map<Key, ThreadValue> computed = new HashMap<>();
    List<Key> trail = new ArrayList<>();
    return ThreadRewriter.rewrite(
        function,
        (op, rewriter) -> new Fold(rewriter, definitions, ranges, computed, trail).visit(op));
  }

  private void visit(ThreadOp op) {
    switch (op) {
      case ThreadOp.Pure pure -> rewriter.replace(pure.result(), value(pure));
      case ThreadOp.If branch -> branch(branch);
      case ThreadOp.For loop -> loop(loop);
      case ThreadOp.While loop ->
          rewriter
              .out()
              .add(
                  loop.with(
                      loop.operands(),
                      loop.results(),
                      loop.regions().stream().map(this::region).toList()));
      case AsyncThreadOp.Roles roles -> roles(roles);
      case AsyncThreadOp.Single _, AsyncThreadOp.WarpLeader _ ->
          rewriter
              .out()
              .add(op.with(List.of(), List.of(), op.regions().stream().map(this::region).toList()));
      case ThreadOp.Effect _,
          ThreadOp.GlobalLoad _,
          ThreadOp.SharedLoad _,
          ThreadOp.LoadMatrix _,
          ThreadOp.Mma _,
          ThreadOp.ShuffleXor _,
          ThreadOp.ShuffleIndex _,
          ThreadOp.Yield _ ->
          rewriter.keep(op);
    }
  }

  // ---------------------------------------------------------------- values

  /** The value that a pure operation computes, written only if it has not been computed yet. */
  ThreadValue value(ThreadOp.Pure op) {
    ThreadOp.Pure current = op;
    for (int step = 0; step < MOST_STEPS; step++) {
      Simpler simpler = Identities.of(current, definitions, ranges, this);
      switch (simpler) {
        case null -> {
          return number(current);
        }
        case Simpler.Same(ThreadValue value) -> {
          return value;
        }
        case Simpler.Other(ThreadOp.Pure other) -> current = other;
      }
    }
    return number(current);
  }

  private ThreadValue number(ThreadOp.Pure op) {
    Key key = key(op);
    ThreadValue known = computed.putIfAbsent(key, op.result());
    if (known != null) {
      return known;
    }
    trail.add(key);
    rewriter.out().add(op);
    definitions.add(op);
    ranges.learn(op);
    return op.result();
  }

  /** A value that an identity needs besides. */
  ThreadValue constant(ThreadType type, Literal value) {
    ThreadValue result = rewriter.out().fresh(type);
    return value(new ThreadOp.Constant(result, value, rewriter.out().location()));
  }

  ThreadValue fresh(ThreadType type) {
    return rewriter.out().fresh(type);
  }

  private static Key key(ThreadOp.Pure op) {
    Object what =
        switch (op) {
          case ThreadOp.Constant o -> o.value();
          case ThreadOp.Special o -> o.register();
          case ThreadOp.Unary o -> o.kind();
          case ThreadOp.Binary o -> o.kind();
          case ThreadOp.Compare o -> o.predicate();
          case ThreadOp.Fma _ -> ThreadOp.Fma.class;
          case ThreadOp.Select _ -> ThreadOp.Select.class;
          case ThreadOp.Bitcast _ -> ThreadOp.Bitcast.class;
          case ThreadOp.Build _ -> ThreadOp.Build.class;
          case ThreadOp.BytePermute o -> new Named(ThreadOp.BytePermute.class, o.selector());
          case ThreadOp.ByteLookup _ -> ThreadOp.ByteLookup.class;
          case ThreadOp.FunnelShift o -> new Named(ThreadOp.FunnelShift.class, o.amount());
          case ThreadOp.Convert o ->
              new Named(ThreadOp.Convert.class, List.of(o.rounding(), o.saturate()));
          case ThreadOp.Extract o -> new Named(ThreadOp.Extract.class, o.index());
          case ThreadOp.MatrixDescriptor o ->
              new Named(ThreadOp.MatrixDescriptor.class, List.of(o.offset(), o.bits()));
        };
    List<ThreadValue> operands = op.operands();
    if (op instanceof ThreadOp.Binary b && commutes(b.kind()) && b.x().id() > b.y().id()) {
      operands = List.of(b.y(), b.x());
    }
    return new Key(what, op.result().type(), operands);
  }

  static boolean commutes(BinaryKind kind) {
    return switch (kind) {
      case ADD, MUL, MIN, MAX, AND, OR, XOR -> true;
      case SUB, DIV, REM, SHL, SHR -> false;
    };
  }

  // ---------------------------------------------------------------- regions

  private void branch(ThreadOp.If op) {
    Literal condition = definitions.literal(op.condition());
    if (condition != null) {
      ThreadBlock taken = Constants.isTrue(condition) ? op.thenBlock() : op.elseBlock();
      replaceAll(op.results(), rewriter.inline(taken));
      return;
    }
    rewriter
        .out()
        .add(
            op.with(
                op.operands(),
                op.results(),
                List.of(region(op.thenBlock()), region(op.elseBlock()))));
  }

  private void loop(ThreadOp.For op) {
    Long trips = trips(op);
    if (trips != null && trips == 0) {
      replaceAll(op.results(), op.inits());
      return;
    }
    if (trips != null && trips == 1) {
      rewriter.replace(op.induction(), op.lower());
      replaceAll(op.carried(), op.inits());
      replaceAll(op.results(), rewriter.inline(op.body()));
      return;
    }
    ranges.induction(op);
    rewriter.out().add(op.with(op.operands(), op.results(), List.of(region(op.body()))));
  }

  /** In a region of some warps it is known which these are. */
  private void roles(AsyncThreadOp.Roles op) {
    int roles = op.bodies().size();
    List<ThreadBlock> bodies = new ArrayList<>();
    for (int i = 0; i < roles; i++) {
      ThreadBlock body = op.bodies().get(i);
      bodies.add(
          ranges.inWarps(
              op.firstWarp(i), op.warps().get(i), op.firstWarp(roles), () -> region(body)));
    }
    rewriter.out().add(op.with(List.of(), List.of(), bodies));
  }

  private @Nullable Long trips(ThreadOp.For op) {
    return definitions.literal(op.lower()) instanceof Literal.Int(long lower)
            && definitions.literal(op.upper()) instanceof Literal.Int(long upper)
            && definitions.literal(op.step()) instanceof Literal.Int(long step)
            && step > 0
        ? Long.valueOf(Math.max(0, Math.ceilDiv(upper - lower, step)))
        : null;
  }

  private void replaceAll(List<ThreadValue> old, List<ThreadValue> replacements) {
    for (int i = 0; i < old.size(); i++) {
      rewriter.replace(old.get(i), replacements.get(i));
    }
  }

  /** What is computed in a region is not known after it. */
  private ThreadBlock region(ThreadBlock block) {
    int mark = trail.size();
    ThreadBlock swept = rewriter.region(block);
    while (trail.size() > mark) {
      computed.remove(trail.removeLast());
    }
    return swept;
  }
}
