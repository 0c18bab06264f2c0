package dev.tilewright.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.CodebookType;
import dev.tilewright.dtype.DType;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A product with weights of any type, written as any other: the weights' tile is cast. Sizes are no
 * multiples of the tile's.
 */
class LowBitGemmTest {
  private static final int M = 37;
  private static final int N = 50;
  private static final int K = 72;

  /** The whole of bringing one's own format. */
  record Product(DType weights, DType activations) implements Kernel {
    @Override
    public void define(KernelBuilder k) {
      var m = k.dim("m");
      var n = k.dim("n");
      var kk = k.dim("k");
      var a = k.in("a", activations, m, kk);
      var w = k.in("w", weights, n, kk);
      var c = k.out("c", DType.F32, m, n);
      var tile = k.grid2d(m.ceilDiv(64), n.ceilDiv(64));
      var acc = k.zeros(DType.F32, 64, 64);
      k.range(
          kk.ceilDiv(32),
          i ->
              acc.mma(
                  a.tile(tile.row(), i, 64, 32),
                  w.tile(tile.col(), i, 64, 32).cast(activations).t()));
      c.tile(tile.row(), tile.col(), 64, 64).set(acc);
    }
  }

  static Stream<DType> weights() {
    return Stream.of(
        DType.U1,
        DType.I3,
        DType.U4,
        DType.F6E3M2,
        DType.F4E2M1,
        DType.F8E4M3,
        DType.TERNARY,
        DType.NF4,
        CodebookType.of(-7, -3, -1.5, -0.5, 0.5, 1.5, 3, 7));
  }

  @ParameterizedTest
  @MethodSource("weights")
  void everyTypeIsMultiplied(DType weights) {
    check(weights, DType.F16, "emulator:sm_80");
    check(weights, DType.BF16, "emulator:sm_90a");
  }

  /** Quarters times values of few digits: every sum is exact in {@code f32}. */
  private static void check(DType weights, DType activations, String target) {
    Random random = new Random(1);
    double[] a = random.doubles((long) M * K).map(x -> Math.rint(8 * x - 4) / 4).toArray();
    double[] w =
        random.doubles((long) N * K).map(x -> weights.decode(weights.encode(8 * x - 4))).toArray();
    try (Device device = Device.open(target);
        Tensor left = Tensor.of(device, activations, a, M, K);
        Tensor right = Tensor.of(device, weights, w, N, K);
        Tensor result = Tensor.of(device, DType.F32, M, N);
        KernelLauncher launcher = new KernelLauncher(device)) {
      Arguments arguments = Arguments.of("a", left).with("w", right).with("c", result);
      launcher.bind(new Product(weights, activations), arguments).run(device.stream());
      device.synchronize();
      double[] c = result.toDoubles();
      for (int row = 0; row < M; row++) {
        for (int column = 0; column < N; column++) {
          double sum = 0;
          for (int i = 0; i < K; i++) {
            double weight = activations.decode(activations.encode(w[column * K + i]));
            sum += a[row * K + i] * weight;
          }
          assertEquals(sum, c[row * N + column], weights + " on " + target);
        }
      }
    }
  }
}
