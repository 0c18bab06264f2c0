package dev.tilewright.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Values that stand for other values. Applying it renames uses, never definitions, and gives back
 * the same instance where nothing changes.
 */
public final class Substitution {
  private final Map<Value, Value> replacements = new HashMap<>();

  /** From here on, uses of {@code old} mean {@code replacement}. */
  public void replace(Value old, Value replacement) {
    Value target = of(replacement);
    if (target.equals(old)) {
      throw new IllegalArgumentException(old + " cannot stand for itself");
    }
    replacements.put(old, target);
  }

  /** The value that stands for {@code value}: itself when it was not replaced. */
  public Value of(Value value) {
    Value current = value;
    Value next = replacements.get(current);
    while (next != null) {
      current = next;
      next = replacements.get(current);
    }
    return current;
  }

  /** Element by element; {@code values} itself when no element changes. */
  public List<Value> of(List<Value> values) {
    for (int i = 0; i < values.size(); i++) {
      if (of(values.get(i)) != values.get(i)) {
        return values.stream().map(this::of).toList();
      }
    }
    return values;
  }

  /**
   * The operation over the values that stand for its operands; its regions are left as they are.
   */
  public Op operands(Op op) {
    List<Value> old = op.operands();
    List<Value> mapped = of(old);
    return mapped == old ? op : op.with(mapped, op.results(), op.regions());
  }

  /** The operation over the values that stand for its operands and for what its regions use. */
  public Op apply(Op op) {
    List<Value> operands = op.operands();
    List<Value> mapped = of(operands);
    List<Block> regions = op.regions();
    List<Block> mappedRegions = new ArrayList<>(regions.size());
    boolean same = mapped == operands;
    for (Block region : regions) {
      Block newRegion = apply(region);
      same &= newRegion == region;
      mappedRegions.add(newRegion);
    }
    return same ? op : op.with(mapped, op.results(), mappedRegions);
  }

  public Block apply(Block block) {
    List<Op> ops = new ArrayList<>(block.ops().size());
    boolean same = true;
    for (Op op : block.ops()) {
      Op newOp = apply(op);
      same &= newOp == op;
      ops.add(newOp);
    }
    return same ? block : new Block(block.arguments(), ops);
  }

  public boolean isEmpty() {
    return replacements.isEmpty();
  }
}
