package dev.tilewright.samples.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.QuantizedMatrix;
import dev.tilewright.layout.weights.Quantizer;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.layout.weights.WeightFormat.Scales;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.runtime.spi.LaunchReport;
import dev.tilewright.samples.gemm.GemmErrorBound;
import dev.tilewright.samples.gemm.GemmReference;
import dev.tilewright.samples.gemm.GemmVerdict;
import dev.tilewright.samples.kernels.WeightGemmA8;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightGemmA8Test {
  private static final int M = 20;
  private static final int N = 80;
  private static final int K = 192;
  private static final int BK = 64;

  /** Sums of numbers of 8 bits are exact but for f32; what is left are the scales' roundings. */
  @ParameterizedTest
  @CsvSource({
    "emulator:sm_80, i8, i8, false",
    "emulator:sm_80, i4, i8, true",
    "emulator:sm_80, i3, i8, false",
    "emulator:sm_80, ternary, i8, true",
    "emulator:sm_90a, i8, i8, true",
    "emulator:sm_90a, i4, i8, false",
    "emulator:sm_90a, i2, i8, true",
    "emulator:sm_90a, i4, f8e4m3, true",
    "emulator:sm_90a, f8e4m3, f8e4m3, true",
    "emulator:sm_90a, f8e4m3, f8e4m3, false",
  })
  void multiplies(String target, String weights, String acts, boolean blocks) {
    DType act = DType.parse(acts);
    WeightFormat format =
        WeightFormat.of(DType.parse(weights)).withScales(DType.F32, blocks ? BK : Scales.ROW);
    WeightGemmA8 kernel = new WeightGemmA8(format, act, DType.F32, blocks, 32, 64, BK);
    SplittableRandom random = new SplittableRandom(7);
    QuantizedMatrix w = Quantizer.quantize(format, N, K, random.doubles(N * K, -1, 1).toArray());
    double[] x = new double[M * K];
    for (int i = 0; i < x.length; i++) {
      x[i] = act.decode(act.encode(random.nextDouble(-120, 120)));
    }
    int groups = blocks ? K / BK : 1;
    double[] scales = random.doubles(groups * M, 0.5, 2).map(s -> (float) s).toArray();
    double[] scaled = new double[M * K];
    for (int row = 0; row < M; row++) {
      for (int column = 0; column < K; column++) {
        scaled[row * K + column] =
            x[row * K + column] * scales[(blocks ? column / BK : 0) * M + row];
      }
    }
    double[] decoded = w.decode();
    double[] columns = new double[K * N];
    for (int i = 0; i < decoded.length; i++) {
      columns[i % K * N + i / K] = decoded[i];
    }
    // As many roundings of f32 as terms and scales.
    GemmErrorBound bound = new GemmErrorBound(K + 8, DType.F32, DType.F32);
    try (Device device = Device.open(target);
        KernelLauncher launcher = new KernelLauncher(device);
        DeviceWeights packed = DeviceWeights.upload(device, w.pack(kernel.order()));
        Tensor in = Tensor.of(device, act, x, M, K);
        Tensor ofRows = Tensor.of(device, DType.F32, scales, groups, M);
        Tensor out = Tensor.of(device, DType.F32, M, N)) {
      Arguments arguments =
          packed.addTo(Arguments.of("x", in).with("x_scales", ofRows).with("y", out), "w");
      LaunchReport report = launcher.launch(kernel, arguments);
      device.stream().synchronize();
      GemmVerdict verdict =
          GemmVerdict.of(out.toDoubles(), GemmReference.of(M, N, K, scaled, columns), bound);
      assertTrue(verdict.correct(), verdict::toString);
      assertEquals(0, report.counters().get("conflicts.shared"));
    }
  }
}
