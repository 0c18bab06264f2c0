package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Operations that move no element to another thread: which register of the operand each register of
 * the result is.
 *
 * <p>Both sides number the operand's elements row by row. Staged form promises that registers are
 * renumbered the same way in every thread, so that threads contribute the same to the numbers on
 * both sides; what is left is to match the registers' numbers.
 */
final class Renaming {
  private final Expansion expansion;

  Renaming(Expansion expansion) {
    this.expansion = expansion;
  }

  Registers reshape(Op.Reshape op) {
    return renamed(op, op.x(), numbers(op, op.result(), rowStrides(shape(op.result()))));
  }

  Registers transpose(Op.Transpose op) {
    long[] strides = rowStrides(shape(op.x()));
    long[] permuted = op.permutation().stream().mapToLong(d -> strides[d]).toArray();
    return renamed(op, op.x(), numbers(op, op.result(), permuted));
  }

  Registers broadcast(Op.Broadcast op) {
    long[] from = shape(op.x());
    long[] strides = rowStrides(from);
    for (int d = 0; d < from.length; d++) {
      if (from[d] == 1) {
        strides[d] = 0;
      }
    }
    return renamed(op, op.x(), numbers(op, op.result(), strides));
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

  /** For every register, {@code Σ coordinate · stride}. */
  IndexMap numbers(Op op, Value tile, long[] strides) {
    Layout memory = Layout.strided(shape(tile), strides);
    return IndexMap.of(memory.compose(expansion.layout(op, tile)).orThrow(), Axis.OFFSET);
  }

  private Registers renamed(Op op, Value operand, IndexMap to) {
    IndexMap from = numbers(op, operand, rowStrides(shape(operand)));
    return renamed(op, expansion.values().tile(operand), from, to);
  }

  /**
   * The registers of {@code tile} that have the numbers of {@code to}.
   *
   * @param from the numbers of the tile's registers
   */
  Registers renamed(Op op, Registers tile, IndexMap from, IndexMap to) {
    if (!from.sameThreads(to)) {
      throw broken(op, "threads contribute " + from.thread() + " and " + to.thread());
    }
    Map<Long, Slot> slots = new HashMap<>();
    for (int i = 0; i < from.registers().length; i++) {
      slots.putIfAbsent(from.registers()[i], tile.slots().get(i));
    }
    List<Slot> renamed = new ArrayList<>();
    for (long number : to.registers()) {
      Slot slot = slots.get(number);
      if (slot == null) {
        throw broken(op, "no register of the operand holds its element " + number);
      }
      renamed.add(slot);
    }
    return new Registers(renamed);
  }

  private static StagedFormException broken(Op op, String found) {
    return new StagedFormException(
        op,
        op.getClass().getSimpleName() + " renumbers registers, the same way in every thread",
        found);
  }
}
