package dev.tilewright.layout.analysis;

import java.util.List;

/**
 * How one thread rearranges elements that are packed in 32-bit registers: a straight line of
 * instructions. Words are numbered: first the inputs, then the result of each step.
 *
 * @param inputs the number of registers at the start
 * @param steps the instructions; step {@code i} makes word {@code inputs + i}
 * @param outputs for every register wanted the word that it is
 */
public record RegisterProgram(int inputs, List<Step> steps, List<Integer> outputs) {

  public RegisterProgram {
    steps = List.copyOf(steps);
    outputs = List.copyOf(outputs);
  }

  /** One instruction on words. */
  public sealed interface Step {

    /**
     * Any four bytes of two words ({@code prmt.b32}, PTX ISA 9.7.8.7).
     *
     * @param low the word of the bytes 0 to 3
     * @param high the word of the bytes 4 to 7
     * @param selector for every byte of the result, lowest first, four bits that number the byte it
     *     is
     */
    record Permute(int low, int high, int selector) implements Step {}

    /**
     * A word shifted by whole bits, zeros moving in ({@code shl.b32}, {@code shr.b32}).
     *
     * @param left how far to the left; negative to the right
     */
    record Shift(int word, int left) implements Step {}

    /**
     * The bits of one word under a mask, the others from another word ({@code lop3.b32}).
     *
     * @param masked the word of the bits in the mask
     * @param rest the word of the others
     */
    record Merge(int masked, int rest, int mask) implements Step {}
  }

  /** The number of instructions. */
  public long cost() {
    return steps.size();
  }

  /** Whether registers are only renumbered. */
  public boolean isFree() {
    return steps.isEmpty();
  }

  /**
   * A program that puts elements into registers, near the fewest instructions.
   *
   * <p>Slot {@code s} of {@code b} bits lies in register {@code s·b / 32} at bit {@code s·b % 32}.
   * A register whose bytes come from one or two registers takes one permute, from three or four two
   * or three; of these the first ones gather bytes for as many registers as they have room for, so
   * that the transpose of four by four bytes takes eight.
   *
   * @param sources for every slot wanted the slot that it is, -1 where it does not matter
   * @param slots the number of slots at the start
   * @param elementBits 4, 8, 16, or at least 32: then a register holds one element whatever its
   *     width
   */
  public static RegisterProgram of(List<Integer> sources, int slots, int elementBits) {
    return PermuteSearch.search(sources, slots, elementBits);
  }
}
