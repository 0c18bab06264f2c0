package dev.tilewright.layout.analysis;

import dev.tilewright.layout.analysis.RegisterProgram.Step;
import java.util.ArrayList;
import java.util.List;

/** Executes register programs as the instructions are defined. */
final class RegisterMachine {

  private RegisterMachine() {}

  static int[] run(RegisterProgram program, int[] registers) {
    List<Integer> words = new ArrayList<>();
    for (int i = 0; i < program.inputs(); i++) {
      words.add(registers[i]);
    }
    for (Step step : program.steps()) {
      words.add(
          switch (step) {
            case Step.Permute(int low, int high, int selector) ->
                permute(words.get(low), words.get(high), selector);
            case Step.Shift(int word, int left) ->
                left < 0 ? words.get(word) >>> -left : words.get(word) << left;
            case Step.Merge(int masked, int rest, int mask) ->
                words.get(masked) & mask | words.get(rest) & ~mask;
          });
    }
    return program.outputs().stream().mapToInt(words::get).toArray();
  }

  private static int permute(int low, int high, int selector) {
    long both = Integer.toUnsignedLong(high) << 32 | Integer.toUnsignedLong(low);
    int result = 0;
    for (int i = 0; i < 4; i++) {
      int chosen = selector >> 4 * i & 7;
      result |= (int) (both >> 8 * chosen & 0xFF) << 8 * i;
    }
    return result;
  }

  /** Slot by slot, the content of packed registers. */
  static long[] unpacked(int[] registers, int slots, int bits) {
    long[] values = new long[slots];
    for (int s = 0; s < slots; s++) {
      values[s] = (long) registers[s * bits / 32] >> s * bits % 32 & (1L << bits) - 1;
    }
    return values;
  }

  static int[] packed(long[] values, int bits) {
    int[] registers = new int[Math.ceilDiv(values.length * bits, 32)];
    for (int s = 0; s < values.length; s++) {
      registers[s * bits / 32] |= (int) (values[s] << s * bits % 32);
    }
    return registers;
  }
}
