package dev.tilewright.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.ir.random.RandomThreads;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBlock;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadPrinter;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
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
    Stream.of(ThreadOp.class, AsyncThreadOp.class)
        .flatMap(c -> Arrays.stream(c.getDeclaredClasses()))
        .filter(Class::isRecord)
        .forEach(all::add);
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
  void rolesReadLikeThis() {
    String text =
        """
        thread @roles(
            %0 = tensor_map "x" order (1, 0) box (64, 128) swizzle 128 : i64,
            %1 = dim "m" : i32
        ) launch(target "sm_90a", threads 256, shared 65536, cluster 2) {
          %2 = constant 0 : i32
          mbarrier_init [%2 + 8] count 1
          fence_mbarrier_init
          cluster_arrive relaxed
          cluster_wait
          roles warps 4 {
            set_max_registers decrease 24
            single {
              mbarrier_wait [%2] parity %1
              mbarrier_expect [%2 + 8] bytes 16384
              bulk_load %0 (%2, %1) to [%2 + 1024] barrier [%2 + 8] multicast %1
              yield
            }
            yield
          } warps 4 {
            %3 = matrix_descriptor [%2 + 1024] bits 4611686293305360384 : i64
            %4 = constant 0.0 : f32
            group_mma_fence
            %5, %6 = group_mma "wgmma.m64n8k16.f32.f16.f16" (%3) %3 () transpose_b : f32, f32
            group_mma_commit
            %7, %8 = group_mma_wait 0 %5, %6 : f32, f32
            group_mma_wait 0
            warp_leader {
              mbarrier_arrive [%2] rank %1
              yield
            }
            store_matrix transposed %7 to [%2 + 1024]
            fence_proxy_async
            barrier 1 threads 128
            single {
              bulk_store [%2 + 1024] to %0 (%2, %1)
              bulk_commit
              bulk_wait 0 read
              yield
            }
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
