package dev.tilewright.ir.verify;

import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Which scalars are computed identically, and so are equal wherever they are computed: from the
 * same constants, parameters and indices of loops with the same bounds. Each has a number, the same
 * for all that are.
 */
final class ScalarIdentity {

  private record Key(Object kind, List<Integer> operands) {}

  private final Map<Key, Integer> numbers = new HashMap<>();
  private final Map<Value, Integer> identities = new HashMap<>();
  private final Map<Integer, Long> constants = new HashMap<>();

  static ScalarIdentity of(KernelFunction function) {
    ScalarIdentity identity = new ScalarIdentity();
    identity.block(function.body(), 0);
    return identity;
  }

  private int number(Object kind, List<Integer> operands) {
    return numbers.computeIfAbsent(new Key(kind, operands), _ -> numbers.size());
  }

  /** The number of a value; one of which nothing is known is equal to itself only. */
  int of(Value value) {
    Integer known = identities.get(value);
    return known != null ? known : number(value, List.of());
  }

  /** The number of a loop's iterations: equal for loops with equal bounds. */
  int trips(Op.For loop) {
    OptionalLong constant = constantTrips(loop);
    return constant.isPresent()
        ? constant(constant.getAsLong())
        : number("trips", List.of(of(loop.lower()), of(loop.upper()), of(loop.step())));
  }

  /** The constant that the value of that number is. */
  OptionalLong constantOf(int number) {
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

  private void block(Block block, int depth) {
    for (Op op : block.ops()) {
      switch (op) {
        case Op.Constant c
            when c.result().type() instanceof Type.Scalar
                && c.value() instanceof Literal.Int(long value) ->
            identities.put(c.result(), constant(value));
        case Op.Pure pure when pure.result().type() instanceof Type.Scalar -> {
          identities.put(
              pure.result(), number(kind(pure), pure.operands().stream().map(this::of).toList()));
        }
        case Op.For loop -> {
          int index =
              number(
                  "index " + depth, List.of(of(loop.lower()), of(loop.upper()), of(loop.step())));
          identities.put(loop.induction(), index);
          block(loop.body(), depth + 1);
        }
        default -> op.regions().forEach(region -> block(region, depth));
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
      case Op.Fma _ -> List.of("fma", type);
      case Op.Select _ -> List.of("select", type);
      // No others have scalar results; what a tile tells is equal to itself only.
      default -> op.result();
    };
  }
}
