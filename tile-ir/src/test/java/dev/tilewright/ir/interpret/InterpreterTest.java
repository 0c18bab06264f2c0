package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.text.Parser;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InterpreterTest {

  /** Runs a body that stores to {@code %y}, 3×4 floats, from {@code %x}, 3×4 holding 0 to 11. */
  private static double[] run(String body) {
    KernelFunction f =
        Parser.parse(
            """
            kernel @f(
              %x = in x [3, 4] unit 1 align 4 : tensor<f32, rank 2>,
              %y = out y [3, 4] unit 1 align 4 : tensor<f32, rank 2>
            ) grid (1) {
              %0 = constant 0 : i32
              %1 = constant 1 : i32
            """
                + body
                + "\n}\n");
    double[] counting = new double[12];
    for (int i = 0; i < 12; i++) {
      counting[i] = i;
    }
    HostTensor y = HostTensor.of(DType.F32, new double[12], 3, 4);
    Interpreter.run(
        f, new Arguments(Map.of(), Map.of("x", HostTensor.of(DType.F32, counting, 3, 4), "y", y)));
    double[] result = new double[12];
    for (int i = 0; i < 12; i++) {
      result[i] = y.number(i);
    }
    return result;
  }

  @Test
  void readsOutsideGiveTheFillAndWritesAreDropped() {
    assertArrayEquals(
        new double[] {9, 9, 9, 9, 9, 9, 0, 1, 9, 9, 4, 5},
        run(
            """
            %2 = constant -2 : i32
            %3 = constant -1 : i32
            %4 = load %x[%3 checked, %2 checked] fill 9.0 : tile<4x8xf32>
            store %4 to %y[%0 checked, %0 checked]\
            """));
  }

  @Test
  void anUncheckedReadOutsideIsAnError() {
    InterpreterException e =
        assertThrows(
            InterpreterException.class,
            () ->
                run(
                    """
                    %2 = load %x[%1 checked, %1] fill 9.0 : tile<3x4xf32> loc("A.java":7 in "A")\
                    """));
    assertEquals(
        "'%2 = load %3[%1 checked, %1] fill 9.0 : tile<3x4xf32>' in block (0, 0, 0) reaches"
            + " coordinate 4 of dimension 1, which is not checked; the tensor has shape [3, 4]:"
            + " the proof that it stays inside is wrong",
        String.valueOf(e.getMessage()).replace("%4[", "%3["));
    assertEquals(new Location("A", "A.java", 7), e.location());
  }

  @Test
  void shapesMoveElements() {
    assertArrayEquals(
        new double[] {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11},
        run(
            """
            %2 = load %x[%0, %0] fill 0.0 : tile<3x4xf32>
            %3 = reshape %2 : tile<4x3xf32>
            %4 = transpose %3 [1, 0] : tile<3x4xf32>
            store %4 to %y[%0, %0]\
            """));
  }

  @Test
  void reductionAndBroadcast() {
    assertArrayEquals(
        new double[] {6, 6, 6, 6, 22, 22, 22, 22, 38, 38, 38, 38},
        run(
            """
            %2 = load %x[%0, %0] fill 0.0 : tile<3x4xf32>
            %3 = reduce %2 axis 1 : tile<3xf32> (%4: f32, %5: f32) {
              %6 = add %4, %5 : f32
              yield %6
            }
            %7 = reshape %3 : tile<3x1xf32>
            %8 = broadcast %7 : tile<3x4xf32>
            store %8 to %y[%0, %0]\
            """));
  }

  @Test
  void aLoopMaySwapWhatItCarries() {
    double[] result =
        run(
            """
            %2 = constant 1.0 : tile<3x4xf32>
            %3 = constant 2.0 : tile<3x4xf32>
            %4 = constant 3 : i32
            %5, %6 = for %7 = %0 to %4 step %1 carry (%8 = %2, %9 = %3) : tile<3x4xf32>, tile<3x4xf32> {
              yield %9, %8
            }
            %10 = constant 10.0 : tile<3x4xf32>
            %11 = fma %10, %5, %6 : tile<3x4xf32>
            store %11 to %y[%0, %0]\
            """);
    assertEquals(21, result[0]);
  }

  @Test
  void aLoopWithoutTripsGivesItsInits() {
    assertEquals(
        5,
        run(
            """
            %2 = constant 5.0 : tile<3x4xf32>
            %3 = for %4 = %1 to %1 step %1 carry (%5 = %2) : tile<3x4xf32> {
              %6 = add %5, %5 : tile<3x4xf32>
              yield %6
            }
            store %3 to %y[%0, %0]\
            """)[
            0]);
  }

  @Test
  void branchesAndSelection() {
    assertArrayEquals(
        new double[] {0, 0, 0, 0, 0, 0, -6, -7, -8, -9, -10, -11},
        run(
            """
            %2 = load %x[%0, %0] fill 0.0 : tile<3x4xf32>
            %3 = constant 5.0 : tile<3x4xf32>
            %4 = compare gt %2, %3 : tile<3x4xi1>
            %5 = compare lt %0, %1 : i1
            %6 = if %5 : tile<3x4xf32> {
              %7 = neg %2 : tile<3x4xf32>
              yield %7
            } else {
              yield %2
            }
            %8 = constant 0.0 : tile<3x4xf32>
            %9 = select %4, %6, %8 : tile<3x4xf32>
            store %9 to %y[%0, %0]\
            """));
  }

  @Test
  void divisionByZeroIsAnError() {
    InterpreterException e =
        assertThrows(InterpreterException.class, () -> run("%2 = rem %1, %0 : i32"));
    assertEquals("'%2 = rem %1, %0 : i32' in block (0, 0, 0): / by zero", e.getMessage());
  }

  @Test
  void aStepOfZeroIsAnError() {
    InterpreterException e =
        assertThrows(InterpreterException.class, () -> run("for %2 = %0 to %1 step %0 { yield }"));
    assertEquals(
        "the step of the loop in block (0, 0, 0) is 0; it must be positive", e.getMessage());
  }

  @Test
  void everyElementOfALayoutMustBeHeld() {
    KernelFunction f =
        Parser.parse(
            """
            #0 = [lane:32 -> dim0*1] : (dim0:64)
            kernel @f() grid (1) {
              %0 = constant 1.0 : tile<64xf32, #0>
            }
            """);
    InterpreterException e =
        assertThrows(
            InterpreterException.class,
            () -> Interpreter.run(f, new Arguments(Map.of(), Map.of())));
    assertTrue(String.valueOf(e.getMessage()).contains("leaves elements of the tile to no thread"));
  }

  // ---------------------------------------------------------------- blocks

  /** Every block writes its number to the same elements, and one of its own. */
  @Test
  void theLastOfConflictingBlocksWins() {
    KernelFunction f =
        Parser.parse(
            """
            kernel @f(%n = dim n : i32, %y = out y [n] unit 0 align 4 : tensor<i32, rank 1>)
                grid (5, 3) {
              %0 = program_id 0 : i32
              %1 = program_id 1 : i32
              %2 = constant 5 : i32
              %3 = mul %1, %2 : i32
              %4 = add %3, %0 : i32
              %5 = splat %4 : tile<4xi32>
              store %5 to %y[%0 checked]
            }
            """);
    for (int i = 0; i < 20; i++) {
      HostTensor y = HostTensor.zeros(DType.I32, 8);
      Interpreter.run(f, new Arguments(Map.of("n", 8L), Map.of("y", y)));
      assertArrayEquals(
          new double[] {10, 11, 12, 13, 14, 14, 14, 14},
          new double[] {
            y.get(0), y.get(1), y.get(2), y.get(3), y.get(4), y.get(5), y.get(6), y.get(7)
          });
    }
  }

  // ---------------------------------------------------------------- matrix products

  private static final String GEMM =
      """
      kernel @gemm(
        %m = dim m : i32, %n = dim n : i32, %k = dim k : i32,
        %a = in a [m, k] unit 1 align 16 : tensor<f16, rank 2>,
        %b = in b [n, k] unit 1 align 16 : tensor<f16, rank 2>,
        %c = out c [m, n] unit 1 align 16 : tensor<f32, rank 2>
      ) grid (ceildiv(m, 64), ceildiv(n, 64)) {
        %i = program_id 0 : i32
        %j = program_id 1 : i32
        %e = constant 64 : i32
        %row = mul %i, %e : i32
        %col = mul %j, %e : i32
        %zero = constant 0 : i32
        %bk = constant 32 : i32
        %acc = constant 0.0 : tile<64x64xf32>
        %r = for %l = %zero to %k step %bk carry (%s = %acc) : tile<64x64xf32> {
          %x = load %a[%row checked, %l checked] fill 0.0 : tile<64x32xf16>
          %y = load %b[%col checked, %l checked] fill 0.0 : tile<64x32xf16>
          %z = transpose %y [1, 0] : tile<32x64xf16>
          %t = mma %x, %z, %s : tile<64x64xf32>
          yield %t
        }
        store %r to %c[%row checked, %col checked]
      }
      """;

  private static HostTensor random(DType dtype, Random random, long rows, long columns) {
    HostTensor tensor = HostTensor.zeros(dtype, rows, columns);
    for (long i = 0; i < rows * columns; i++) {
      tensor.setCode(i, dtype.encode(random.nextGaussian()));
    }
    return tensor;
  }

  /** A ragged product, against the plain triple loop in the order of k. */
  @Test
  void matrixProductsAccumulateInTheOrderOfK() {
    Random random = new Random(1);
    int m = 70;
    int n = 65;
    int k = 40;
    HostTensor a = random(DType.F16, random, m, k);
    HostTensor b = random(DType.F16, random, n, k);
    HostTensor c = HostTensor.zeros(DType.F32, m, n);
    HostTensor wide = HostTensor.zeros(DType.F64, m, n);
    Map<String, Long> sizes = Map.of("m", (long) m, "n", (long) n, "k", (long) k);
    KernelFunction gemm = Parser.parse(GEMM);
    Interpreter.run(gemm, new Arguments(sizes, Map.of("a", a, "b", b, "c", c)));
    Interpreter.run(
        gemm,
        new Arguments(sizes, Map.of("a", a, "b", b, "c", wide)),
        Interpreter.Precision.FLOAT64);
    boolean differs = false;
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        float sum = 0;
        double exact = 0;
        for (int l = 0; l < k; l++) {
          sum = Math.fma((float) a.get(i, l), (float) b.get(j, l), sum);
          exact = Math.fma(a.get(i, l), b.get(j, l), exact);
        }
        assertEquals(sum, c.get(i, j));
        assertEquals(exact, wide.get(i, j));
        differs |= sum != exact;
      }
    }
    assertTrue(differs, "the two precisions are two");
  }

  @Test
  void scalarsAndStridedTensors() {
    KernelFunction f =
        Parser.parse(
            """
            kernel @f(
              %s = scalar s : u8,
              %x = in x [2, 3] unit -1 align 1 : tensor<u8, rank 2>,
              %y = out y [2, 3] unit 1 align 1 : tensor<u8, rank 2>
            ) grid (1) {
              %0 = constant 0 : i32
              %1 = load %x[%0, %0] fill 0 : tile<2x3xu8>
              %2 = splat %s : tile<2x3xu8>
              %3 = add %1, %2 : tile<2x3xu8>
              store %3 to %y[%0, %0]
            }
            """);
    HostTensor x = HostTensor.strided(DType.U8, new long[] {2, 3}, new long[] {1, 2});
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        x.set(10 * i + j, i, j);
      }
    }
    HostTensor y = HostTensor.zeros(DType.U8, 2, 3);
    Interpreter.run(
        f, new Arguments(Map.of(), Map.of("x", x, "y", y), Map.of("s", Literal.of(250))));
    assertEquals(250, y.get(0, 0));
    assertEquals((250 + 12) % 256, y.get(1, 2));
  }

  @Test
  void argumentsMustFit() {
    KernelFunction gemm = Parser.parse(GEMM);
    HostTensor a = HostTensor.zeros(DType.F16, 4, 4);
    HostTensor c = HostTensor.zeros(DType.F32, 4, 4);
    Map<String, Long> sizes = Map.of("m", 4L, "n", 4L, "k", 4L);
    assertEquals(
        "no argument for tensor 'b'", refusal(gemm, new Arguments(sizes, Map.of("a", a, "c", c))));
    assertEquals(
        "tensor 'b' is of f32; expected f16",
        refusal(gemm, new Arguments(sizes, Map.of("a", a, "b", c, "c", c))));
    assertEquals(
        "tensor 'a' has shape [4, 4]; expected [5, 4]",
        refusal(
            gemm,
            new Arguments(Map.of("m", 5L, "n", 4L, "k", 4L), Map.of("a", a, "b", a, "c", c))));
    assertEquals(
        "dimension 'm' is -1; expected a multiple of 1 that fits i32",
        refusal(
            gemm,
            new Arguments(Map.of("m", -1L, "n", 4L, "k", 4L), Map.of("a", a, "b", a, "c", c))));
  }

  private static String refusal(KernelFunction f, Arguments arguments) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> Interpreter.run(f, arguments))
            .getMessage());
  }

  // ---------------------------------------------------------------- loops with conditions

  /** Doubles the tile until its sum, 0+1+…+11 at first, is beyond a thousand. */
  @Test
  void aLoopRunsWhileItsConditionHolds() {
    double[] result =
        run(
            """
            %x0 = load %x[%0, %0] fill 0.0 : tile<3x4xf32>
            %limit = constant 1000.0 : f32
            %r = while %x0 : tile<3x4xf32> (%a) {
              %row = reduce %a axis 1 : tile<3xf32> (%p, %q) {
                %s = add %p, %q : f32
                yield %s
              }
              %all = reduce %row axis 0 : tile<f32> (%p1, %q1) {
                %s1 = add %p1, %q1 : f32
                yield %s1
              }
              %sum = extract %all : f32
              %more = compare lt %sum, %limit : i1
              yield %more
            } do (%b) {
              %twice = add %b, %b : tile<3x4xf32>
              yield %twice
            }
            store %r to %y[%0, %0]\
            """);
    for (int i = 0; i < 12; i++) {
      assertEquals(16.0 * i, result[i]);
    }
  }

  @Test
  void aLoopThatSeemsNeverToEndIsAnError() {
    var error =
        assertThrows(
            InterpreterException.class,
            () ->
                run(
                    """
                    while () {
                      %more = compare eq %0, %0 : i1
                      yield %more
                    } do () {
                      yield
                    }\
                    """));
    assertTrue(
        String.valueOf(error.getMessage())
            .contains(
                "the loop in block (0, 0, 0) has run 1000000 times, and its condition still holds;"
                    + " it seems never to end"),
        error.getMessage());
  }

  // ---------------------------------------------------------------- counters

  private static int[] fetched(int limit, int times) {
    KernelFunction f =
        Parser.parse(
            """
            kernel @f(
              %y = out y [20] unit 0 align 4 : tensor<i32, rank 1>,
              %w = workspace w [3] zeroed : workspace<i32>
            ) grid (2) {
              %0 = constant 0 : i32
              %1 = constant 1 : i32
              %limit = constant LIMIT : i32
              %times = constant TIMES : i32
              %s = shared_alloc : shared<1xi32>
              %block = program_id 0 : i32
              %first = mul %block, %times : i32
              for %i = %0 to %times step %1 {
                fetch_increment %w[%1] below %limit to %s
                barrier
                %t = shared_load %s : tile<1xi32>
                barrier
                %at = add %first, %i : i32
                store %t to %y[%at]
                yield
              }
            }
            """
                .replace("LIMIT", "" + limit)
                .replace("TIMES", "" + times));
    HostTensor y = HostTensor.zeros(DType.I32, 20);
    Interpreter.run(f, new Arguments(Map.of(), Map.of("y", y)));
    int[] numbers = new int[2 * times];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (int) y.number(i);
    }
    return numbers;
  }

  @Test
  void countersCountOverAllBlocksAndBecomeZeroAtTheirLimit() {
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5}, fetched(6, 3));
    assertArrayEquals(new int[] {0, 1, 0, 1, 0, 1, 0, 1}, fetched(2, 4));
  }

  @Test
  void aCounterThatIsNotZeroWhenTheLaunchEndsIsAnError() {
    var error = assertThrows(InterpreterException.class, () -> fetched(7, 3));
    assertTrue(
        String.valueOf(error.getMessage())
            .contains("workspace 'w': counter 1 is 6 when the launch ends"),
        error.getMessage());
  }
}
