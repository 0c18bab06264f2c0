package dev.tilewright.ir.expand;

import dev.tilewright.ir.Op;
import dev.tilewright.ir.expand.Registers.Lane;
import dev.tilewright.ir.expand.Registers.Slot;
import dev.tilewright.ir.target.MmaInstruction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.Axis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code mma} on tiles: one matrix instruction for every fragment of the warp's part of the result
 * and every step along k.
 *
 * <p>The steps along k are outermost, so that two instructions on one accumulator are as far apart
 * as can be; rows go down and columns there and back, so that neighbours share one operand.
 */
final class MatrixMultiply {
  private final Expansion expansion;

  MatrixMultiply(Expansion expansion) {
    this.expansion = expansion;
  }

  Registers expand(Op.Mma op) {
    MmaInstruction instruction = instruction(op);
    Fragments a = Fragments.of(op, expansion.layout(op, op.a()), instruction.aLayout());
    Fragments b = Fragments.of(op, expansion.layout(op, op.b()), instruction.bLayout());
    Fragments c = Fragments.of(op, expansion.layout(op, op.acc()), instruction.cLayout());
    check(op, a, b, c);

    Operand left = new Operand(a, expansion.values().tile(op.a()));
    Operand right = new Operand(b, expansion.values().tile(op.b()));
    Operand accumulator = new Operand(c, expansion.values().tile(op.acc()));
    for (long k : a.columnStarts()) {
      boolean back = false;
      for (long row : c.rowStarts()) {
        for (long column : back ? c.columnStarts().reversed() : c.columnStarts()) {
          accumulator.set(
              row,
              column,
              instruct(
                  op, left.words(row, k), right.words(k, column), accumulator.words(row, column)));
        }
        back = !back;
      }
    }
    return accumulator.result();
  }

  private MmaInstruction instruction(Op.Mma op) {
    String name =
        op.instruction()
            .orElseThrow(
                () -> new StagedFormException(op, "Mma has an instruction", "this one has none"));
    return expansion
        .target()
        .mma(name)
        .orElseThrow(
            () ->
                new StagedFormException(
                    op,
                    "the instruction of Mma is one of the target's",
                    expansion.target().name() + " has no " + name));
  }

  private void check(Op.Mma op, Fragments a, Fragments b, Fragments c) {
    String contract = "the warps that hold a part of the result hold the operands of that part";
    if (!a.rowStarts().equals(c.rowStarts())
        || !b.columnStarts().equals(c.columnStarts())
        || !a.columnStarts().equals(b.rowStarts())) {
      throw new StagedFormException(op, contract, "a warp holds other fragments of them");
    }
    for (long warp = 0; warp < expansion.warps(); warp++) {
      if (a.rows().contribution(Axis.WARP, warp) != c.rows().contribution(Axis.WARP, warp)
          || b.columns().contribution(Axis.WARP, warp) != c.columns().contribution(Axis.WARP, warp)
          || a.columns().contribution(Axis.WARP, warp) != 0
          || b.rows().contribution(Axis.WARP, warp) != 0) {
        throw new StagedFormException(op, contract, "warp " + warp + " does not");
      }
    }
    if (!expansion.layout(op, op.acc()).equals(expansion.layout(op, op.result()))) {
      throw new StagedFormException(
          op, "the accumulator and the result of Mma have equal layouts", "they differ");
    }
  }

  private List<ThreadValue> instruct(
      Op.Mma op, List<ThreadValue> a, List<ThreadValue> b, List<ThreadValue> c) {
    List<ThreadValue> results = c.stream().map(word -> expansion.ops().fresh(word.type())).toList();
    expansion
        .ops()
        .add(new ThreadOp.Mma(op.instruction().orElseThrow(), results, a, b, c, op.location()));
    return results;
  }

  /** A tile in the words that the instruction takes, packed when they are first asked for. */
  private final class Operand {
    private final Fragments fragments;
    private final Registers tile;
    private final int perWord;
    private final Map<List<Long>, List<ThreadValue>> words = new HashMap<>();

    Operand(Fragments fragments, Registers tile) {
      this.fragments = fragments;
      this.tile = tile;
      this.perWord = Math.max(1, 32 / tile.dtype().bits());
    }

    List<ThreadValue> words(long row, long column) {
      return words.computeIfAbsent(
          List.of(row, column), _ -> pack(fragments.registers(row, column)));
    }

    private List<ThreadValue> pack(List<Integer> registers) {
      List<ThreadValue> packed = new ArrayList<>();
      for (int at = 0; at < registers.size(); at += perWord) {
        packed.add(tile.packed(expansion.ops(), registers.subList(at, at + perWord)));
      }
      return packed;
    }

    void set(long row, long column, List<ThreadValue> newWords) {
      words.put(List.of(row, column), newWords);
    }

    /** The tile with all words that have been set; replicated registers follow the first. */
    Registers result() {
      Map<List<Long>, Slot> slots = new HashMap<>();
      words.forEach(
          (start, packed) -> {
            List<Integer> registers = fragments.registers(start.get(0), start.get(1));
            for (int i = 0; i < registers.size(); i++) {
              slots.put(
                  coordinates(registers.get(i)), new Lane(packed.get(i / perWord), i % perWord));
            }
          });
      Slot[] all = new Slot[tile.count()];
      Arrays.setAll(all, register -> slots.get(coordinates(register)));
      return new Registers(List.of(all));
    }

    private List<Long> coordinates(int register) {
      return List.of(
          fragments.rows().registers()[register], fragments.columns().registers()[register]);
    }
  }
}
