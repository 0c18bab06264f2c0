package dev.tilewright.ir.pass;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which scalars are the same in all blocks of a cluster: those that depend on the block's number
 * along x only through its quotient by the cluster's size.
 */
final class ClusterUniformity {
  private final Uses uses;
  private final int cluster;

  /** What is known; values under way count as uniform, so that loops are judged by what enters. */
  private final Map<Value, Boolean> known = new HashMap<>();

  ClusterUniformity(Uses uses, int cluster) {
    this.uses = uses;
    this.cluster = cluster;
  }

  boolean holds(Value value) {
    Boolean before = known.putIfAbsent(value, true);
    if (before != null) {
      return before;
    }
    boolean holds = decide(value);
    known.put(value, holds);
    return holds;
  }

  /** Whether the blocks of a cluster execute the operation equally often. */
  boolean isReachedTogether(Op op, Block body) {
    for (Op outer : body.ops()) {
      if (outer == op) {
        return true;
      }
      for (Block region : outer.regions()) {
        if (Traversal.ops(region).anyMatch(inner -> inner == op)) {
          List<Value> decisive =
              switch (outer) {
                case Op.For loop -> List.of(loop.lower(), loop.upper(), loop.step());
                case Op.While loop -> List.of(loop.decision());
                case Op.If branch -> List.of(branch.condition());
                default -> List.of();
              };
          return decisive.stream().allMatch(this::holds) && isReachedTogether(op, region);
        }
      }
    }
    return false;
  }

  private boolean decide(Value value) {
    Optional<Op> owner = uses.owner(value);
    if (owner.isPresent()) {
      return switch (owner.get()) {
        case Op.For loop -> ofLoop(loop, value);
        case Op.While loop -> {
          int condition = loop.condition().arguments().indexOf(value);
          yield ofLoop(loop, condition >= 0 ? condition : loop.body().arguments().indexOf(value));
        }
        default -> false;
      };
    }
    return uses.definition(value).map(op -> ofDefinition(op, value)).orElse(true);
  }

  private boolean ofLoop(Op.For loop, Value argument) {
    int carried = loop.carried().indexOf(argument);
    boolean bounds =
        List.of(loop.lower(), loop.upper(), loop.step()).stream().allMatch(this::holds);
    return bounds
        && (carried < 0
            || holds(loop.inits().get(carried)) && holds(loop.body().yielded().get(carried)));
  }

  private boolean ofLoop(Op.While loop, int carried) {
    return holds(loop.decision())
        && holds(loop.inits().get(carried))
        && holds(loop.body().yielded().get(carried));
  }

  private boolean ofDefinition(Op op, Value value) {
    return switch (op) {
      case Op.ProgramId id -> id.axis() != 0;
      case Op.Binary b when b.kind() == BinaryKind.DIV && isProgram(b.x()) && isCluster(b.y()) ->
          true;
      case Op.For loop -> ofLoop(loop, loop.carried().get(loop.results().indexOf(value)));
      case Op.While loop -> ofLoop(loop, loop.results().indexOf(value));
      case Op.If branch -> {
        int at = branch.results().indexOf(value);
        yield holds(branch.condition())
            && branch.regions().stream().map(Block::yielded).allMatch(y -> holds(y.get(at)));
      }
      case Op.Pure pure when pure.regions().isEmpty() ->
          pure.operands().stream().allMatch(this::holds);
      default -> false;
    };
  }

  private boolean isProgram(Value value) {
    return uses.definition(value)
        .filter(op -> op instanceof Op.ProgramId p && p.axis() == 0)
        .isPresent();
  }

  private boolean isCluster(Value value) {
    return uses.definition(value)
        .filter(
            op ->
                op instanceof Op.Constant c
                    && c.value() instanceof Literal.Int(long number)
                    && number == cluster)
        .isPresent();
  }
}
