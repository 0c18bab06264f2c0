package dev.tilewright.layout.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RegisterProgramTest {

  private static final int ANY = -1;

  /** The program, after it has been executed on random registers. */
  private static RegisterProgram check(List<Integer> sources, int slots, int bits) {
    RegisterProgram program = RegisterProgram.of(sources, slots, bits);
    Random random = new Random(1);
    int[] registers = IntStream.range(0, program.inputs()).map(i -> random.nextInt()).toArray();
    long[] before = RegisterMachine.unpacked(registers, slots, bits);
    long[] after =
        RegisterMachine.unpacked(RegisterMachine.run(program, registers), sources.size(), bits);
    for (int i = 0; i < after.length; i++) {
      if (sources.get(i) != ANY) {
        assertEquals(before[sources.get(i)], after[i], "slot " + i + " of " + program);
      }
    }
    return program;
  }

  private static List<Integer> count(int slots) {
    return IntStream.range(0, slots).boxed().toList();
  }

  @Test
  void knownPrograms() {
    assertTrue(check(count(16), 16, 8).isFree());
    assertTrue(check(List.of(4, 5, 6, 7, 0, 1, 2, 3), 8, 8).isFree(), "registers change places");
    assertEquals(1, check(List.of(3, 2, 1, 0), 4, 8).cost());
    assertEquals(
        2, check(List.of(0, 4, 1, 5, 2, 6, 3, 7), 8, 8).cost(), "bytes of two interleaved");
    assertEquals(2, check(List.of(0, 2, 1, 3), 4, 16).cost());
    List<Integer> transposed = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      transposed.add(i % 4 * 4 + i / 4);
    }
    assertEquals(8, check(transposed, 16, 8).cost(), "two layers of four");
    assertEquals(
        new RegisterProgram(2, List.of(new RegisterProgram.Step.Permute(0, 1, 0x5410)), List.of(2)),
        check(List.of(0, 1, 4, 5), 8, 8));
    assertEquals(1, check(List.of(2, 3, 0, 1, 6, 7, 4, 5), 8, 4).cost(), "pairs stay together");
    assertEquals(3, check(List.of(1, 0, 3, 2, 5, 4, 7, 6), 8, 4).cost(), "two shifts, one merge");
    assertTrue(RegisterProgram.of(count(3), 3, 64).isFree());
    assertThrows(IllegalArgumentException.class, () -> RegisterProgram.of(count(4), 4, 2));
  }

  /** Any slots from any slots, repetitions and gaps included. */
  @Property
  void programsMoveWhatTheySay(@ForAll long seed) {
    Random random = new Random(seed);
    int bits = 4 << random.nextInt(4);
    int slots = 1 + random.nextInt(40);
    List<Integer> sources = new ArrayList<>();
    for (int i = random.nextInt(40); i >= 0; i--) {
      sources.add(random.nextInt(10) == 0 ? ANY : random.nextInt(slots));
    }
    check(sources, slots, bits);
  }

  /**
   * A permutation of slots costs at most a tree per register, of bytes, and what is linear less.
   */
  @Property
  void sharingNeverCosts(@ForAll long seed) {
    Random random = new Random(seed);
    List<Integer> sources = new ArrayList<>(count(4 * (1 + random.nextInt(8))));
    Collections.shuffle(sources, random);
    long alone = 0;
    for (int word = 0; word < sources.size(); word += 4) {
      alone += RegisterProgram.of(sources.subList(word, word + 4), sources.size(), 8).cost();
    }
    assertTrue(check(sources, sources.size(), 8).cost() <= alone);
  }

  /** Permuted bits of the slot's number: at most two instructions a register, the proven least. */
  @Property
  void bitPermutationsTakeAtMostTwoPerRegister(@ForAll long seed) {
    Random random = new Random(seed);
    int bits = 2 + random.nextInt(4);
    List<Integer> order = new ArrayList<>(count(bits));
    Collections.shuffle(order, random);
    List<Integer> sources = new ArrayList<>();
    for (int slot = 0; slot < 1 << bits; slot++) {
      int source = 0;
      for (int bit = 0; bit < bits; bit++) {
        source |= (slot >> bit & 1) << order.get(bit);
      }
      sources.add(source);
    }
    int registers = (1 << bits) / 4;
    int foreign = (int) order.subList(0, 2).stream().filter(bit -> bit > 1).count();
    boolean inOrder = order.get(0) == 0 && order.get(1) == 1;
    long least = foreign == 2 ? 2L * registers : inOrder ? 0 : registers;
    assertEquals(least, check(sources, sources.size(), 8).cost());
  }

  /**
   * Two registers whose bytes come from three each: three instructions if a word of four bytes of
   * some two registers, or one of the two themselves, leaves one register for each; else four.
   */
  @Property
  void sharedGatheringIsFound(@ForAll long seed) {
    Random random = new Random(seed);
    List<Integer> sources = new ArrayList<>();
    for (int word = 0; word < 2; word++) {
      List<Integer> own = new ArrayList<>();
      for (int register = 0; register < 3; register++) {
        own.add(4 * register + random.nextInt(4));
      }
      own.add(random.nextInt(12));
      Collections.shuffle(own, random);
      sources.addAll(own);
    }
    assertEquals(least(sources.subList(0, 4), sources.subList(4, 8)), check(sources, 12, 8).cost());
  }

  private static long least(List<Integer> first, List<Integer> second) {
    TreeSet<Integer> a = new TreeSet<>(first);
    TreeSet<Integer> b = new TreeSet<>(second);
    if (first.equals(second)) {
      return 2;
    }
    for (int left = 0; left < 3; left++) {
      int out = left;
      TreeSet<Integer> both = new TreeSet<>();
      // Bytes of two registers for each word; the third register is read at the end.
      for (TreeSet<Integer> word : List.of(a, b)) {
        word.stream().filter(slot -> slot / 4 != out).forEach(both::add);
      }
      if (both.size() <= 4) {
        return 3;
      }
    }
    return registersLeft(b, a) <= 1 || registersLeft(a, b) <= 1 ? 3 : 4;
  }

  private static long registersLeft(TreeSet<Integer> wanted, TreeSet<Integer> gathered) {
    return wanted.stream()
        .filter(slot -> !gathered.contains(slot))
        .map(slot -> slot / 4)
        .distinct()
        .count();
  }
}
