package dev.tilewright;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static dev.tilewright.dtype.DType.I32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.ir.interpret.HostTensor;
import dev.tilewright.ir.interpret.Interpreter.Precision;
import dev.tilewright.kernels.Matmul;
import dev.tilewright.kernels.RowSoftmax;
import dev.tilewright.kernels.VectorAdd;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Kernels run on the CPU, without a compiler. */
class ReferenceRunTest {

  private static double[] integers(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count).mapToDouble(_ -> random.nextInt(5) - 2).toArray();
  }

  /** Small integers: every product and sum is exact. */
  @Test
  void matmulOfARaggedShape() {
    int m = 19;
    int n = 23;
    int k = 37;
    double[] a = integers(m * k, 1);
    double[] b = integers(n * k, 2);
    HostTensor c = HostTensor.zeros(F16, m, n);
    ReferenceRun.of(new Matmul(F16, F16, 16, 16, 16))
        .with("a", HostTensor.of(F16, a, m, k))
        .with("b", HostTensor.of(F16, b, n, k))
        .with("c", c)
        .run();
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double expected = 0;
        for (int p = 0; p < k; p++) {
          expected += a[i * k + p] * b[j * k + p];
        }
        assertEquals(expected, c.get(i, j));
      }
    }
  }

  /** Every row sums to one, up to the rounding of n quotients to f32. */
  @Test
  void softmaxInHighPrecision() {
    int n = 70;
    HostTensor y = HostTensor.zeros(F32, 3, n);
    ReferenceRun.of(new RowSoftmax(2, 32))
        .with("x", HostTensor.of(F32, integers(3 * n, 3), 3, n))
        .with("y", y)
        .run(Precision.FLOAT64);
    for (int i = 0; i < 3; i++) {
      int row = i;
      double sum = IntStream.range(0, n).mapToDouble(j -> y.get(row, j)).sum();
      assertEquals(1, sum, 0x1p-24);
    }
  }

  @Test
  void argumentsThatDoNotFitAreRefused() {
    ReferenceRun add =
        ReferenceRun.of(new VectorAdd(F32, 8))
            .with("x", HostTensor.zeros(F32, 5))
            .with("y", HostTensor.zeros(F32, 5));
    refused(add.with("z", HostTensor.zeros(F32, 6))::run, "n is 5 elsewhere, but 6");
    refused(add.with("z", HostTensor.zeros(F32, 5, 1))::run, "'z' is f32[5, 1]");
    refused(() -> add.with("alpha", 1), "no scalar 'alpha'");
    refused(
        () -> ReferenceRun.of(new Nest(List.of())).with("parameter", 0.5), "'parameter' is " + I32);
    assertThrows(IllegalArgumentException.class, add::run);
  }

  private static void refused(Runnable action, String expected) {
    Exception error = assertThrows(IllegalArgumentException.class, action::run);
    assertTrue(String.valueOf(error.getMessage()).contains(expected), error::getMessage);
  }
}
