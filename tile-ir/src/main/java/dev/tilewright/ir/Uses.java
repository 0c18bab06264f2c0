package dev.tilewright.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who defines and who uses each value of one function: a snapshot, to be taken again after a
 * change.
 */
public final class Uses {
  private final Map<Value, Op> definitions = new HashMap<>();
  private final Map<Value, Op> owners = new HashMap<>();
  private final Map<Value, List<Op>> users = new HashMap<>();

  private Uses() {}

  public static Uses of(KernelFunction function) {
    return of(function.body());
  }

  /** Of a region and the regions inside. */
  public static Uses of(Block block) {
    Uses uses = new Uses();
    uses.visit(block);
    return uses;
  }

  private void visit(Block block) {
    for (Op op : block.ops()) {
      op.results().forEach(result -> definitions.put(result, op));
      op.operands()
          .forEach(operand -> users.computeIfAbsent(operand, _ -> new ArrayList<>()).add(op));
      for (Block region : op.regions()) {
        region.arguments().forEach(argument -> owners.put(argument, op));
        visit(region);
      }
    }
  }

  /** The operation whose result this is; empty for parameters and arguments of regions. */
  public Optional<Op> definition(Value value) {
    return Optional.ofNullable(definitions.get(value));
  }

  /** The operation in whose region this is an argument. */
  public Optional<Op> owner(Value argument) {
    return Optional.ofNullable(owners.get(argument));
  }

  /**
   * The operations that have this value as an operand, in program order; one that has it twice is
   * there twice. Terminators count; an operation whose region uses the value does not, the one
   * inside does.
   */
  public List<Op> users(Value value) {
    return List.copyOf(users.getOrDefault(value, List.of()));
  }

  public boolean isUsed(Value value) {
    return users.containsKey(value);
  }
}
