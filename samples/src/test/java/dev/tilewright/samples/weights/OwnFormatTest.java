package dev.tilewright.samples.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.gemm.GemmErrorBound;
import dev.tilewright.samples.gemm.GemmReference;
import dev.tilewright.samples.gemm.GemmVerdict;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The format that docs/low-precision.md brings. */
class OwnFormatTest {
  private static final int M = 20;
  private static final int N = 48;
  private static final int K = 96;

  @ParameterizedTest
  @ValueSource(strings = {"emulator:sm_80", "emulator:sm_90a"})
  void multiplies(String name) {
    OwnFormat kernel = new OwnFormat(16, 64, 64);
    PackedOrder order = kernel.order();
    SplittableRandom random = new SplittableRandom(5);
    double[] x = random.doubles(M * K, -1, 1).map(OwnFormatTest::half).toArray();
    double[] scales = random.doubles(N, 0.5, 2).map(s -> (float) s).toArray();
    long[][] tiles = new long[2][order.size()];
    double[] weights = new double[K * N];
    for (int row = 0; row < N; row++) {
      for (int column = 0; column < K; column++) {
        int code = random.nextInt(4);
        tiles[column / 64][row * 64 + column % 64] = code;
        weights[column * N + row] = (code - 1.5) * scales[row];
      }
    }
    byte[] packed = Arrays.copyOf(order.pack(tiles[0]), 2 * order.byteCount());
    System.arraycopy(order.pack(tiles[1]), 0, packed, order.byteCount(), order.byteCount());
    try (Device device = Device.open(name);
        KernelLauncher launcher = new KernelLauncher(device);
        Tensor w = Tensor.of(device, DType.U8, 1, 2, order.byteCount() / 128, 128);
        Tensor ofRows = Tensor.of(device, DType.F32, scales, N);
        Tensor in = Tensor.of(device, DType.F16, x, M, K);
        Tensor out = Tensor.of(device, DType.F16, M, N)) {
      w.upload(MemorySegment.ofArray(packed));
      launcher.launch(
          kernel, Arguments.of("w", w).with("scales", ofRows).with("x", in).with("y", out));
      device.stream().synchronize();
      // One more rounding of f32 than a product: the scale of the row.
      GemmErrorBound bound = new GemmErrorBound(K + 1, DType.F16, DType.F16);
      GemmVerdict verdict =
          GemmVerdict.of(out.toDoubles(), GemmReference.of(M, N, K, x, weights), bound);
      assertTrue(verdict.correct(), verdict::toString);
    }
  }

  private static double half(double x) {
    return DType.F16.decode(DType.F16.encode(x));
  }

  /** What the page shows is what is tested. */
  @Test
  void isTheExampleOfThePage() throws IOException {
    String page = Files.readString(Path.of("../docs/low-precision.md"));
    String source =
        Files.readString(Path.of("src/test/java/dev/tilewright/samples/weights/OwnFormat.java"));
    String example =
        source
            .substring(
                source.indexOf("// begin\n") + "// begin\n".length(), source.indexOf("  // end"))
            .lines()
            .map(line -> line.replaceFirst("^  ", ""))
            .collect(Collectors.joining("\n"));
    assertTrue(page.contains(example), "docs/low-precision.md should show\n" + example);
    assertEquals(24, example.lines().count(), 6);
  }
}
