package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ParallelCopyTest {

  /** Runs the moves one after the other on registers that hold their own names. */
  private static Map<String, String> run(String text) {
    Map<String, String> held = new HashMap<>();
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split("[ ,;]+");
      held.put(words[1], held.getOrDefault(words[2], words[2]));
    }
    return held;
  }

  @Property
  void allMovesHappenAtOnce(@ForAll long seed) {
    Random random = new Random(seed);
    int size = 1 + random.nextInt(8);
    List<Integer> targets = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      targets.add(i);
    }
    Collections.shuffle(targets, random);
    List<ParallelCopy.Move> moves = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      String from = random.nextInt(6) == 0 ? "7" : "%x" + random.nextInt(size);
      moves.add(new ParallelCopy.Move(RegisterKind.B32, "%x" + targets.get(i), from));
    }
    Code code = new Code();
    ParallelCopy.write(code, moves);
    Map<String, String> held = run(code.toString());
    for (ParallelCopy.Move move : moves) {
      assertEquals(move.from(), held.getOrDefault(move.to(), move.to()));
    }
  }

  @Test
  void aSwapNeedsOneRegisterMore() {
    Code code = new Code();
    ParallelCopy.write(
        code,
        List.of(
            new ParallelCopy.Move(RegisterKind.F32, "%f10", "%f11"),
            new ParallelCopy.Move(RegisterKind.F32, "%f11", "%f10")));
    assertEquals(3, code.toString().lines().count());
  }
}
