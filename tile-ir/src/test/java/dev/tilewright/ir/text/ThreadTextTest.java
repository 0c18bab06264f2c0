package dev.tilewright.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.ir.random.RandomThreads;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadPrinter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ThreadTextTest {

  @Property
  void whatIsPrintedParsesBackEqual(@ForAll long seed, @ForAll @IntRange(max = 40) int size) {
    ThreadFunction f = RandomThreads.function(seed, size);
    String text = ThreadPrinter.print(f);
    assertEquals(f, ThreadParser.parse(text), text);
    String bare = ThreadPrinter.printWithoutLocations(f);
    assertEquals(bare, ThreadPrinter.print(ThreadParser.parse(bare)));
  }

  @Test
  void randomFunctionsHaveEveryOperation() {
    Set<Class<?>> seen = new HashSet<>();
    for (long seed = 0; seed < 100; seed++) {
      collect(RandomThreads.function(seed, 40).body(), seen);
    }
    Set<Class<?>> all = new HashSet<>();
    Arrays.stream(ThreadOp.class.getDeclaredClasses()).filter(Class::isRecord).forEach(all::add);
    assertEquals(all, seen);
  }

  private static void collect(ThreadBlock block, Set<Class<?>> seen) {
    for (ThreadOp op : block.ops()) {
      seen.add(op.getClass());
      op.regions().forEach(region -> collect(region, seen));
    }
  }

  @Test
  void itReadsLikeThis() {
    String text =
        """
        thread @copy(
            %0 = pointer "x" : i64,
            %1 = stride "x" 0 : i64,
            %2 = dim "m" : i32
        ) launch(target "sm_80", threads 128, shared 4096) {
          %3 = special thread : i32
          %4 = compare lt %3, %2 : i1
          %5 = constant 0.0 : f16x8
          %6 = global_load [%0 + 16] when %4 : f16x8 loc("Copy.java":12 in "demo.Copy")
          %7, %8 = load_matrix transposed [%3] : f16x2, f16x2
          async_copy 16 [%0] to [%3 + 512] bytes %2 when %4
          async_commit
          async_wait 0
          barrier
          %9, %10 = mma "mma.m16n8k8" (%7) (%8) (%5, %6) : f32, f32
          %11 = for %12 = %3 to %2 step %3 carry (%13 = %6) : f16x8 {
            yield %13
          }
          if %4 {
            shared_store %11 to [%3]
            yield
          }
        }
        """;
    assertEquals(text, ThreadPrinter.print(ThreadParser.parse(text)));
  }

  @Test
  void errorsNameThePlace() {
    ParseException e =
        assertThrows(
            ParseException.class,
            () ->
                ThreadParser.parse(
                    """
                    thread @f() launch(target "sm_80", threads 32, shared 0) {
                      %0 = constant 1.0 : f32x8
                    }
                    """));
    assertEquals(
        "2:23: no thread type f32x8; expected lanes that fit 128 bits, such as f16x8",
        e.getMessage());
    ParseException other =
        assertThrows(ParseException.class, () -> ThreadParser.parse("thread @f() {"));
    assertEquals("1:13: expected 'launch', found '{'", other.getMessage());
  }
}
