package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.text.Parser;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each missing wait, missing barrier and clobbered buffer is an error that names both sides. */
class SharedMemoryTest {

  private static HostTensor run(String body) {
    KernelFunction f =
        Parser.parse(
            """
            #0 = [dim0:2 -> offset*8, dim1:8 -> offset*1] : (offset:16)
            #1 = [dim0:8 -> offset*1] : (offset:8)
            kernel @f(
              %0 = in x [8] unit 0 align 2 : tensor<f16, rank 1>,
              %1 = out y [8] unit 0 align 2 : tensor<f16, rank 1>
            ) grid (1) launch(target "sm_80", warps 1, shared 64) {
              %2 = constant 0 : i32
              %3 = constant 1 : i32
              %4 = constant 7.0 : tile<8xf16>
              %5 = constant 8.0 : tile<8xf16>
              %6 = constant 2 : i32
            """
                + body.replace(" ; ", "\n")
                + "\n}\n");
    HostTensor y = HostTensor.zeros(DType.F16, 8);
    double[] x = {1, 2, 3, 4, 5, 6, 7, 8};
    Interpreter.run(
        f, new Arguments(Map.of(), Map.of("x", HostTensor.of(DType.F16, x, 8), "y", y)));
    return y;
  }

  private static final String RING =
      """
      %10 = shared_alloc at 0 : shared<2x8xf16, #0>
      %11 = shared_slice %10[%3] : shared<8xf16, #1>
      """;

  @Test
  void aCopyArrivesAfterWaitAndBarrier() {
    HostTensor y =
        run(
            RING
                + """
                copy_async %0[%3 checked] to %11
                async_commit
                async_commit
                async_wait 1
                barrier
                %12 = shared_load %11 : tile<8xf16>
                store %12 to %1[%2]\
                """);
    assertEquals(2, y.get(0));
    assertEquals(0, y.get(7));
  }

  @Test
  void plannedBuffersShareBytes() {
    HostTensor y =
        run(
            """
            %10 = shared_alloc at 0 : shared<8xf16, #1>
            %11 = shared_alloc at 8 : shared<8xf16, #1>
            shared_store %4 to %10
            barrier
            shared_store %5 to %11
            barrier
            %12 = shared_load %10 : tile<8xf16>
            store %12 to %1[%2]\
            """);
    assertEquals(7, y.get(3));
    assertEquals(8, y.get(4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          %12 = shared_load %11 : tile<8xf16> | '%12 = shared_load %11 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0], which nothing has written since it was allocated
          shared_store %4 to %11 ; %12 = shared_load %11 : tile<8xf16> | '%12 = shared_load %11 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0], written by 'shared_store %4 to %11' with no barrier in between
          shared_store %4 to %11 ; shared_store %5 to %11 | 'shared_store %5 to %11' in block (0, 0, 0) writes element [1, 0], which 'shared_store %4 to %11' writes, too, with no barrier in between
          shared_store %4 to %11 ; barrier ; %12 = shared_load %11 : tile<8xf16> ; shared_store %5 to %11 | 'shared_store %5 to %11' in block (0, 0, 0) writes element [1, 0], which '%12 = shared_load %11 : tile<8xf16>' reads with no barrier in between
          shared_store %4 to %11 ; barrier ; %12 = shared_load %11 : tile<8xf16> ; copy_async %0[%2] to %11 | 'copy_async %0[%2] to %11' in block (0, 0, 0) writes element [1, 0], which '%12 = shared_load %11 : tile<8xf16>' reads with no barrier in between
          copy_async %0[%2] to %11 ; async_wait 0 ; barrier ; %12 = shared_load %11 : tile<8xf16> | '%12 = shared_load %11 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0], which 'copy_async %0[%2] to %11' may still be copying; no async_wait has covered its group
          copy_async %0[%2] to %11 ; async_commit ; async_wait 1 ; barrier ; %12 = shared_load %11 : tile<8xf16> | '%12 = shared_load %11 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0], which 'copy_async %0[%2] to %11' may still be copying; no async_wait has covered its group
          copy_async %0[%2] to %11 ; async_commit ; async_wait 0 ; %12 = shared_load %11 : tile<8xf16> | '%12 = shared_load %11 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0], copied by 'copy_async %0[%2] to %11'; no barrier follows the async_wait for it
          copy_async %0[%2] to %11 ; async_commit ; barrier ; shared_store %4 to %11 | 'shared_store %4 to %11' in block (0, 0, 0) writes element [1, 0], which 'copy_async %0[%2] to %11' may still be copying
          copy_async %0[%2] to %11 ; async_commit ; async_wait 0 ; barrier ; %12 = shared_slice %10[%2] : shared<8xf16, #1> ; %13 = shared_load %12 : tile<8xf16> | '%13 = shared_load %12 : tile<8xf16>' in block (0, 0, 0) reads element [0, 0], which nothing has written since it was allocated
          %12 = shared_slice %10[%6] : shared<8xf16, #1> | '%12 = shared_slice %10[%6] : shared<8xf16>' in block (0, 0, 0) asks for stage 2 of a buffer with 2
          shared_store %4 to %11 ; barrier ; %12 = shared_alloc at 16 : shared<8xf16, #1> ; %13 = shared_load %11 : tile<8xf16> | '%13 = shared_load %11 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0], which nothing has written since it was allocated
          shared_store %4 to %11 ; barrier ; %13 = shared_load %11 : tile<8xf16> ; %12 = shared_alloc at 16 : shared<8xf16, #1> ; shared_store %5 to %12 | 'shared_store %5 to %12' in block (0, 0, 0) writes element [0], which '%13 = shared_load %11 : tile<8xf16>' reads with no barrier in between
          copy_async %0[%2] to %11 ; %12 = shared_alloc at 16 : shared<8xf16, #1> ; shared_store %5 to %12 | 'shared_store %5 to %12' in block (0, 0, 0) writes element [0], which 'copy_async %0[%2] to %11' may still be copying
          %12 = shared_alloc at 56 : shared<8xf16, #1> | '%12 = shared_alloc at 56 : shared<8xf16>' in block (0, 0, 0) ends at byte 72 of 64 of shared memory
          copy_async %0[%3] to %11 | 'copy_async %0[%3] to %11' in block (0, 0, 0) reaches coordinate 8 of dimension 0, which is not checked; the tensor has shape [8]: the proof that it stays inside is wrong
          """)
  void hazards(String body, String message) {
    InterpreterException e = assertThrows(InterpreterException.class, () -> run(RING + body));
    assertEquals(message, e.getMessage());
  }

  @Test
  void theMessageNamesBothLines() {
    InterpreterException e =
        assertThrows(
            InterpreterException.class,
            () ->
                run(
                    RING
                        + """
                        shared_store %4 to %11 loc("A.java":3 in "A")
                        %12 = shared_load %11 : tile<8xf16> loc("A.java":5 in "A")\
                        """));
    assertEquals(5, e.location().line());
    assertEquals(
        "'%12 = shared_load %11 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0],"
            + " written by 'shared_store %4 to %11' at A.java:3 with no barrier in between",
        e.getMessage());
  }

  /** Four-bit elements share bytes: a write of one leaves its neighbour unwritten. */
  @Test
  void elementsBelowAByteAreTrackedOneByOne() {
    String body =
        """
        %10 = shared_alloc at 0 : shared<2x3xi4>
        %11 = shared_slice %10[%2] : shared<3xi4>
        %12 = shared_slice %10[%3] : shared<3xi4>
        %13 = constant -3 : tile<3xi4>
        shared_store %13 to %11
        barrier
        """;
    run(body + "%14 = shared_load %11 : tile<3xi4>");
    InterpreterException e =
        assertThrows(
            InterpreterException.class, () -> run(body + "%14 = shared_load %12 : tile<3xi4>"));
    assertEquals(
        "'%14 = shared_load %12 : tile<3xi4>' in block (0, 0, 0) reads element [1, 0],"
            + " which nothing has written since it was allocated",
        e.getMessage());
  }
}
