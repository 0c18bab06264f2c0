package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.KernelFunction;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Arefs in every schedule of small programs. */
class ArefExplorationTest {
  private static final int ITEMS = 7;

  /**
   * A consumer that holds slots while it asks for the next one needs a ring of one slot more;
   * whether the program ends depends on nothing else, and then its results on nothing at all.
   */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 2", "1, 3", "1, 4", "2, 1", "2, 2", "2, 3", "2, 4"})
  void deadlockIsExactlyADepthOfTheSlotsHeld(int consumers, int depth) {
    for (int held = 0; held < 4; held++) {
      KernelFunction f = RingPrograms.ring(consumers, depth, held, ITEMS);
      Arguments arguments = RingPrograms.arguments(consumers, ITEMS);
      var all = new Interpreter.Exploration.Exhaustive(1_000_000);
      if (depth <= held) {
        InterpreterException e =
            assertThrows(InterpreterException.class, () -> Interpreter.explore(f, arguments, all));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("deadlock in block (0, 0, 0):"), message);
      } else {
        Interpreter.Explored explored = Interpreter.explore(f, arguments, all);
        assertTrue(explored.complete());
        HostTensor y = Objects.requireNonNull(arguments.tensors().get("y"));
        int part = ITEMS * RingPrograms.ELEMENTS;
        for (int i = 0; i < consumers * part; i++) {
          assertEquals(100 + i % part + i / part, y.get(i));
        }
      }
    }
  }
}
