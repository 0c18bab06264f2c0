package dev.tilewright.ir.simplify;

import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Uses;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Moves what every iteration computes alike out of loops. What could fail (a division by zero, a
 * stage that does not exist) stays: the loop might not run at all.
 */
public final class LoopInvariants {
  private final Uses uses;

  private LoopInvariants(Uses uses) {
    this.uses = uses;
  }

  public static KernelFunction hoist(KernelFunction function) {
    return function.withBody(new LoopInvariants(Uses.of(function)).block(function.body()));
  }

  private Block block(Block block) {
    List<Op> ops = new ArrayList<>(block.ops().size());
    boolean same = true;
    for (Op op : block.ops()) {
      Op inner = regions(op);
      same &= inner == op;
      if (inner instanceof Op.For || inner instanceof Op.While) {
        List<Op> hoisted = new ArrayList<>();
        inner = hoist(inner, hoisted);
        same &= hoisted.isEmpty();
        ops.addAll(hoisted);
      }
      ops.add(inner);
    }
    return same ? block : new Block(block.arguments(), ops);
  }

  /** Innermost loops first, so that what leaves one can leave the next. */
  private Op regions(Op op) {
    if (op instanceof Op.Reduce || op.regions().isEmpty()) {
      return op;
    }
    List<Block> regions = op.regions().stream().map(this::block).toList();
    for (int i = 0; i < regions.size(); i++) {
      if (regions.get(i) != op.regions().get(i)) {
        return op.with(op.operands(), op.results(), regions);
      }
    }
    return op;
  }

  private Op hoist(Op loop, List<Op> hoisted) {
    List<Block> rest = loop.regions().stream().map(region -> hoist(region, hoisted)).toList();
    return hoisted.isEmpty() ? loop : loop.with(loop.operands(), loop.results(), rest);
  }

  private Block hoist(Block block, List<Op> hoisted) {
    Set<Value> varying = new HashSet<>(block.arguments());
    List<Op> rest = new ArrayList<>();
    for (Op op : block.ops()) {
      boolean invariant =
          op instanceof Op.Pure pure
              && cannotFail(pure)
              && Stream.concat(op.operands().stream(), Traversal.freeValues(op).stream())
                  .noneMatch(varying::contains);
      if (invariant) {
        hoisted.add(op);
      } else {
        varying.addAll(op.results());
        rest.add(op);
      }
    }
    return rest.size() == block.ops().size() ? block : new Block(block.arguments(), rest);
  }

  private boolean cannotFail(Op.Pure op) {
    return switch (op) {
      case Op.Binary binary -> !divides(binary) || isNonZero(binary.y());
      case Op.SharedSlice slice ->
          uses.definition(slice.index()).orElse(null) instanceof Op.Constant;
      case Op.Reduce reduce ->
          Traversal.ops(reduce.combiner())
              .noneMatch(op2 -> op2 instanceof Op.Binary inner && divides(inner));
      case Op.Constant _, Op.Unary _, Op.Fma _, Op.Compare _, Op.Select _, Op.Cast _ -> true;
      case Op.Iota _, Op.Splat _, Op.Extract _ -> true;
      case Op.Broadcast _, Op.Reshape _, Op.View _, Op.Transpose _ -> true;
      case Op.Mma _, Op.ConvertLayout _, Op.ProgramId _ -> true;
    };
  }

  private static boolean divides(Op.Binary op) {
    return (op.kind() == BinaryKind.DIV || op.kind() == BinaryKind.REM)
        && op.x().type().dtype() instanceof IntType;
  }

  private boolean isNonZero(Value divisor) {
    return uses.definition(divisor).orElse(null) instanceof Op.Constant constant
        && !constant.value().equals(Literal.of(0));
  }
}
