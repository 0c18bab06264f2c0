package dev.tilewright.ir;

import java.util.List;

/** Copies of operations that define fresh values: how a region comes to be there twice. */
public final class RegionCopy {
  private final OpBuilder out;
  private final Substitution copies = new Substitution();

  private RegionCopy(OpBuilder out) {
    this.out = out;
  }

  /**
   * Writes a copy of a region's operations, without its terminator, into the place at hand.
   *
   * @param arguments what the region's arguments are in this copy
   * @return what the region yields in this copy
   */
  public static List<Value> inline(Block block, List<Value> arguments, OpBuilder out) {
    if (arguments.size() != block.arguments().size()) {
      throw new IllegalArgumentException(
          arguments.size() + " values for " + block.arguments().size() + " arguments");
    }
    RegionCopy copy = new RegionCopy(out);
    for (int i = 0; i < arguments.size(); i++) {
      if (!block.arguments().get(i).equals(arguments.get(i))) {
        copy.copies.replace(block.arguments().get(i), arguments.get(i));
      }
    }
    List<Value> yielded = List.of();
    for (Op op : block.ops()) {
      if (op instanceof Op.Yield yield) {
        yielded = copy.copies.of(yield.values());
      } else {
        out.add(copy.op(op));
      }
    }
    return yielded;
  }

  /** Writes a copy of an operation over the given operands. */
  public static Op op(Op op, List<Value> operands, OpBuilder out) {
    RegionCopy copy = new RegionCopy(out);
    Op over = op.with(operands, op.results(), op.regions());
    return out.add(copy.op(over));
  }

  /** A copy of a region over fresh arguments. */
  public static Block block(Block block, OpBuilder out) {
    return new RegionCopy(out).block(block);
  }

  private Block block(Block block) {
    List<Value> arguments = block.arguments().stream().map(this::fresh).toList();
    return new Block(arguments, block.ops().stream().map(this::op).toList());
  }

  private Op op(Op op) {
    List<Value> operands = copies.of(op.operands());
    List<Block> regions = op.regions().stream().map(this::block).toList();
    List<Value> results = op.results().stream().map(this::fresh).toList();
    return op.with(operands, results, regions);
  }

  private Value fresh(Value original) {
    Value copy = out.fresh(original.type());
    copies.replace(original, copy);
    return copy;
  }
}
