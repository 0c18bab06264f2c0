package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.thread.SpecialRegister;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.Sum;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Operations that move no element to another thread: which register of the operand each register of
 * the result is.
 *
 * <p>Both sides number the operand's elements row by row. Where threads contribute the same to the
 * numbers on both sides, what is left is to match the registers' numbers. Where the operand is
 * replicated and the result is not, the register depends on the thread: a selection for each bit of
 * the lane's or warp's number that the sides treat differently.
 */
final class Renaming {
  private final Expansion expansion;

  Renaming(Expansion expansion) {
    this.expansion = expansion;
  }

  Registers convertLayout(Op.ConvertLayout op) {
    return renamed(op, op.x(), numbers(op, op.result(), rowStrides(shape(op.x()))));
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
    Map<Long, Slot> slots = new HashMap<>();
    for (int i = 0; i < from.registers().length; i++) {
      slots.putIfAbsent(from.registers()[i], tile.slots().get(i));
    }
    List<Choice> choices = choices(op, from, to);
    Map<Long, Slot> chosen = new HashMap<>();
    List<Slot> renamed = new ArrayList<>();
    for (long number : to.registers()) {
      Slot slot = chosen.get(number);
      if (slot == null) {
        slot = choose(op, slots, number, choices);
        chosen.put(number, slot);
      }
      renamed.add(slot);
    }
    return new Registers(renamed);
  }

  /**
   * A bit of the thread's number on which it depends which register is meant.
   *
   * @param step what the bit adds to the number that is looked for
   */
  private record Choice(int bit, long step) {}

  private List<Choice> choices(Op op, IndexMap from, IndexMap to) {
    if (from.sameThreads(to)) {
      return List.of();
    }
    int lanes = expansion.target().lanes();
    int warps = expansion.warps();
    boolean linear = from.sum() == Sum.INTEGER && to.sum() == Sum.INTEGER;
    if (!linear || Integer.bitCount(warps) != 1) {
      throw broken(op, "threads contribute " + from.thread() + " and " + to.thread());
    }
    List<Choice> choices = new ArrayList<>();
    for (int bit = 1; bit < lanes * warps; bit <<= 1) {
      Axis axis = bit < lanes ? Axis.LANE : Axis.WARP;
      long number = bit < lanes ? bit : bit / lanes;
      long step = to.contribution(axis, number) - from.contribution(axis, number);
      if (step != 0) {
        choices.add(new Choice(bit, step));
      }
    }
    return choices;
  }

  private Slot choose(Op op, Map<Long, Slot> slots, long number, List<Choice> choices) {
    if (choices.isEmpty()) {
      Slot slot = slots.get(number);
      if (slot == null) {
        throw broken(op, "no register of the operand holds its element " + number);
      }
      return slot;
    }
    Choice choice = choices.getLast();
    List<Choice> others = choices.subList(0, choices.size() - 1);
    Slot clear = choose(op, slots, number, others);
    Slot set = choose(op, slots, number + choice.step(), others);
    Code code = expansion.code();
    ThreadValue isClear =
        code.equal(code.and(code.special(SpecialRegister.THREAD), choice.bit()), 0);
    return new Slot(
        code.ops().select(isClear, clear.scalar(code.ops()), set.scalar(code.ops())), 0);
  }

  private static StagedFormException broken(Op op, String found) {
    return new StagedFormException(
        op,
        op.getClass().getSimpleName()
            + " moves nothing between threads: each holds what its result needs",
        found);
  }
}
