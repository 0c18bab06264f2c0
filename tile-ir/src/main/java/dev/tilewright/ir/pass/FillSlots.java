package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.AsyncOp.Completion;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Rewriter;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.analysis.BulkTile;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.WarpSpecialization;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Decides how the slots of hand-written arefs are filled.
 *
 * <p>Blocks of tensors that a role has copied to a slot stay bulk copies if the hardware can make
 * them: all that go to one aref, each once and in the region that acquired the slot, from tensors
 * that are aligned and lie as the products that read them need. Otherwise the role's threads load
 * them and store them to the slot, which is full when the threads say so; the report says why. The
 * program names no bytes, arrivals or fences in either case.
 */
public final class FillSlots implements Pass {

  @Override
  public KernelFunction run(KernelFunction function, PassContext context) {
    Optional<AsyncOp.Roles> roles = AsyncOp.Roles.of(function);
    if (roles.isEmpty() || context.target().warpSpecialization().isEmpty()) {
      return function;
    }
    Plan plan = new Plan(function, roles.get(), context.target().warpSpecialization().get());
    plan.reasons()
        .forEach(
            (create, reason) ->
                context
                    .report()
                    .note(
                        this,
                        create.location(),
                        "the writer's threads fill the slots of this aref: " + reason));
    return plan.write();
  }

  private static final class Plan {
    private final KernelFunction function;
    private final AsyncOp.Roles roles;
    private final WarpSpecialization target;

    /** By aref: why its slots are not filled by bulk copies, though the program asks for it. */
    private final Map<AsyncOp.ArefCreate, String> reasons = new LinkedHashMap<>();

    /** Views of slots that threads fill. */
    private final Set<Value> stored = new HashSet<>();

    private final Set<Value> storedTokens = new HashSet<>();

    Plan(KernelFunction function, AsyncOp.Roles roles, WarpSpecialization target) {
      this.function = function;
      this.roles = roles;
      this.target = target;
      for (Op op : function.body().ops()) {
        if (op instanceof AsyncOp.ArefCreate create) {
          plan(create);
        }
      }
    }

    Map<AsyncOp.ArefCreate, String> reasons() {
      return reasons;
    }

    /** A place where a slot is filled. */
    private record Site(AsyncOp.AcquireWrite acquire, Block block, Block role) {
      /** What fills it, with the tile of the slot. */
      List<Op> fills() {
        return Traversal.ops(role)
            .filter(
                op ->
                    switch (op) {
                      case AsyncOp.BulkLoad load -> acquire.views().contains(load.shared());
                      case Op.CopyAsync copy -> acquire.views().contains(copy.shared());
                      case Op.SharedStore store -> acquire.views().contains(store.shared());
                      default -> false;
                    })
            .toList();
      }
    }

    private void plan(AsyncOp.ArefCreate create) {
      List<Site> sites = new ArrayList<>();
      roles.bodies().forEach(role -> collect(create.result(), role, role, sites));
      boolean bulk =
          sites.stream()
              .flatMap(site -> site.fills().stream())
              .anyMatch(AsyncOp.BulkLoad.class::isInstance);
      Map<Integer, Integer> units = new HashMap<>();
      Optional<String> obstacle =
          sites.stream()
              .map(site -> obstacle(create, site, bulk, units))
              .flatMap(Optional::stream)
              .findFirst();
      if (obstacle.isPresent()) {
        if (bulk) {
          reasons.put(create, obstacle.get());
        }
        sites.forEach(site -> stored.addAll(site.acquire().views()));
        sites.forEach(site -> storedTokens.add(site.acquire().token()));
      }
    }

    private static void collect(Value aref, Block block, Block role, List<Site> sites) {
      for (Op op : block.ops()) {
        if (op instanceof AsyncOp.AcquireWrite acquire && acquire.aref().equals(aref)) {
          sites.add(new Site(acquire, block, role));
        }
        op.regions().forEach(region -> collect(aref, region, role, sites));
      }
    }

    /**
     * Why threads must fill the slot.
     *
     * @param bulk whether some slot of the aref is filled by bulk copies
     * @param units by tile of the slot, the dimension along which it lies in the tensors so far
     */
    private Optional<String> obstacle(
        AsyncOp.ArefCreate create, Site site, boolean bulk, Map<Integer, Integer> units) {
      Set<Value> filled = new LinkedHashSet<>();
      for (Op fill : site.fills()) {
        if (!(fill instanceof AsyncOp.BulkLoad load)) {
          Optional<String> threads =
              bulk
                  ? Optional.of("other tiles of it are written by threads")
                  : fill instanceof Op.CopyAsync copy
                      ? unsuited(create, site, copy.shared(), unit(copy.tensor()))
                      : Optional.empty();
          if (threads.isPresent()) {
            return threads;
          }
          continue;
        }
        if (!site.block().ops().contains(load)) {
          return Optional.of("a copy is under a condition, or in a loop, of its own");
        }
        if (!filled.add(load.shared())) {
          return Optional.of("one tile of a slot is copied twice");
        }
        switch (BulkSource.of(function, load.tensor(), load.shared().shared(), target)) {
          case BulkSource.No(String reason) -> {
            return Optional.of(
                "the load of '%s' cannot be a bulk copy: "
                        .formatted(function.tensorOf(load.tensor()).name())
                    + reason);
          }
          case BulkSource.Tile(BulkTile tile) -> {
            int index = site.acquire().views().indexOf(load.shared());
            Integer before = units.putIfAbsent(index, tile.unit());
            if (before != null && before != tile.unit()) {
              return Optional.of("tensors that fill it lie along different dimensions");
            }
            Optional<String> unsuited = unsuited(create, site, load.shared(), tile.unit());
            if (unsuited.isPresent()) {
              return unsuited;
            }
          }
        }
      }
      return Optional.empty();
    }

    private int unit(Value tensor) {
      return function.tensorOf(tensor).unitDimension();
    }

    /** Whether a product needs the tile to lie along another dimension than it does. */
    private Optional<String> unsuited(AsyncOp.ArefCreate create, Site site, Value view, int unit) {
      int index = site.acquire().views().indexOf(view);
      for (Op op : Traversal.ops(function).toList()) {
        if (op instanceof AsyncOp.AcquireRead read && read.aref().equals(create.result())) {
          Value operand = read.views().get(index);
          for (Op user : Traversal.ops(function).toList()) {
            if (user instanceof AsyncOp.MmaAsync mma
                && (mma.a().equals(operand) && unit != (mma.transposeA() ? 0 : 1)
                    || mma.b().equals(operand) && unit != (mma.transposeB() ? 1 : 0))
                && !takesOtherMajor(mma)) {
              return Optional.of(
                  "warp groups take factors of %s only with k contiguous"
                      .formatted(operand.type().dtype().name()));
            }
          }
        }
      }
      return Optional.empty();
    }

    private boolean takesOtherMajor(AsyncOp.MmaAsync mma) {
      return GroupChoice.ofTypes(
              target, mma.a().type().dtype(), mma.b().type().dtype(), mma.result().type().dtype())
          .stream()
          .allMatch(GroupMma::otherMajor);
    }

    // -------------------------------------------------------------- writing

    KernelFunction write() {
      if (stored.isEmpty()) {
        return function;
      }
      return Rewriter.rewrite(
          function,
          (op, rewriter) -> {
            switch (op) {
              case AsyncOp.BulkLoad load when stored.contains(load.shared()) ->
                  store(
                      load.shared(),
                      load.tensor(),
                      load.offsets(),
                      Collections.nCopies(load.offsets().size(), true),
                      rewriter);
              case Op.CopyAsync copy when stored.contains(copy.shared()) ->
                  store(copy.shared(), copy.tensor(), copy.offsets(), copy.bounds(), rewriter);
              case AsyncOp.Commit commit when storedTokens.contains(commit.token()) ->
                  rewriter.out().commit(commit.token(), Completion.GENERIC);
              case AsyncOp.Roles _ -> roles(rewriter);
              default -> rewriter.keep(op);
            }
          });
    }

    private static void store(
        Value view, Value tensor, List<Value> offsets, List<Boolean> bounds, Rewriter rewriter) {
      Type.Shared buffer = view.shared();
      Literal zero = Literal.zero(buffer.dtype());
      rewriter
          .out()
          .sharedStore(view, rewriter.out().load(tensor, buffer.shape(), offsets, bounds, zero));
    }

    /** A role whose threads load does not do with one. */
    private void roles(Rewriter rewriter) {
      List<AsyncOp.Role> changed = new ArrayList<>();
      List<Block> bodies = new ArrayList<>();
      for (int i = 0; i < roles.roles().size(); i++) {
        AsyncOp.Role role = roles.roles().get(i);
        Block body = roles.bodies().get(i);
        boolean loads =
            Traversal.ops(body)
                .anyMatch(
                    op -> op instanceof AsyncOp.BulkLoad load && stored.contains(load.shared()));
        changed.add(
            loads ? new AsyncOp.Role(role.name(), role.warps(), role.registers(), false) : role);
        bodies.add(rewriter.region(body));
      }
      rewriter.out().add(new AsyncOp.Roles(changed, bodies, roles.location()));
    }
  }
}
