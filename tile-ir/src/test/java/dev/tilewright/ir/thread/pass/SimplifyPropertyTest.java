package dev.tilewright.ir.thread.pass;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.thread.ThreadEvaluator;
import dev.tilewright.ir.thread.ThreadFunction;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Simplified or not, a function leaves the same bytes in memory. */
class SimplifyPropertyTest {

  private record Memories(byte[] global, byte[] shared) {}

  private static Memories run(ThreadFunction function, long seed, int thread) {
    Random random = new Random(seed);
    byte[] global = new byte[RandomThreadFunctions.GLOBAL_BYTES];
    byte[] shared = new byte[RandomThreadFunctions.SHARED_BYTES];
    random.nextBytes(global);
    random.nextBytes(shared);
    new ThreadEvaluator(global, shared, thread, 3)
        .run(function, RandomThreadFunctions.arguments(seed));
    return new Memories(global, shared);
  }

  @Property(tries = 400)
  void computesTheSame(@ForAll long seed) {
    ThreadFunction function = RandomThreadFunctions.function(seed);
    ThreadFunction simplified = Simplify.run(function);
    int thread = new Random(seed).nextInt(128);
    Memories before = run(function, seed, thread);
    Memories after = run(simplified, seed, thread);
    assertArrayEquals(before.global(), after.global());
    assertArrayEquals(before.shared(), after.shared());
  }

  @Property(tries = 50)
  void isDeterministic(@ForAll long seed) {
    assertEquals(
        Simplify.run(RandomThreadFunctions.function(seed)),
        Simplify.run(RandomThreadFunctions.function(seed)));
  }
}
