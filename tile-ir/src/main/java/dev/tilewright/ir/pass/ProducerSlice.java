package dev.tilewright.ir.pass;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Substitution;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import dev.tilewright.ir.pass.RolePlan.Numbers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The backward slice of some loads or stores: what a role needs that does nothing but issue copies
 * in their place. Holds the loops and branches around them and the scalar operations that their
 * offsets, bounds and conditions are computed from.
 */
final class ProducerSlice {
  private final Uses uses;
  private final Set<Op> transfers;

  /** Loops and branches that stay, and scalar operations. */
  private final Set<Op> kept = new LinkedHashSet<>();

  private final Set<Value> needed = new HashSet<>();
  private final Deque<Value> pending = new ArrayDeque<>();
  private Optional<String> obstacle = Optional.empty();

  /** How the tiles' numbers are fetched, if they are. */
  private final Optional<Numbers> numbers;

  /**
   * @param transfers loads or stores in their order in the function
   */
  ProducerSlice(KernelFunction function, Set<Op> transfers, Optional<Numbers> numbers) {
    this.uses = Uses.of(function);
    this.transfers = transfers;
    this.numbers = numbers;
    keepAround(function.body());
    for (Op op : transfers) {
      // What is stored comes from elsewhere.
      List<Value> place = op instanceof Op.Store store ? store.offsets() : op.operands();
      place.forEach(this::need);
    }
    while (!pending.isEmpty()) {
      visit(pending.remove());
    }
  }

  /** Why no role can issue these copies alone: a sentence's end. */
  Optional<String> obstacle() {
    return obstacle;
  }

  /** Keeps what holds a transfer; says whether the region does. */
  private boolean keepAround(Block block) {
    boolean any = false;
    for (Op op : block.ops()) {
      boolean inside = false;
      for (Block region : op.regions()) {
        inside |= keepAround(region);
      }
      if (inside) {
        keep(op);
      }
      any |= inside || transfers.contains(op);
    }
    return any;
  }

  private void keep(Op op) {
    if (kept.add(op)) {
      switch (op) {
        case Op.For loop -> List.of(loop.lower(), loop.upper(), loop.step()).forEach(this::need);
        case Op.While loop -> need(loop.decision());
        case Op.If branch -> need(branch.condition());
        default -> op.operands().forEach(this::need);
      }
    }
  }

  private void need(Value value) {
    if (needed.add(value)) {
      pending.add(value);
    }
  }

  private void visit(Value value) {
    Optional<Op> owner = uses.owner(value);
    if (owner.isPresent()) {
      if (owner.get() instanceof Op.For loop) {
        keep(loop);
        int carried = loop.carried().indexOf(value);
        if (carried >= 0) {
          needCarried(loop, carried);
        }
      }
      if (owner.get() instanceof Op.While loop) {
        keep(loop);
        int carried = loop.condition().arguments().indexOf(value);
        needCarried(loop, carried >= 0 ? carried : loop.body().arguments().indexOf(value));
      }
      return;
    }
    uses.definition(value).ifPresent(op -> visitDefinition(op, value));
  }

  private void visitDefinition(Op op, Value value) {
    switch (op) {
      case Op.For loop -> {
        keep(loop);
        needCarried(loop, loop.results().indexOf(value));
      }
      case Op.While loop -> {
        keep(loop);
        needCarried(loop, loop.results().indexOf(value));
      }
      case Op.SharedLoad load when numbers.filter(n -> n.load() == load).isPresent() -> {
        WorkspaceOp.FetchIncrement fetch = numbers.orElseThrow().fetch();
        kept.add(fetch);
        List.of(fetch.workspace(), fetch.index(), fetch.limit()).forEach(this::need);
      }
      case Op.If branch -> {
        keep(branch);
        int at = branch.results().indexOf(value);
        branch.regions().forEach(region -> need(region.yielded().get(at)));
      }
      case Op.Pure pure when value.type() instanceof Type.Scalar && pure.regions().isEmpty() ->
          keep(pure);
      default ->
          obstacle =
              Optional.of(
                  "the place of a tile depends on what %s at %s computes"
                      .formatted(op.getClass().getSimpleName(), op.location()));
    }
  }

  private void needCarried(Op.For loop, int index) {
    need(loop.carried().get(index));
    need(loop.inits().get(index));
    need(loop.body().yielded().get(index));
  }

  private void needCarried(Op.While loop, int index) {
    need(loop.condition().arguments().get(index));
    need(loop.body().arguments().get(index));
    need(loop.inits().get(index));
    need(loop.body().yielded().get(index));
  }

  // ---------------------------------------------------------------- writing

  /**
   * Writes a copy of the slice, with fresh values, into the place at hand.
   *
   * @param issue writes what stands for a load or store: given that, and the same over the copies
   *     of its operands
   * @param fetch writes what stands for fetching a tile's number, given that over the copies of its
   *     operands, and returns the tile of one element that holds the number
   */
  void write(
      Block body,
      OpBuilder out,
      BiConsumer<Op, Op> issue,
      Function<WorkspaceOp.FetchIncrement, Value> fetch) {
    new Copy(out, issue, fetch).ops(body);
  }

  /** One copy. */
  private final class Copy {
    private final OpBuilder out;
    private final BiConsumer<Op, Op> issue;
    private final Function<WorkspaceOp.FetchIncrement, Value> fetch;
    private final Substitution copies = new Substitution();

    Copy(
        OpBuilder out,
        BiConsumer<Op, Op> issue,
        Function<WorkspaceOp.FetchIncrement, Value> fetch) {
      this.out = out;
      this.issue = issue;
      this.fetch = fetch;
    }

    void ops(Block block) {
      for (Op op : block.ops()) {
        out.at(op.location());
        if (transfers.contains(op)) {
          issue.accept(op, copies.operands(op));
        } else if (kept.contains(op)) {
          op(op);
        }
      }
    }

    private void op(Op op) {
      switch (op) {
        case Op.For loop -> loop(loop);
        case Op.While loop -> loop(loop);
        case Op.If branch -> branch(branch);
        case WorkspaceOp.FetchIncrement _ -> {
          var copy = (WorkspaceOp.FetchIncrement) copies.operands(op);
          copies.replace(numbers.orElseThrow().load().result(), fetch.apply(copy));
        }
        default -> {
          List<Value> results = op.results().stream().map(this::fresh).toList();
          out.add(copies.operands(op).with(copies.of(op.operands()), results, List.of()));
        }
      }
    }

    private Value fresh(Value value) {
      Value copy = out.fresh(value.type());
      copies.replace(value, copy);
      return copy;
    }

    private void loop(Op.For loop) {
      List<Integer> carried = new ArrayList<>();
      for (int i = 0; i < loop.carried().size(); i++) {
        if (needed.contains(loop.carried().get(i))) {
          carried.add(i);
        }
      }
      List<Value> inits = carried.stream().map(i -> copies.of(loop.inits().get(i))).toList();
      List<Value> arguments = new ArrayList<>();
      arguments.add(fresh(loop.induction()));
      carried.forEach(i -> arguments.add(fresh(loop.carried().get(i))));
      Block body =
          out.region(
              arguments,
              _ -> {
                ops(loop.body());
                return carried.stream().map(i -> copies.of(loop.body().yielded().get(i))).toList();
              });
      List<Value> results = carried.stream().map(i -> fresh(loop.results().get(i))).toList();
      out.at(loop.location());
      out.add(
          new Op.For(
              results,
              copies.of(loop.lower()),
              copies.of(loop.upper()),
              copies.of(loop.step()),
              inits,
              body,
              loop.location()));
    }

    private void loop(Op.While loop) {
      List<Integer> carried = new ArrayList<>();
      for (int i = 0; i < loop.inits().size(); i++) {
        if (needed.contains(loop.body().arguments().get(i))) {
          carried.add(i);
        }
      }
      List<Value> inits = carried.stream().map(i -> copies.of(loop.inits().get(i))).toList();
      List<Block> regions = new ArrayList<>();
      for (Block region : loop.regions()) {
        List<Integer> handed = region == loop.condition() ? List.of(0) : carried;
        regions.add(
            out.region(
                carried.stream().map(i -> fresh(region.arguments().get(i))).toList(),
                _ -> {
                  ops(region);
                  return handed.stream().map(i -> copies.of(region.yielded().get(i))).toList();
                }));
      }
      List<Value> results = carried.stream().map(i -> fresh(loop.results().get(i))).toList();
      out.at(loop.location());
      out.add(new Op.While(results, inits, regions.get(0), regions.get(1), loop.location()));
    }

    private void branch(Op.If branch) {
      List<Integer> carried = new ArrayList<>();
      for (int i = 0; i < branch.results().size(); i++) {
        if (needed.contains(branch.results().get(i))) {
          carried.add(i);
        }
      }
      List<Block> regions = new ArrayList<>();
      for (Block region : branch.regions()) {
        regions.add(
            out.region(
                List.of(),
                _ -> {
                  ops(region);
                  return carried.stream().map(i -> copies.of(region.yielded().get(i))).toList();
                }));
      }
      List<Value> results = carried.stream().map(i -> fresh(branch.results().get(i))).toList();
      out.at(branch.location());
      out.add(
          new Op.If(
              results,
              copies.of(branch.condition()),
              regions.get(0),
              regions.get(1),
              branch.location()));
    }
  }
}
