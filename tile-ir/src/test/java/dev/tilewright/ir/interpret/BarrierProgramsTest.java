package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.text.HandWritten;
import dev.tilewright.ir.text.Parser;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs after {@code LowerAsync}: barriers, phases, bytes, products that are waited for. */
class BarrierProgramsTest {

  /** {@link RingPrograms} of one consumer, in barriers: slot i mod depth, parity of i div depth. */
  private static String ring(int depth, int items) {
    return """
    kernel @ring(
      %x = in x [ALL] unit 0 align 16 : tensor<i32, rank 1>,
      %y = out y [ALL] unit 0 align 16 : tensor<i32, rank 1>
    ) grid (1) {
      %0 = constant 0 : i32
      %1 = constant 1 : i32
      %2 = constant 2 : i32
      %n = constant ITEMS : i32
      %depth = constant DEPTH : i32
      %ring = shared_alloc : shared<DEPTHx2xi32>
      %full = mbarrier_create arrivals 1 : mbarriers<DEPTH>
      %empty = mbarrier_create arrivals 4 : mbarriers<DEPTH>
      roles {
        role "producer" warps 4 single {
          for %i = %0 to %n step %1 {
            %slot = rem %i, %depth : i32
            %round = div %i, %depth : i32
            %next = add %round, %1 : i32
            %parity = rem %next, %2 : i32
            %p = mul %i, %2 : i32
            mbarrier_wait %empty[%slot] parity %parity
            mbarrier_expect %full[%slot] bytes 8
            %s = shared_slice %ring[%slot] : shared<2xi32>
            bulk_load %x[%p] to %s counted_by %full[%slot]
            yield
          }
          yield
        }
        role "consumer" warps 4 {
          for %j = %0 to %n step %1 {
            %slot2 = rem %j, %depth : i32
            %round2 = div %j, %depth : i32
            %parity2 = rem %round2, %2 : i32
            %p2 = mul %j, %2 : i32
            mbarrier_wait %full[%slot2] parity %parity2
            %s2 = shared_slice %ring[%slot2] : shared<2xi32>
            %t = shared_load %s2 : tile<2xi32>
            store %t to %y[%p2]
            mbarrier_arrive %empty[%slot2]
            yield
          }
          yield
        }
      }
    }
    """
        .replace("ALL", "" + 2 * items)
        .replace("ITEMS", "" + items)
        .replace("DEPTH", "" + depth);
  }

  private static HostTensor explore(String text, int items) {
    Arguments arguments = RingPrograms.arguments(1, items);
    Interpreter.Explored explored =
        Interpreter.explore(
            Parser.parse(text), arguments, new Interpreter.Exploration.Exhaustive(100_000));
    assertTrue(explored.complete());
    return Objects.requireNonNull(arguments.tensors().get("y"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void slotsAndParitiesCarryARing(int depth) {
    int items = 7;
    HostTensor y = explore(ring(depth, items), items);
    for (int i = 0; i < 2 * items; i++) {
      assertEquals(100 + i, y.get(i));
    }
  }

  /** Each change of the ring breaks it, and some schedule shows it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          mbarrier_wait %empty[%slot] parity %parity | | 'mbarrier_expect %full[%slot] bytes 8' in block (0, 0, 0) arrives 1 times at %full[0], whose phase 0 lacks 0 of 1 arrivals
          mbarrier_wait %full[%slot2] parity %parity2 | | '%t = shared_load %s2 : tile<2xi32>' in block (0, 0, 0) reads element [0, 0], which nothing has written since it was allocated
          mbarrier_arrive %empty[%slot2] | | deadlock in block (0, 0, 0):#  role 'producer' waits in 'mbarrier_wait %empty[%slot] parity %parity': for parity 0; phase 0 of %empty[0] lacks 4 of 4 arrivals#  role 'consumer' waits in 'mbarrier_wait %full[%slot2] parity %parity2': for parity 1; phase 1 of %full[0] lacks 1 of 1 arrivals
          bytes 8 | bytes 12 | deadlock in block (0, 0, 0):#  role 'producer' waits in 'mbarrier_wait %empty[%slot] parity %parity': for parity 0; phase 0 of %empty[0] lacks 4 of 4 arrivals#  role 'consumer' waits in 'mbarrier_wait %full[%slot2] parity %parity2': for parity 0; phase 0 of %full[0] lacks 0 of 1 arrivals and 4 bytes
          mbarrier_expect %full[%slot] bytes 8 | | deadlock in block (0, 0, 0):#  role 'producer' waits in 'mbarrier_wait %empty[%slot] parity %parity': for parity 0; phase 0 of %empty[0] lacks 4 of 4 arrivals#  role 'consumer' waits in 'mbarrier_wait %full[%slot2] parity %parity2': for parity 0; phase 0 of %full[0] lacks 1 of 1 arrivals and -8 bytes
          arrivals 4 | arrivals 3 | 'mbarrier_arrive %empty[%slot2]' in block (0, 0, 0) arrives 4 times at %empty[0], whose phase 0 lacks 3 of 3 arrivals
          arrivals 4 | arrivals 8 | deadlock in block (0, 0, 0):#  role 'producer' waits in 'mbarrier_wait %empty[%slot] parity %parity': for parity 0; phase 0 of %empty[0] lacks 4 of 8 arrivals#  role 'consumer' waits in 'mbarrier_wait %full[%slot2] parity %parity2': for parity 1; phase 1 of %full[0] lacks 1 of 1 arrivals
          %ring[%slot2] | %ring[%0] | '%t = shared_load %s2 : tile<2xi32>' in block (0, 0, 0) reads element [0, 0], which 'bulk_load %x[%p] to %s counted_by %full[%slot]' may still be writing; nothing has waited for its bytes
          """)
  void eachPartIsNeeded(String part, String replacement, String message) {
    String broken = ring(2, 5).replace(part, replacement == null ? "" : replacement);
    InterpreterException e = assertThrows(InterpreterException.class, () -> explore(broken, 5));
    String found = HandWritten.named(broken, String.valueOf(e.getMessage())).replace("\n", "#");
    assertEquals(message, found);
  }

  // ---------------------------------------------------------------- products

  private static final String PRODUCT =
      """
      kernel @product(
        %x = in x [2, 2] unit 1 align 4 : tensor<f16, rank 2>,
        %y = out y [2, 2] unit 1 align 4 : tensor<f16, rank 2>
      ) grid (1) {
        %0 = constant 0 : i32
        %s = shared_alloc : shared<2x2xf16>
        %t = load %x[%0, %0] fill 0.0 : tile<2x2xf16>
        %zeros = constant 0.0 : tile<2x2xf32>
        shared_store %t to %s
        proxy_fence
        barrier
        %d, %g = mma_async %s, %s transposed, %zeros : tile<2x2xf32>, pending
        %e, %h = mma_async %s, %s, %d : tile<2x2xf32>, pending
        %w = mma_wait %e pending 0 : tile<2x2xf32>
        %c = cast %w nearest_even : tile<2x2xf16>
        store %c to %y[%0, %0]
      }
      """;

  private static HostTensor product(String text) {
    HostTensor x = HostTensor.of(DType.F16, new double[] {1, 2, 3, 4}, 2, 2);
    HostTensor y = HostTensor.zeros(DType.F16, 2, 2);
    Interpreter.run(Parser.parse(text), new Arguments(Map.of(), Map.of("x", x, "y", y)));
    return y;
  }

  @Test
  void productsAccumulate() {
    HostTensor y = product(PRODUCT);
    // x·xᵀ + x·x
    assertEquals(5 + 7, y.get(0, 0));
    assertEquals(11 + 10, y.get(0, 1));
    assertEquals(11 + 15, y.get(1, 0));
    assertEquals(25 + 22, y.get(1, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          proxy_fence | | '%d, %g = mma_async %s, %s transposed, %zeros : tile<2x2xf32>, pending' in block (0, 0, 0) reads element [0, 0], written by 'shared_store %t to %s' with no proxy_fence after it
          barrier | | '%d, %g = mma_async %s, %s transposed, %zeros : tile<2x2xf32>, pending' in block (0, 0, 0) reads element [0, 0], written by 'shared_store %t to %s' with no barrier in between
          %e pending 0 | %e pending 1 | '%w = mma_wait %e pending 1 : tile<2x2xf32>' in block (0, 0, 0) hands on %e, but '%e, %h = mma_async %s, %s, %d : tile<2x2xf32>, pending' may be among the 1 products that have not ended
          cast %w | cast %e | OK
          %w = mma_wait | barrier # shared_store %t to %s # %w = mma_wait | 'shared_store %t to %s' in block (0, 0, 0) writes element [0, 0], which '%d, %g = mma_async %s, %s transposed, %zeros : tile<2x2xf32>, pending' may still be reading
          %w = mma_wait %e pending 0 : tile<2x2xf32> | %w = neg %d : tile<2x2xf32> # mma_wait pending 0 | %d is read in block (0, 0, 0) before '%d, %g = mma_async %s, %s transposed, %zeros : tile<2x2xf32>, pending' has ended; an mma_wait must come before
          """)
  void waitsAndFencesAreNeeded(String part, String replacement, String message) {
    String broken =
        PRODUCT.replace(part, replacement == null ? "" : replacement.replace(" # ", "\n"));
    if (message.equals("OK")) {
      product(broken);
      return;
    }
    InterpreterException e = assertThrows(InterpreterException.class, () -> product(broken));
    assertEquals(message, HandWritten.named(broken, String.valueOf(e.getMessage())));
  }
}
