package dev.tilewright.ir.verify;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Every aref has one writer, and its readers read as often as it writes, whatever the sizes and
 * conditions are: in loops with equal bounds, under conditions that are computed identically. An
 * aref of nothing, which only hands on the turn, may be written once more than it is read.
 */
final class CountRules {

  /** What one role does with one aref. */
  private record Side(String role, Type.Side side, Counts counts) {}

  private final Problems problems;
  private final ScalarIdentity scalars;

  /** How messages call iterations and conditions. */
  private final Map<Integer, String> names = new HashMap<>();

  private CountRules(Problems problems, ScalarIdentity scalars) {
    this.problems = problems;
    this.scalars = scalars;
  }

  static void check(KernelFunction function, ScalarIdentity scalars, Problems problems) {
    new CountRules(problems, scalars).body(function.body());
  }

  private void body(Block body) {
    Map<Value, AsyncOp.ArefCreate> arefs = new LinkedHashMap<>();
    List<AsyncOp.Roles> roles = new ArrayList<>();
    for (Op op : dev.tilewright.ir.Traversal.ops(body).toList()) {
      switch (op) {
        case AsyncOp.ArefCreate create -> arefs.put(create.result(), create);
        case AsyncOp.Roles r -> roles.add(r);
        default -> {}
      }
    }
    for (AsyncOp.ArefCreate create : arefs.values()) {
      aref(create, body, roles);
    }
  }

  private void aref(AsyncOp.ArefCreate create, Block body, List<AsyncOp.Roles> all) {
    List<Side> sides = new ArrayList<>();
    for (Type.Side side : Type.Side.values()) {
      add(sides, "the block", side, counts(body, create.result(), side));
      for (AsyncOp.Roles roles : all) {
        for (int i = 0; i < roles.roles().size(); i++) {
          String name = "role '" + roles.roles().get(i).name() + "'";
          add(sides, name, side, counts(roles.bodies().get(i), create.result(), side));
        }
      }
    }
    if (sides.isEmpty()) {
      return;
    }
    List<Side> writers = sides.stream().filter(s -> s.side() == Type.Side.WRITE).toList();
    List<Side> readers = sides.stream().filter(s -> s.side() == Type.Side.READ).toList();
    if (writers.size() != 1) {
      problems.add(
          "TW-V17",
          create,
          (writers.isEmpty()
                  ? "nobody writes it"
                  : String.join(" and ", writers.stream().map(Side::role).toList()) + " write it")
              + "; expected one role");
      return;
    }
    if (readers.isEmpty()) {
      problems.add("TW-V17", create, "nobody reads it; every slot would stay full");
    }
    if (((Type.Aref) create.result().type()).payload().isEmpty()) {
      // A turn that nobody takes at the end is harmless: nothing travels in it.
      return;
    }
    Side writer = writers.getFirst();
    for (Side reader : readers) {
      if (!reader.counts().equals(writer.counts())) {
        problems.add(
            "TW-V17",
            create,
            writer.role()
                + " writes it "
                + writer.counts().text(names)
                + ", "
                + reader.role()
                + " reads it "
                + reader.counts().text(names)
                + "; expected equal numbers, in loops with equal bounds and under equal"
                + " conditions");
      }
    }
  }

  private static void add(List<Side> sides, String role, Type.Side side, Counts counts) {
    if (!counts.isZero()) {
      sides.add(new Side(role, side, counts));
    }
  }

  /** Without the roles inside. */
  private Counts counts(Block block, Value aref, Type.Side side) {
    Counts sum = Counts.zero();
    for (Op op : block.ops()) {
      sum =
          sum.plus(
              switch (op) {
                case AsyncOp.AcquireWrite o when side == Type.Side.WRITE && o.aref().equals(aref) ->
                    Counts.one();
                case AsyncOp.AcquireRead o when side == Type.Side.READ && o.aref().equals(aref) ->
                    Counts.one();
                case Op.For loop -> loop(loop, counts(loop.body(), aref, side));
                case Op.While loop -> loop(loop, counts(loop.body(), aref, side));
                case Op.If branch -> branch(branch, aref, side);
                default -> Counts.zero();
              });
    }
    return sum;
  }

  private Counts loop(Op.For loop, Counts once) {
    if (once.isZero()) {
      return once;
    }
    int trips = scalars.trips(loop);
    if (scalars.constantOf(trips).isPresent()) {
      return once.times(scalars.constantOf(trips).getAsLong());
    }
    names.putIfAbsent(
        trips,
        "the iterations of "
            + loop.induction()
            + " = "
            + loop.lower()
            + " to "
            + loop.upper()
            + " step "
            + loop.step()
            + at(loop.location()));
    return once.times(trips);
  }

  private Counts loop(Op.While loop, Counts once) {
    if (once.isZero()) {
      return once;
    }
    int trips = scalars.trips(loop);
    names.putIfAbsent(trips, "the iterations of while " + loop.decision() + at(loop.location()));
    return once.times(trips);
  }

  private Counts branch(Op.If branch, Value aref, Type.Side side) {
    Counts then = counts(branch.thenBlock(), aref, side);
    Counts otherwise = counts(branch.elseBlock(), aref, side);
    if (then.equals(otherwise)) {
      return then;
    }
    int condition = scalars.of(branch.condition());
    Optional<Counts> peeled = peeled(condition, then, otherwise);
    if (peeled.isPresent()) {
      return peeled.get();
    }
    String name = branch.condition() + at(branch.location());
    names.putIfAbsent(condition, "(1 if " + name + ")");
    names.putIfAbsent(~condition, "(1 if not " + name + ")");
    return then.times(condition).plus(otherwise.times(~condition));
  }

  /**
   * A loop of which the first iterations are written before it, if it has any: as often as the
   * whole. If it has none, or fewer, the other branch does as many.
   */
  private Optional<Counts> peeled(int condition, Counts then, Counts otherwise) {
    for (List<Integer> factors : then.terms().keySet()) {
      for (int trips : factors) {
        Counts once = then.perFactor(trips);
        Counts before = then.without(trips);
        OptionalLong steps = before.multipleOf(once);
        if (steps.isPresent() && steps.getAsLong() > 0) {
          Optional<Counts> whole =
              scalars.tripsWithFirst(condition, trips, steps.getAsLong()).map(once::times);
          boolean same =
              whole.isPresent()
                  && (whole.get().equals(otherwise)
                      || otherwise.isZero() && steps.getAsLong() == 1);
          if (same) {
            return whole;
          }
        }
      }
    }
    return Optional.empty();
  }

  private static String at(Location location) {
    return location.known() ? " at " + location : "";
  }
}
