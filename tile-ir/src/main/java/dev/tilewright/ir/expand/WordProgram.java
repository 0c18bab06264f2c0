package dev.tilewright.ir.expand;

import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import dev.tilewright.layout.analysis.RegisterProgram;
import dev.tilewright.layout.analysis.RegisterProgram.Step;
import java.util.ArrayList;
import java.util.List;

/** A {@link RegisterProgram} as thread IR. */
final class WordProgram {
  private WordProgram() {}

  /**
   * The outputs of a program.
   *
   * @param inputs {@code u32}, as many as the program has
   */
  static List<ThreadValue> run(
      RegisterProgram program, List<ThreadValue> inputs, ThreadBuilder ops) {
    List<ThreadValue> words = new ArrayList<>(inputs);
    for (Step step : program.steps()) {
      words.add(
          switch (step) {
            case Step.Permute(int low, int high, int selector) ->
                ops.permute(words.get(low), words.get(high), selector);
            case Step.Shift(int word, int left) ->
                ops.binary(
                    left < 0 ? BinaryKind.SHR : BinaryKind.SHL,
                    words.get(word),
                    constant(ops, Math.abs(left)));
            case Step.Merge(int masked, int rest, int mask) ->
                ops.binary(
                    BinaryKind.OR,
                    ops.binary(BinaryKind.AND, words.get(masked), constant(ops, mask)),
                    ops.binary(BinaryKind.AND, words.get(rest), constant(ops, ~mask)));
          });
    }
    return program.outputs().stream().map(words::get).toList();
  }

  private static ThreadValue constant(ThreadBuilder ops, int bits) {
    return ops.constant(ThreadType.U32, Literal.of(Integer.toUnsignedLong(bits)));
  }
}
