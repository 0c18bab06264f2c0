package dev.tilewright.ir.verify;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.ComparePredicate;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * Which scalars are computed identically, and so are equal wherever they are computed: from the
 * same constants, parameters and indices of loops with the same bounds. Each has a number, the same
 * for all that are.
 *
 * <p>What travels through an aref is one number on both sides, if each of them acquires a slot at
 * one place of its program only, in loops that run equally often: then the n-th written is the n-th
 * read. Loops with conditions run equally often if they begin with the same, decide by the same,
 * and go on with the same, supposing that what they carry is the same: by induction over their
 * iterations it is.
 */
public final class ScalarIdentity {
  private static final Type INDEX = new Type.Scalar(DType.I32);
  private static final Object LESS = List.of("compare", ComparePredicate.LT, INDEX);
  private static final Key NONE = new Key("nothing", List.of());

  private record Key(Object kind, List<Integer> operands) {}

  /** A constant more than its operand. */
  private record More(long constant) {}

  private final Map<Key, Integer> numbers = new HashMap<>();

  /** Of each number. */
  private final List<Key> keys = new ArrayList<>();

  private final Map<Value, Integer> identities = new HashMap<>();
  private final Map<Integer, Long> constants = new HashMap<>();

  /** The loops with conditions, each by the number of what it does in all of its iterations. */
  private final Map<Op.While, Integer> loops = new HashMap<>();

  /** What a loop of that number decides by and goes on with. */
  private final Map<Integer, List<Integer>> behaviours = new HashMap<>();

  private final SlotContents slots;

  /** Where the slot was acquired that a buffer is part of. */
  private final Map<Value, Integer> slotContexts = new HashMap<>();

  private ScalarIdentity(SlotContents slots) {
    this.slots = slots;
  }

  public static ScalarIdentity of(KernelFunction function) {
    ScalarIdentity identity = new ScalarIdentity(SlotContents.of(function));
    identity.block(function.body(), 0, identity.number("the block", List.of()));
    return identity;
  }

  private int number(Object kind, List<Integer> operands) {
    Key key = new Key(kind, operands);
    Integer known = numbers.get(key);
    if (known != null) {
      return known;
    }
    keys.add(key);
    numbers.put(key, keys.size() - 1);
    return keys.size() - 1;
  }

  /** The number of a value; one of which nothing is known is equal to itself only. */
  public int of(Value value) {
    Integer known = identities.get(value);
    return known != null ? known : number(value, List.of());
  }

  /** The number of a loop's iterations: equal for loops with equal bounds. */
  public int trips(Op.For loop) {
    OptionalLong constant = constantTrips(loop);
    return constant.isPresent()
        ? constant(constant.getAsLong())
        : number("trips", List.of(of(loop.lower()), of(loop.upper()), of(loop.step())));
  }

  public int trips(Op.While loop) {
    Integer known = loops.get(loop);
    return number("trips", List.of(known != null ? known : number(loop, List.of())));
  }

  /** The number of a scalar and a constant together. */
  private int plus(int number, long constant) {
    OptionalLong known = constantOf(number);
    if (known.isPresent()) {
      return constant(known.getAsLong() + constant);
    }
    Key key = keys.get(number);
    long all = constant + (key.kind() instanceof More(long already) ? already : 0);
    int base = key.kind() instanceof More ? key.operands().getFirst() : number;
    return all == 0 ? base : number(new More(all), List.of(base));
  }

  /**
   * The number of iterations of a loop that begins so many steps earlier than another, where it has
   * these iterations whenever a condition holds: how a loop is written of which the first
   * iterations stand before it.
   *
   * @param condition the number of a comparison
   * @param trips that of the other loop's iterations
   * @param steps at least 1
   */
  Optional<Integer> tripsWithFirst(int condition, int trips, long steps) {
    Key loop = trips < 0 ? NONE : keys.get(trips);
    Key less = condition < 0 ? NONE : keys.get(condition);
    if (!loop.kind().equals("trips") || loop.operands().size() != 3 || !less.kind().equals(LESS)) {
      return Optional.empty();
    }
    OptionalLong step = constantOf(loop.operands().get(2));
    boolean holds =
        step.isPresent()
            && less.operands().get(0) == plus(loop.operands().get(0), -step.getAsLong())
            && less.operands().get(1).equals(loop.operands().get(1));
    return holds
        ? Optional.of(
            number(
                "trips",
                List.of(
                    plus(loop.operands().get(0), -steps * step.getAsLong()),
                    loop.operands().get(1),
                    loop.operands().get(2))))
        : Optional.empty();
  }

  private static boolean isIndex(Value value) {
    return value.type().equals(INDEX);
  }

  /** The constant that the value of that number is. */
  public OptionalLong constantOf(int number) {
    Long constant = constants.get(number);
    return constant == null ? OptionalLong.empty() : OptionalLong.of(constant);
  }

  private OptionalLong constantTrips(Op.For loop) {
    OptionalLong lower = constantOf(of(loop.lower()));
    OptionalLong upper = constantOf(of(loop.upper()));
    OptionalLong step = constantOf(of(loop.step()));
    if (loop.lower().equals(loop.upper())) {
      return OptionalLong.of(0);
    }
    return lower.isPresent() && upper.isPresent() && step.isPresent() && step.getAsLong() > 0
        ? OptionalLong.of(
            Math.ceilDiv(Math.max(0, upper.getAsLong() - lower.getAsLong()), step.getAsLong()))
        : OptionalLong.empty();
  }

  private int constant(long value) {
    int number = number(value, List.of());
    constants.put(number, value);
    return number;
  }

  /**
   * @param context the number of the regions around, one for all that are executed equally often
   */
  private void block(Block block, int depth, int context) {
    for (Op op : block.ops()) {
      switch (op) {
        case Op.Constant c
            when c.result().type() instanceof Type.Scalar
                && c.value() instanceof Literal.Int(long value) ->
            identities.put(c.result(), constant(value));
        case Op.Binary sum when sum.kind() == BinaryKind.ADD && isIndex(sum.result()) -> {
          OptionalLong constant = constantOf(of(sum.y()));
          identities.put(
              sum.result(),
              constant.isPresent()
                  ? plus(of(sum.x()), constant.getAsLong())
                  : number(kind(sum), List.of(of(sum.x()), of(sum.y()))));
        }
        case Op.Binary product
            when product.kind() == BinaryKind.MUL
                && isIndex(product.result())
                && constantOf(of(product.x())).isPresent()
                && constantOf(of(product.y())).isPresent() ->
            identities.put(
                product.result(),
                constant(
                    constantOf(of(product.x())).getAsLong()
                        * constantOf(of(product.y())).getAsLong()));
        case Op.Pure pure when pure.result().type() instanceof Type.Scalar -> {
          identities.put(
              pure.result(), number(kind(pure), pure.operands().stream().map(this::of).toList()));
        }
        case Op.SharedLoad load ->
            slots
                .of(load)
                .ifPresent(
                    content ->
                        identities.put(
                            load.result(),
                            number(
                                content, List.of(slotContexts.getOrDefault(load.shared(), -1)))));
        case AsyncOp.AcquireWrite o -> o.views().forEach(view -> slotContexts.put(view, context));
        case AsyncOp.AcquireRead o -> o.views().forEach(view -> slotContexts.put(view, context));
        case Op.For loop -> {
          int index =
              number(
                  "index " + depth, List.of(of(loop.lower()), of(loop.upper()), of(loop.step())));
          identities.put(loop.induction(), index);
          block(loop.body(), depth + 1, number("in loop", List.of(context, trips(loop))));
        }
        case Op.While loop -> loop(loop, depth, context);
        case Op.If branch -> {
          int condition = of(branch.condition());
          block(branch.thenBlock(), depth, number("if", List.of(context, condition)));
          block(branch.elseBlock(), depth, number("else", List.of(context, condition)));
        }
        default -> op.regions().forEach(region -> block(region, depth, context));
      }
    }
  }

  /**
   * Supposes that the loop does as one that was met before and began with the same; if it decides
   * or goes on otherwise, it is another loop.
   */
  private void loop(Op.While loop, int depth, int context) {
    List<Integer> scalars =
        IntStream.range(0, loop.inits().size())
            .filter(i -> loop.inits().get(i).type() instanceof Type.Scalar)
            .boxed()
            .toList();
    List<Integer> begin = new ArrayList<>(List.of(context, depth));
    scalars.forEach(i -> begin.add(of(loop.inits().get(i))));
    for (int guess = 0; true; guess++) {
      int number = number("while " + guess, begin);
      for (int i = 0; i < scalars.size(); i++) {
        int carried = number("carried " + i, List.of(number));
        identities.put(loop.condition().arguments().get(scalars.get(i)), carried);
        identities.put(loop.body().arguments().get(scalars.get(i)), carried);
      }
      block(loop.condition(), depth, number);
      block(loop.body(), depth + 1, number);
      List<Integer> behaviour = new ArrayList<>(List.of(of(loop.decision())));
      scalars.forEach(i -> behaviour.add(of(loop.body().yielded().get(i))));
      List<Integer> known = behaviours.putIfAbsent(number, behaviour);
      if (known == null || known.equals(behaviour)) {
        loops.put(loop, number);
        for (int i = 0; i < scalars.size(); i++) {
          identities.put(
              loop.results().get(scalars.get(i)), number("result " + i, List.of(number)));
        }
        return;
      }
    }
  }

  /** What an operation is, apart from its values and its location. */
  private static Object kind(Op.Pure op) {
    Type type = op.result().type();
    return switch (op) {
      case Op.Unary o -> List.of("unary", o.kind(), type);
      case Op.Binary o -> List.of("binary", o.kind(), type);
      case Op.Compare o -> List.of("compare", o.predicate(), o.x().type());
      case Op.Cast o -> List.of("cast", o.rounding(), o.saturate(), type);
      case Op.Constant o -> List.of("constant", o.value(), type);
      case Op.ProgramId o -> List.of("program_id", o.axis());
      case Op.Extract _ -> List.of("extract", type);
      case Op.Fma _ -> List.of("fma", type);
      case Op.Select _ -> List.of("select", type);
      // No others have scalar results.
      default -> op.result();
    };
  }
}
