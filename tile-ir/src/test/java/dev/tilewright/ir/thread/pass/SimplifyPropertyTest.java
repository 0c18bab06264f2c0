package dev.tilewright.ir.thread.pass;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.thread.ThreadEvaluator;
import dev.tilewright.ir.thread.ThreadFunction;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Simplified or not, a function leaves the same bytes in memory, and executes the same asynchronous
 * operations in the same order.
 */
class SimplifyPropertyTest {

  private record Effects(byte[] global, byte[] shared, List<String> executed) {}

  private static Effects run(ThreadFunction function, long seed, int thread) {
    Random random = new Random(seed);
    byte[] global = new byte[RandomThreadFunctions.GLOBAL_BYTES];
    byte[] shared = new byte[RandomThreadFunctions.SHARED_BYTES];
    random.nextBytes(global);
    random.nextBytes(shared);
    ThreadEvaluator evaluator = new ThreadEvaluator(global, shared, thread, 3);
    evaluator.run(function, RandomThreadFunctions.arguments(seed));
    return new Effects(global, shared, evaluator.executed());
  }

  @Property(tries = 400)
  void computesTheSame(@ForAll long seed) {
    ThreadFunction function = RandomThreadFunctions.function(seed);
    ThreadFunction simplified = Simplify.run(function);
    int thread = new Random(seed).nextInt(128);
    Effects before = run(function, seed, thread);
    Effects after = run(simplified, seed, thread);
    assertArrayEquals(before.global(), after.global());
    assertArrayEquals(before.shared(), after.shared());
    assertEquals(before.executed(), after.executed());
  }

  @Property(tries = 50)
  void isDeterministic(@ForAll long seed) {
    assertEquals(
        Simplify.run(RandomThreadFunctions.function(seed)),
        Simplify.run(RandomThreadFunctions.function(seed)));
  }
}
