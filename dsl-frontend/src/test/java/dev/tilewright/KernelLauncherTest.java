package dev.tilewright;

import static dev.tilewright.dtype.DType.F16;
import static dev.tilewright.dtype.DType.F32;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.kernels.Matmul;
import dev.tilewright.kernels.RowSoftmax;
import dev.tilewright.kernels.VectorAdd;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.LaunchError;
import dev.tilewright.runtime.LaunchException;
import dev.tilewright.runtime.Tensor;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Kernels compiled on first use and run on the emulator, whose sanitizer watches. */
class KernelLauncherTest {
  private final Device device = Device.open("emulator:sm_80");
  private final KernelLauncher launcher = new KernelLauncher(device);

  @AfterEach
  void close() {
    launcher.close();
    launcher.close();
    device.close();
  }

  private static double[] integers(int count, long seed) {
    Random random = new Random(seed);
    return IntStream.range(0, count).mapToDouble(_ -> random.nextInt(5) - 2).toArray();
  }

  @Test
  void vectorAddOfARaggedLength() {
    int n = 1001;
    double[] x = integers(n, 1);
    double[] y = integers(n, 2);
    Tensor z = Tensor.zeros(device, F32, n);
    launcher.launch(
        new VectorAdd(F32, 256),
        Arguments.of("x", Tensor.of(device, F32, x, n))
            .with("y", Tensor.of(device, F32, y, n))
            .with("z", z));
    assertArrayEquals(IntStream.range(0, n).mapToDouble(i -> x[i] + y[i]).toArray(), z.toDoubles());
  }

  /** Small integers: every product and sum is exact in any order. */
  @Test
  void matmulOfRaggedShapesAndAnyStrides() {
    int m = 37;
    int n = 50;
    int k = 41;
    double[] a = integers(m * k, 3);
    double[] b = integers(n * k, 4);
    double[] expected = new double[m * n];
    for (int i = 0; i < m * n; i++) {
      for (int p = 0; p < k; p++) {
        expected[i] += a[i / n * k + p] * b[i % n * k + p];
      }
    }
    for (boolean turned : new boolean[] {false, true}) {
      Tensor at = turned ? Tensor.columnMajor(device, F16, m, k) : Tensor.of(device, F16, m, k);
      at.upload(a);
      Tensor c = Tensor.zeros(device, F16, m, n);
      launcher.launch(
          new Matmul(F16, F16, 32, 32, 16),
          Arguments.of("a", at).with("b", Tensor.of(device, F16, b, n, k)).with("c", c));
      assertArrayEquals(expected, c.toDoubles());
    }
  }

  @Test
  void softmaxWithinItsErrorBound() {
    int m = 5;
    int n = 150;
    int cols = 64;
    double range = 8;
    Random random = new Random(5);
    double[] x =
        IntStream.range(0, m * n).mapToDouble(_ -> (float) (random.nextDouble() * range)).toArray();
    Tensor y = Tensor.zeros(device, F32, m, n);
    launcher.launch(
        new RowSoftmax(4, cols), Arguments.of("x", Tensor.of(device, F32, x, m, n)).with("y", y));
    double[] actual = y.toDoubles();
    // One exponential: ExpandMath's bound for EXP, and its argument rounded to f32.
    double exponential = 0x1p-22 + range * 0x1p-23 + range * 0x1p-24;
    int blocks = (n + cols - 1) / cols;
    // The quotient of two exponentials; each block rescales the sum once; n terms are summed.
    double bound = (2 + blocks) * exponential + (n + 2 * blocks + 1) * 0x1p-24;
    for (int i = 0; i < m; i++) {
      double[] row = Arrays.copyOfRange(x, i * n, (i + 1) * n);
      double max = Arrays.stream(row).max().orElseThrow();
      double sum = Arrays.stream(row).map(v -> Math.exp(v - max)).sum();
      for (int j = 0; j < n; j++) {
        double expected = Math.exp(row[j] - max) / sum;
        assertEquals(expected, actual[i * n + j], bound * expected, "row " + i + ", column " + j);
      }
    }
  }

  private Arguments vectors(int n, int skip) {
    return Arguments.of("x", Tensor.of(device, F32, n + skip).slice(0, skip, n + skip))
        .with("y", Tensor.of(device, F32, n))
        .with("z", Tensor.of(device, F32, n));
  }

  @Test
  void oneCompilationServesAllArgumentsOfItsKind() {
    Compilation first = launcher.compilation(new VectorAdd(F32, 64), vectors(100, 0));
    assertSame(first, launcher.compilation(new VectorAdd(F32, 64), vectors(36, 0)));
    assertNotSame(first, launcher.compilation(new VectorAdd(F32, 64), vectors(100, 1)));
    assertNotSame(first, launcher.compilation(new VectorAdd(F32, 64), vectors(128, 0)));
    assertNotSame(first, launcher.compilation(new VectorAdd(F32, 32), vectors(100, 0)));
  }

  @Test
  void argumentsThatDoNotFitAreRefusedByTheLaunch() {
    VectorAdd add = new VectorAdd(F32, 64);
    assertEquals(
        LaunchError.MISSING_ARGUMENT,
        assertThrows(
                LaunchException.class,
                () -> launcher.launch(add, Arguments.of("x", Tensor.of(device, F32, 8))))
            .error());
    assertEquals(
        LaunchError.RANK,
        assertThrows(
                LaunchException.class,
                () ->
                    launcher.launch(
                        add,
                        Arguments.of("x", Tensor.of(device, F32, 8, 8))
                            .with("y", Tensor.of(device, F32, 8))
                            .with("z", Tensor.of(device, F32, 8))))
            .error());
  }

  @Test
  void aDeviceThatNoCodeGeneratorServesIsRefused() {
    try (Device paper = Device.open("paper:sm_01")) {
      Exception error =
          assertThrows(IllegalArgumentException.class, () -> new KernelLauncher(paper));
      assertTrue(String.valueOf(error.getMessage()).contains("sm_00, sm_01"), error::getMessage);
    }
  }
}
