package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.verify.ScalarIdentity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes roles as one stream. Each goes on until it would wait for a slot, the writers of arefs
 * first; loops and branches that use the same arefs are entered together, when all roles that use
 * them have come to theirs:
 *
 * <pre>
 *   producer:  for i: w, x = acquire_write; bulk_load t to x; commit w
 *   consumer:  for i: r, y = acquire_read; acc, p = mma_async y, …, acc; release r after p
 *
 *   together:  for i: x = load t; acc = mma x, …, acc
 * </pre>
 *
 * Tiles that are in slots when a loop begins are carried by it.
 */
final class RoleMerge {
  private static final String CODE = "TW-C031";

  private final KernelFunction function;
  private final AsyncOp.Roles roles;
  private final OpBuilder out;
  private final ScalarIdentity scalars;
  private final MergedArefs arefs;
  private final Substitution renamed = new Substitution();

  /** Whether copies are waited for that fill no slot. */
  private final boolean copies;

  /** One role's operations of one region, and how far it is. */
  private static final class Strand {
    private final int role;
    private final Block block;
    private int at;

    Strand(int role, Block block) {
      this.role = role;
      this.block = block;
    }

    boolean isStructured() {
      return op() instanceof Op.For || op() instanceof Op.While || op() instanceof Op.If;
    }

    boolean ended() {
      return op() instanceof Op.Yield;
    }

    Op op() {
      return block.ops().get(at);
    }

    List<Op> rest() {
      return block.ops().subList(at, block.ops().size());
    }
  }

  RoleMerge(KernelFunction function, AsyncOp.Roles roles) {
    this.function = function;
    this.roles = roles;
    this.out = new OpBuilder(function.nextId());
    this.scalars = ScalarIdentity.of(function);
    this.arefs =
        new MergedArefs(
            function.body().ops().stream()
                .filter(AsyncOp.ArefCreate.class::isInstance)
                .map(AsyncOp.ArefCreate.class::cast),
            roles.bodies());
    Set<Value> views =
        Traversal.ops(function)
            .filter(AsyncOp.AcquireWrite.class::isInstance)
            .flatMap(op -> ((AsyncOp.AcquireWrite) op).views().stream())
            .collect(Collectors.toSet());
    this.copies =
        Traversal.ops(function)
            .anyMatch(op -> op instanceof Op.CopyAsync copy && !views.contains(copy.shared()));
  }

  KernelFunction write() {
    Set<Value> rings = new LinkedHashSet<>();
    Traversal.ops(function)
        .forEach(
            op -> {
              if (op instanceof AsyncOp.ArefCreate create) {
                rings.addAll(create.rings());
              }
            });
    for (Op op : function.body().ops()) {
      out.at(op.location());
      switch (op) {
        case AsyncOp.ArefCreate _ -> {}
        case Op.SharedAlloc alloc when rings.contains(alloc.result()) -> {}
        case AsyncOp.Roles _ -> {
          List<Strand> strands = new ArrayList<>();
          for (int i = 0; i < roles.bodies().size(); i++) {
            strands.add(new Strand(i, roles.bodies().get(i)));
          }
          merge(strands);
        }
        default -> out.add(op);
      }
    }
    return function.withBody(out.block(function.body().arguments()));
  }

  // ---------------------------------------------------------------- the order

  private void merge(List<Strand> strands) {
    while (strands.stream().anyMatch(strand -> !strand.ended())) {
      boolean moved = false;
      for (Strand strand : strands) {
        while (!strand.ended() && alone(strand)) {
          strand.at++;
          moved = true;
        }
      }
      if (!moved) {
        List<Strand> group = together(strands).orElseThrow(() -> stuck(strands));
        enter(group);
        group.forEach(strand -> strand.at++);
      }
    }
  }

  /** Writes the next operation, unless it must wait for another role. */
  private boolean alone(Strand strand) {
    Op op = strand.op();
    out.at(op.location());
    switch (op) {
      case AsyncOp.AcquireWrite acquire -> {
        if (!arefs.canWrite(acquire.aref())) {
          return false;
        }
        arefs.acquire(acquire, acquire.views().stream().map(this::undefined).toList());
      }
      case AsyncOp.AcquireRead acquire -> {
        if (!arefs.canRead(acquire.aref(), strand.role)) {
          return false;
        }
        arefs.acquire(acquire, strand.role);
      }
      case AsyncOp.Commit commit -> arefs.commit(commit.token());
      case AsyncOp.Release release -> arefs.release(release.token());
      case Op.For _, Op.While _, Op.If _ -> {
        if (!used(op).isEmpty()) {
          return false;
        }
        enter(List.of(strand));
      }
      default -> plain(op);
    }
    return true;
  }

  /** What a slot holds that nobody has written: any value will do. */
  private Value undefined(Value view) {
    Type.Tile tile = new Type.Tile(view.shared().shape(), view.shared().dtype());
    return out.constant(tile, Literal.zero(tile.dtype()));
  }

  /** The arefs whose slots are acquired inside. */
  private static Set<Value> used(Op op) {
    return Traversal.ops(op)
        .map(
            inner ->
                switch (inner) {
                  case AsyncOp.AcquireWrite w -> Optional.of(w.aref());
                  case AsyncOp.AcquireRead r -> Optional.of(r.aref());
                  default -> Optional.<Value>empty();
                })
        .flatMap(Optional::stream)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /**
   * The first loops or branches that can be entered: all that use the arefs that one of them uses.
   */
  private Optional<List<Strand>> together(List<Strand> strands) {
    return strands.stream()
        .filter(Strand::isStructured)
        .map(strand -> around(strand, strands))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<List<Strand>> around(Strand first, List<Strand> strands) {
    Set<Value> shared = used(first.op());
    Set<Strand> group = new LinkedHashSet<>(List.of(first));
    boolean grown = true;
    while (grown) {
      grown = false;
      for (Strand other : strands) {
        boolean concerned =
            !group.contains(other)
                && other.rest().stream().anyMatch(op -> !Collections.disjoint(used(op), shared));
        if (concerned) {
          if (!goTogether(first.op(), other.op())
              || Collections.disjoint(used(other.op()), shared)) {
            return Optional.empty();
          }
          group.add(other);
          shared.addAll(used(other.op()));
          grown = true;
        }
      }
    }
    return Optional.of(strands.stream().filter(group::contains).toList());
  }

  private boolean goTogether(Op x, Op y) {
    return switch (x) {
      case Op.For a -> y instanceof Op.For b && scalars.trips(a) == scalars.trips(b);
      case Op.While a -> y instanceof Op.While b && scalars.trips(a) == scalars.trips(b);
      case Op.If a ->
          y instanceof Op.If b && scalars.of(a.condition()) == scalars.of(b.condition());
      default -> false;
    };
  }

  private CompileException stuck(List<Strand> strands) {
    String where =
        strands.stream()
            .filter(strand -> !strand.ended())
            .map(
                strand ->
                    "role '%s' is at '%s'%s"
                        .formatted(
                            roles.roles().get(strand.role).name(),
                            Printer.headline(strand.op()),
                            strand.op().location().known() ? " at " + strand.op().location() : ""))
            .collect(Collectors.joining("; "));
    Op first = strands.stream().filter(strand -> !strand.ended()).findFirst().orElseThrow().op();
    return new CompileException(
        CODE,
        first.location(),
        "the roles of this kernel do not become one stream, which a target without roles needs: "
            + where
            + "; expected loops with equal bounds, and branches with equal conditions, wherever"
            + " roles exchange tiles");
  }

  private static CompileException unsupported(Op op, String why) {
    return new CompileException(
        CODE,
        op.location(),
        "the roles of this kernel do not become one stream, which a target without roles needs: "
            + why);
  }

  // ---------------------------------------------------------------- operations

  private void plain(Op op) {
    switch (op) {
      case AsyncOp.BulkLoad load -> {
        int rank = load.offsets().size();
        write(
            load.shared(),
            load(load.tensor(), load.shared(), load.offsets(), Collections.nCopies(rank, true)));
      }
      case Op.CopyAsync copy when arefs.isView(copy.shared()) ->
          write(copy.shared(), load(copy.tensor(), copy.shared(), copy.offsets(), copy.bounds()));
      case Op.SharedStore store when arefs.isView(store.shared()) ->
          write(store.shared(), renamed.of(store.value()));
      case Op.SharedLoad load when arefs.isView(load.shared()) -> {
        Value tile = arefs.place(load.shared()).slot().tile(arefs.place(load.shared()).index());
        renamed.replace(
            load.result(),
            load.result().tile().layout().map(l -> out.convertLayout(tile, l)).orElse(tile));
      }
      case Op.SharedSlice slice when arefs.isView(slice.shared()) ->
          throw unsupported(
              op, "this is a part of a slot's tile; make the slot a tuple of such parts");
      case AsyncOp.MmaAsync mma ->
          out.add(
              new Op.Mma(
                  mma.result(),
                  factor(mma.a(), mma.transposeA()),
                  factor(mma.b(), mma.transposeB()),
                  renamed.of(mma.acc()),
                  Optional.empty(),
                  mma.location()));
      case AsyncOp.BulkStore store ->
          out.store(
              store.tensor(),
              renamed.of(store.offsets()),
              factor(store.shared(), false),
              Collections.nCopies(store.offsets().size(), true));
      case Op.AsyncCommit _, Op.AsyncWait _ when !copies -> {}
      // What they order, the accesses of threads have in order by barriers.
      case AsyncOp.BulkCommit _, AsyncOp.BulkWait _, AsyncOp.ProxyFence _ -> {}
      case AsyncOp _ -> throw unsupported(op, "'" + Printer.headline(op) + "' is of roles alone");
      default -> {
        if (op.regions().stream()
            .anyMatch(r -> Traversal.freeValues(r).stream().anyMatch(arefs::isView))) {
          throw unsupported(op, "a slot is used in '" + Printer.headline(op) + "'");
        }
        out.add(renamed.apply(op));
      }
    }
  }

  private Value load(Value tensor, Value shared, List<Value> offsets, List<Boolean> bounds) {
    Literal zero = Literal.zero(shared.type().dtype());
    return out.load(tensor, shared.shared().shape(), renamed.of(offsets), bounds, zero);
  }

  private void write(Value view, Value tile) {
    arefs.place(view).slot().set(arefs.place(view).index(), tile);
  }

  /** A buffer, or a tile, as a value. */
  private Value factor(Value operand, boolean transposed) {
    Value tile =
        arefs.isView(operand)
            ? arefs.place(operand).slot().tile(arefs.place(operand).index())
            : renamed.of(operand);
    return EraseRoles.factor(tile, transposed, out);
  }

  // ---------------------------------------------------------------- control flow

  private void enter(List<Strand> group) {
    switch (group.getFirst().op()) {
      case Op.For _ -> loop(group);
      case Op.While _ -> whileLoop(group);
      case Op.If _ -> branch(group);
      default -> throw new IllegalStateException("no loop and no branch: " + group.getFirst().op());
    }
  }

  /** Whether values of this type are gone when roles are. */
  private static boolean isErased(Value value) {
    return value.type() instanceof Type.Token || value.type() instanceof Type.Pending;
  }

  /** What a region yields and is not gone when roles are. */
  private void addYielded(Block block, List<Value> yields) {
    block.yielded().stream()
        .filter(value -> !isErased(value))
        .forEach(value -> yields.add(renamed.of(value)));
  }

  private void loop(List<Strand> group) {
    Op.For first = (Op.For) group.getFirst().op();
    List<Value> inits = new ArrayList<>();
    List<Value> arguments = new ArrayList<>(List.of(first.induction()));
    List<Value> results = new ArrayList<>();
    List<Strand> bodies = new ArrayList<>();
    List<Op.For> stepped = new ArrayList<>();
    for (Strand strand : group) {
      Op.For loop = (Op.For) strand.op();
      bodies.add(new Strand(strand.role, loop.body()));
      for (int i = 0; i < loop.inits().size(); i++) {
        if (stays(loop, loop.carried().get(i), loop.inits().get(i), loop.results().get(i))) {
          inits.add(renamed.of(loop.inits().get(i)));
          arguments.add(loop.carried().get(i));
          results.add(loop.results().get(i));
        }
      }
      if (loop != first) {
        if (sameBounds(first, loop)) {
          renamed.replace(loop.induction(), first.induction());
        } else {
          stepped.add(loop);
          inits.add(renamed.of(loop.lower()));
          arguments.add(loop.induction());
          results.add(out.fresh(loop.induction().type()));
        }
      }
    }
    Value lower = renamed.of(first.lower());
    Value upper = renamed.of(first.upper());
    Value step = renamed.of(first.step());
    Map<Value, MergedArefs.Turns> before = arefs.turns();
    List<Value> outside = arefs.tiles();
    List<Value> inside = outside.stream().map(tile -> out.fresh(tile.type())).toList();
    arefs.setTiles(inside);
    List<Value> yields = new ArrayList<>();
    List<Op> ops =
        out.collect(
            () -> {
              merge(bodies);
              for (Strand strand : group) {
                Op.For loop = (Op.For) strand.op();
                addYielded(loop.body(), yields);
                if (stepped.contains(loop)) {
                  out.at(loop.location());
                  yields.add(out.add(loop.induction(), renamed.of(loop.step())));
                }
              }
            });
    requireSame(first, before, "an iteration of its loop");
    List<Value> next = arefs.tiles();
    List<Value> after = new ArrayList<>();
    Substitution unchanged = new Substitution();
    for (int i = 0; i < outside.size(); i++) {
      if (next.get(i).equals(inside.get(i))) {
        unchanged.replace(inside.get(i), outside.get(i));
        after.add(outside.get(i));
      } else {
        inits.add(outside.get(i));
        arguments.add(inside.get(i));
        yields.add(next.get(i));
        after.add(out.fresh(inside.get(i).type()));
        results.add(after.getLast());
      }
    }
    ops.add(new Op.Yield(yields, first.location()));
    Block body = unchanged.apply(new Block(arguments, ops));
    out.at(first.location());
    out.add(new Op.For(results, lower, upper, step, inits, body, first.location()));
    arefs.setTiles(after);
  }

  /** All decide alike: the first role's condition is that of the stream. */
  private void whileLoop(List<Strand> group) {
    Op.While first = (Op.While) group.getFirst().op();
    List<Value> inits = new ArrayList<>();
    List<Value> tested = new ArrayList<>();
    List<Value> arguments = new ArrayList<>();
    List<Value> results = new ArrayList<>();
    List<Strand> bodies = new ArrayList<>();
    for (Strand strand : group) {
      Op.While loop = (Op.While) strand.op();
      if (Traversal.ops(loop.condition())
          .anyMatch(
              op -> op instanceof AsyncOp || op.operands().stream().anyMatch(arefs::isView))) {
        throw unsupported(loop, "the condition of this loop uses a slot");
      }
      bodies.add(new Strand(strand.role, loop.body()));
      for (int i = 0; i < loop.inits().size(); i++) {
        Value argument = loop.body().arguments().get(i);
        if (stays(loop, argument, loop.inits().get(i), loop.results().get(i))) {
          inits.add(renamed.of(loop.inits().get(i)));
          tested.add(loop.condition().arguments().get(i));
          arguments.add(argument);
          results.add(loop.results().get(i));
        }
      }
    }
    Map<Value, MergedArefs.Turns> before = arefs.turns();
    List<Value> outside = arefs.tiles();
    List<Value> inside = outside.stream().map(tile -> out.fresh(tile.type())).toList();
    arefs.setTiles(inside);
    Block condition = renamed.apply(new Block(tested, first.condition().ops()));
    List<Value> yields = new ArrayList<>();
    List<Op> ops =
        out.collect(
            () -> {
              merge(bodies);
              bodies.forEach(body -> addYielded(body.block, yields));
            });
    requireSame(first, before, "an iteration of its loop");
    List<Value> after = new ArrayList<>();
    for (int i = 0; i < outside.size(); i++) {
      inits.add(outside.get(i));
      tested.add(out.fresh(inside.get(i).type()));
      arguments.add(inside.get(i));
      yields.add(arefs.tiles().get(i));
      after.add(out.fresh(inside.get(i).type()));
      results.add(after.getLast());
    }
    ops.add(new Op.Yield(yields, first.location()));
    out.at(first.location());
    out.add(
        new Op.While(
            results,
            inits,
            new Block(tested, condition.ops()),
            new Block(arguments, ops),
            first.location()));
    arefs.setTiles(after);
  }

  /** Whether a loop still carries a value; a token that it carries is the one it began with. */
  private boolean stays(Op loop, Value argument, Value init, Value result) {
    if (argument.type() instanceof Type.Token(Type.Side side)) {
      carried(loop, side);
      arefs.alias(argument, init);
      arefs.alias(result, init);
    }
    return !isErased(argument);
  }

  private void carried(Op op, Type.Side side) {
    if (side == Type.Side.WRITE) {
      throw unsupported(
          op, "a slot is filled across iterations; acquire and commit it in one region");
    }
  }

  private boolean sameBounds(Op.For x, Op.For y) {
    return scalars.of(x.lower()) == scalars.of(y.lower())
        && scalars.of(x.step()) == scalars.of(y.step());
  }

  private void requireSame(Op op, Map<Value, MergedArefs.Turns> before, String what) {
    arefs
        .turns()
        .forEach(
            (aref, turns) -> {
              if (!turns.equals(before.get(aref))) {
                throw unsupported(
                    op, what + " leaves other slots of " + aref + " in use than it found");
              }
            });
  }

  private void branch(List<Strand> group) {
    Op.If first = (Op.If) group.getFirst().op();
    Value condition = renamed.of(first.condition());
    MergedArefs.Saved saved = arefs.save();
    List<Value> thenYields = new ArrayList<>();
    List<Op> thenOps = out.collect(() -> branch(group, true, thenYields));
    List<Value> thenTiles = arefs.tiles();
    Map<Value, MergedArefs.Turns> thenTurns = arefs.turns();
    arefs.restore(saved);
    List<Value> elseYields = new ArrayList<>();
    List<Op> elseOps = out.collect(() -> branch(group, false, elseYields));
    List<Value> elseTiles = arefs.tiles();
    requireSame(first, thenTurns, "one branch");
    List<Value> results = new ArrayList<>();
    for (Strand strand : group) {
      Op.If branch = (Op.If) strand.op();
      for (int i = 0; i < branch.results().size(); i++) {
        Value result = branch.results().get(i);
        if (result.type() instanceof Type.Token(Type.Side side)) {
          carried(branch, side);
          arefs.alias(result, branch.thenBlock().yielded().get(i));
        } else if (!isErased(result)) {
          results.add(result);
        }
      }
    }
    List<Value> after = new ArrayList<>();
    for (int i = 0; i < thenTiles.size(); i++) {
      if (thenTiles.get(i).equals(elseTiles.get(i))) {
        after.add(thenTiles.get(i));
      } else {
        thenYields.add(thenTiles.get(i));
        elseYields.add(elseTiles.get(i));
        after.add(out.fresh(thenTiles.get(i).type()));
        results.add(after.getLast());
      }
    }
    thenOps.add(new Op.Yield(thenYields, first.location()));
    elseOps.add(new Op.Yield(elseYields, first.location()));
    out.at(first.location());
    out.add(
        new Op.If(
            results,
            condition,
            new Block(List.of(), thenOps),
            new Block(List.of(), elseOps),
            first.location()));
    arefs.setTiles(after);
  }

  private void branch(List<Strand> group, boolean taken, List<Value> yields) {
    List<Strand> blocks = new ArrayList<>();
    for (Strand strand : group) {
      Op.If branch = (Op.If) strand.op();
      blocks.add(new Strand(strand.role, taken ? branch.thenBlock() : branch.elseBlock()));
    }
    merge(blocks);
    blocks.forEach(strand -> addYielded(strand.block, yields));
  }
}
