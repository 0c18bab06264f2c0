package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import java.util.HashMap;
import java.util.Map;

/**
 * Operations that move no element to another thread: which register of the operand each register of
 * the result is.
 *
 * <p>Both sides number the operand's elements row by row. Staged form promises that a thread holds
 * the same elements on both sides, so that the thread's part of the numbers is the same function;
 * what is left is to match the registers' numbers.
 */
final class Renaming {
  private final Expansion expansion;

  Renaming(Expansion expansion) {
    this.expansion = expansion;
  }

  int[] convertLayout(Op.ConvertLayout op) {
    return match(op, numbers(op, op.x()), numbers(op, op.result()));
  }

  int[] reshape(Op.Reshape op) {
    return match(op, numbers(op, op.x()), numbers(op, op.result()));
  }

  int[] transpose(Op.Transpose op) {
    long[] strides = rowStrides(shape(op.x()));
    long[] permuted = op.permutation().stream().mapToLong(d -> strides[d]).toArray();
    return match(op, numbers(op, op.x()), numbers(op, op.result(), permuted));
  }

  int[] broadcast(Op.Broadcast op) {
    long[] from = shape(op.x());
    long[] strides = rowStrides(from);
    for (int d = 0; d < from.length; d++) {
      if (from[d] == 1) {
        strides[d] = 0;
      }
    }
    return match(op, numbers(op, op.x()), numbers(op, op.result(), strides));
  }

  static long[] shape(Value tile) {
    return tile.tile().shape().stream().mapToLong(Integer::longValue).toArray();
  }

  static long[] rowStrides(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int d = shape.length - 1; d >= 0; d--) {
      strides[d] = stride;
      stride *= shape[d];
    }
    return strides;
  }

  private IndexMap numbers(Op op, Value tile) {
    return numbers(op, tile, rowStrides(shape(tile)));
  }

  /** For every register, {@code Σ coordinate · stride}. */
  IndexMap numbers(Op op, Value tile, long[] strides) {
    Layout memory = Layout.strided(shape(tile), strides);
    return IndexMap.of(memory.compose(expansion.layout(op, tile)).orThrow(), Axis.OFFSET);
  }

  /** For every register of {@code to} the register of {@code from} with the same number. */
  static int[] match(Op op, IndexMap from, IndexMap to) {
    String contract = "a thread holds the same elements before and after " + name(op);
    if (!from.sameThreads(to)) {
      throw new StagedFormException(
          op, contract, "threads contribute " + from.thread() + " and " + to.thread());
    }
    Map<Long, Integer> registers = new HashMap<>();
    for (int i = 0; i < from.registers().length; i++) {
      registers.putIfAbsent(from.registers()[i], i);
    }
    int[] order = new int[to.registers().length];
    for (int i = 0; i < order.length; i++) {
      Integer register = registers.get(to.registers()[i]);
      if (register == null) {
        throw new StagedFormException(
            op, contract, "no register holds element " + to.registers()[i] + " before");
      }
      order[i] = register;
    }
    return order;
  }

  private static String name(Op op) {
    return op.getClass().getSimpleName();
  }
}
