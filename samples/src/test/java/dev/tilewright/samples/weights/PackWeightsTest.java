package dev.tilewright.samples.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.tilewright.KernelLauncher;
import dev.tilewright.dtype.DType;
import dev.tilewright.layout.weights.PackedOrder;
import dev.tilewright.layout.weights.QuantizedMatrix;
import dev.tilewright.layout.weights.WeightFormat;
import dev.tilewright.runtime.Arguments;
import dev.tilewright.runtime.Device;
import dev.tilewright.runtime.Tensor;
import dev.tilewright.samples.kernels.PackWeights;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackWeightsTest {
  private static final int N = 70;
  private static final int K = 150;

  /** Byte for byte what the host packs, zeros beyond the matrix included. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void packsAsTheHostDoes(int bits) {
    DType type = DType.parse("u" + bits);
    PackedOrder order = PackedOrder.forFragments(bits, 16, 32, 64);
    SplittableRandom random = new SplittableRandom(bits);
    byte[] codes = new byte[N * K];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) random.nextInt(1 << bits);
    }
    byte[] host =
        new QuantizedMatrix(WeightFormat.of(type), N, K, codes, new long[0], new long[0], 1)
            .pack(order)
            .tiles();
    try (Device device = Device.open("emulator:sm_80");
        KernelLauncher launcher = new KernelLauncher(device);
        Tensor in = Tensor.of(device, DType.U8, N, K);
        Tensor out = Tensor.of(device, DType.U8, 3, 3, order.byteCount() / 128, 128)) {
      in.upload(MemorySegment.ofArray(codes));
      launcher.launch(new PackWeights(type, order), Arguments.of("codes", in).with("packed", out));
      device.stream().synchronize();
      byte[] packed = new byte[host.length];
      out.download(MemorySegment.ofArray(packed));
      assertArrayEquals(host, packed);
    }
  }
}
