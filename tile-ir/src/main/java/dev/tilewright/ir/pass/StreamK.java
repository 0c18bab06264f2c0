package dev.tilewright.ir.pass;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.WorkspaceOp;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whether the iterations of a function's tiles can be shared by blocks: the function is one loop
 * that does nothing but accumulate matrix products, with something before and something after it.
 */
sealed interface StreamK {

  /**
   * Blocks must take whole tiles.
   *
   * @param reason a sentence's end
   */
  record Refused(Location location, String reason) implements StreamK {}

  /**
   * The parts of the function.
   *
   * @param before operations without effect
   * @param bounds a region that yields the loop's lower and upper bound and step, the same for all
   *     tiles
   * @param after operations that need the loop's results
   */
  record Shape(List<Op> before, Op.For loop, Block bounds, List<Op> after) implements StreamK {

    /** How often the loop runs, if its bounds are numbers. */
    OptionalLong constantIterations() {
      long[] numbers = new long[3];
      for (int i = 0; i < numbers.length; i++) {
        Value wanted = bounds.yielded().get(i);
        Optional<Literal> literal =
            bounds.ops().stream()
                .filter(op -> op instanceof Op.Constant c && c.result().equals(wanted))
                .map(op -> ((Op.Constant) op).value())
                .findFirst();
        if (!(literal.orElse(null) instanceof Literal.Int(long number))) {
          return OptionalLong.empty();
        }
        numbers[i] = number;
      }
      return OptionalLong.of(Math.ceilDiv(numbers[1] - numbers[0], numbers[2]));
    }
  }

  static StreamK of(KernelFunction function) {
    List<Op> ops = function.body().ops();
    List<Op.For> loops =
        ops.stream()
            .filter(Op.For.class::isInstance)
            .map(Op.For.class::cast)
            .filter(loop -> Traversal.ops(loop).anyMatch(Op.Mma.class::isInstance))
            .toList();
    if (loops.size() != 1) {
      Location location = ops.isEmpty() ? Location.UNKNOWN : ops.getFirst().location();
      return new Refused(
          location,
          loops.isEmpty()
              ? "no loop of the kernel's body multiplies matrices"
              : loops.size() + " loops multiply matrices");
    }
    Op.For loop = loops.getFirst();
    int at = ops.indexOf(loop);
    List<Op> before = ops.subList(0, at);
    List<Op> after = ops.subList(at + 1, ops.size());
    Optional<Refused> problem =
        Stream.<Optional<Refused>>of(
                effects(before, loop), accumulators(function, loop), reads(before, loop, after))
            .flatMap(Optional::stream)
            .findFirst();
    if (problem.isPresent()) {
      return problem.get();
    }
    List<Value> wanted = List.of(loop.lower(), loop.upper(), loop.step());
    return slice(before, wanted)
        .<StreamK>map(
            needed -> {
              List<Op> region = new ArrayList<>(needed);
              region.add(new Op.Yield(wanted, loop.location()));
              return new Shape(before, loop, new Block(List.of(), region), after);
            })
        .orElseGet(
            () -> new Refused(loop.location(), "tiles differ in how often the loop runs for them"));
  }

  /** Some blocks execute all but the end of the function for a tile that is not theirs. */
  private static Optional<Refused> effects(List<Op> before, Op.For loop) {
    return Stream.concat(before.stream(), Stream.of(loop))
        .flatMap(Traversal::ops)
        .filter(op -> op instanceof Op.Effect || op instanceof AsyncOp || op instanceof WorkspaceOp)
        .findFirst()
        .map(op -> new Refused(op.location(), "what is before the end of the loop has effects"));
  }

  /** Every carried value must be a sum of products, so that parts of it may be added. */
  private static Optional<Refused> accumulators(KernelFunction function, Op.For loop) {
    Uses uses = Uses.of(function);
    for (int i = 0; i < loop.carried().size(); i++) {
      Value value = loop.carried().get(i);
      while (true) {
        List<Op> users = uses.users(value);
        Value sum = value;
        if (users.size() == 1
            && users.getFirst() instanceof Op.Mma mma
            && mma.acc().equals(sum)
            && loop.body().ops().contains(mma)) {
          value = mma.result();
        } else if (users.size() == 1
            && users.getFirst() instanceof Op.Yield yield
            && loop.body().ops().getLast().equals(yield)
            && loop.body().yielded().get(i).equals(sum)
            && !sum.equals(loop.carried().get(i))) {
          break;
        } else {
          return Optional.of(
              new Refused(loop.location(), "the loop carries more than sums of products"));
        }
      }
    }
    return loop.carried().isEmpty()
        ? Optional.of(new Refused(loop.location(), "the loop hands on no sum of products"))
        : Optional.empty();
  }

  /** A block may read for one tile while another block writes that tile. */
  private static Optional<Refused> reads(List<Op> before, Op.For loop, List<Op> after) {
    Set<Value> written = new HashSet<>();
    after.stream()
        .flatMap(Traversal::ops)
        .forEach(
            op -> {
              if (op instanceof Op.Store store) {
                written.add(store.tensor());
              }
            });
    return Stream.concat(before.stream(), Stream.of(loop))
        .flatMap(Traversal::ops)
        .filter(
            op ->
                op instanceof Op.Load load && written.contains(load.tensor())
                    || op instanceof Op.CopyAsync copy && written.contains(copy.tensor()))
        .findFirst()
        .map(
            op ->
                new Refused(
                    op.location(), "a tensor is read before the loop's end and written after it"));
  }

  /** The operations that compute scalars from parameters alone; empty if there are none such. */
  private static Optional<List<Op>> slice(List<Op> before, List<Value> wanted) {
    Set<Value> needed = new HashSet<>(wanted);
    List<Op> ops = new ArrayList<>();
    for (Op op : before.reversed()) {
      if (op.results().stream().anyMatch(needed::contains)) {
        if (!(op instanceof Op.Pure) || !op.regions().isEmpty() || op instanceof Op.ProgramId) {
          return Optional.empty();
        }
        ops.addFirst(op);
        needed.addAll(op.operands());
      }
    }
    return Optional.of(ops);
  }

  /** Whether the tile is zero in every element: adding to it twice does no harm. */
  static boolean isZero(Value tile, List<Op> before) {
    return before.stream()
        .anyMatch(
            op ->
                op instanceof Op.Constant c
                    && c.result().equals(tile)
                    && switch (c.value()) {
                      case Literal.Int(long value) -> value == 0;
                      case Literal.Float(double value) -> value == 0;
                    });
  }
}
